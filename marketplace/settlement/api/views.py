"""Reads of settlement over HTTP; row-level security shows each organisation its own."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.settlement import selectors, services
from marketplace.settlement.api import serializers
from marketplace.settlement.api.energy import ListWithEnergy, of_contracts, with_energy
from marketplace.settlement.contracts import Side
from marketplace.settlement.models import Charge, Contract, FeeRule, TradeRecord
from marketplace.settlement.selectors.filters import (
    ChargeFilter,
    ContractFilter,
    TradeRecordFilter,
)

READERS = frozenset({Role.PROVIDER, Role.BUYER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE})


class ContractList(ListWithEnergy):
    """Contracts."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.ContractReply
    filterset_class = ContractFilter
    queryset = Contract.objects.none()

    def get_queryset(self) -> QuerySet[Contract]:
        """Return what the tenant may see."""
        return selectors.contracts()

    def energy_of(self, rows: Sequence[Any]) -> Mapping[UUID, Any]:
        """Return what each of some rows cost, by its key."""
        return of_contracts(rows)


class ContractDetail(APIView):
    """One contract."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=serializers.ContractDetailReply)
    def get(self, request: Request, contract_id: UUID) -> Response:  # noqa: ARG002 - DRF's
        """Return the contract with what pays it."""
        (found,) = with_energy([selectors.contract(contract_id)], of_contracts)
        return Response(serializers.ContractDetailReply(found).data)


class ChargeList(ListWithEnergy):
    """Charges."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.ChargeReply
    filterset_class = ChargeFilter
    queryset = Charge.objects.none()

    def get_queryset(self) -> QuerySet[Charge]:
        """Return what the tenant may see."""
        return selectors.charges()

    def energy_of(self, rows: Sequence[Any]) -> Mapping[UUID, Any]:
        """Return what each of some rows cost, by its key."""
        return selectors.energy_of_charges(rows)


class TradeRecordList(ListWithEnergy):
    """Trade records."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.TradeRecordReply
    filterset_class = TradeRecordFilter
    queryset = TradeRecord.objects.none()

    def get_queryset(self) -> QuerySet[TradeRecord]:
        """Return what the tenant may see."""
        return selectors.trade_records()

    def energy_of(self, rows: Sequence[Any]) -> Mapping[UUID, Any]:
        """Return what each of some rows cost, by its key."""
        return selectors.emission_of_trades(rows)


class TradeRecordDetail(APIView):
    """One trade record."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=serializers.TradeRecordReply)
    def get(self, request: Request, trade_number: str) -> Response:  # noqa: ARG002 - DRF's
        """Return the record of this number."""
        record = selectors.trade_record(trade_number)
        with_energy([record], selectors.emission_of_trades)
        return Response(serializers.TradeRecordReply(record).data)


class StatementList(APIView):
    """Statements of the actor's organisation."""

    required_roles: ClassVar = {"GET": frozenset({Role.PROVIDER, Role.BUYER})}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(
        parameters=[serializers.StatementQuery],
        responses=serializers.StatementReply(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return the months in which the organisation traded, the newest first."""
        form = serializers.StatementQuery(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        months = selectors.statements(
            organization_id=actor_of(request).organization_id,
            side=Side(form.validated_data["side"]),
        )
        return Response(serializers.StatementReply(months, many=True).data)


class FeeRuleList(generics.ListAPIView[FeeRule]):
    """The market's published fees."""

    public = True
    required_roles: ClassVar = {"POST": frozenset({Role.OPERATOR})}
    serializer_class = serializers.FeeRuleReply
    queryset = FeeRule.objects.order_by("-version")
    ordering = ("-version",)

    @extend_schema(request=serializers.NewFeeRule, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Propose the fee from a moment on.

        202 names the proposal; the fee is published once another operator approves it.
        """
        form = serializers.NewFeeRule(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        values = form.validated_data
        made = services.propose_fee_rule(
            rate=values["rate"],
            starts_at=values["starts_at"],
            source=values["basis"],
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
        )
        return waits(made)
