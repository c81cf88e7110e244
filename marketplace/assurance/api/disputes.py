"""Disputes over HTTP: buyers open them, providers answer, operators decide by two."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, moments
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import (
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.http.idempotency import idempotent
from ledger.contracts import AMOUNT_MAX
from marketplace.assurance import dispute_selectors as selectors
from marketplace.assurance import services
from marketplace.assurance.dispute_contracts import (
    CLAIM_MAX,
    DISPUTE_FILES_MAX,
    DisputeSubject,
)
from marketplace.assurance.dispute_selectors import DisputeFilter
from marketplace.assurance.models import TradeDispute

WATCHING = frozenset({Role.OPERATOR, Role.AUDITOR, Role.FINANCE})
PARTIES = frozenset({Role.BUYER, Role.PROVIDER})
READERS = WATCHING | PARTIES


class DisputeFileReply(serializers.Serializer[Any]):
    """A file of evidence."""

    file_id = serializers.UUIDField()
    name = serializers.CharField()
    bytes = serializers.IntegerField()


class DisputeReply(serializers.ModelSerializer[TradeDispute]):
    """Where a dispute stands: claim, clocks, answer, decision, appeals, outcome."""

    contract_number = serializers.CharField(source="contract.number")
    buyer_name = serializers.CharField(source="buyer.name")
    provider_name = serializers.CharField(source="provider.name")
    adjustment_number = serializers.CharField(
        source="adjustment.number", default=None, allow_null=True
    )
    files = DisputeFileReply(many=True)
    answer_files = DisputeFileReply(many=True)
    waits_for_settlement = serializers.SerializerMethodField(
        help_text="an award is carried out once the contract is settled"
    )

    class Meta:
        model = TradeDispute
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "number", "rule", "state", "contract_id", "contract_number"),
            *("buyer_name", "provider_name", "subject", "subject_id", "subject_reference"),
            *(
                "claim",
                "asset",
                "waits_for_settlement",
                "claimed_minor",
                "frozen_minor",
                "files",
                "opened_at",
                "answer_due_at",
            ),
            *("answer", "answer_files", "answered_at", "awarded_minor", "decision"),
            *("decided_at", "appeal_until", "buyer_appeal", "buyer_appealed_at"),
            *("provider_appeal", "provider_appealed_at", "adjustment_number", "closed_at"),
        )

    def get_waits_for_settlement(self, found: TradeDispute) -> bool:
        """Return whether it waits."""
        return selectors.waits_for_settlement(found)


class NewDispute(StrictSerializer):
    """What is disputed, and how much is wanted back; files are the buyer's own, kept before."""

    contract_id = StrictUUIDField()
    subject = serializers.ChoiceField(DisputeSubject.choices)
    subject_id = StrictUUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="the charge, delivery, certificate or voucher; of a voucher's cover it may be"
        " left out where one alone paid",
    )
    subject_reference = StrictCharField(
        max_length=120, default="", allow_blank=True, help_text="which one, where none is named"
    )
    claim = StrictCharField(max_length=CLAIM_MAX)
    claimed_minor = StrictIntegerField(min_value=1, max_value=AMOUNT_MAX)
    file_ids = serializers.ListField(
        child=StrictUUIDField(), max_length=DISPUTE_FILES_MAX, default=list
    )


class DisputeAnswer(StrictSerializer):
    """What the provider says, and its files."""

    text = StrictCharField(max_length=CLAIM_MAX)
    file_ids = serializers.ListField(
        child=StrictUUIDField(), max_length=DISPUTE_FILES_MAX, default=list
    )


class DisputeAppeal(StrictSerializer):
    """Why a side appeals."""

    text = StrictCharField(max_length=CLAIM_MAX)


class NewDisputeAward(StrictSerializer):
    """What the buyer gets back, and why; another operator decides."""

    awarded_minor = StrictIntegerField(min_value=0, max_value=AMOUNT_MAX)
    decision = StrictCharField(max_length=CLAIM_MAX)


class DisputeMonthReply(serializers.Serializer[Any]):
    """What was opened in a month, and what became of it."""

    month = serializers.CharField()
    opened = serializers.IntegerField()
    lapsed = serializers.IntegerField(help_text="lost for want of an answer")
    won = serializers.IntegerField(help_text="closed, with something for the buyer")
    appealed = serializers.IntegerField()
    claimed_minor = serializers.IntegerField()
    awarded_minor = serializers.IntegerField(help_text="in money; likewise what was claimed")
    claimed_cover_minor = serializers.IntegerField(help_text="of vouchers")
    awarded_cover_minor = serializers.IntegerField(help_text="of vouchers")
    hours_to_answer = serializers.IntegerField(allow_null=True)


def _by(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)


def _scope(request: Request) -> dict[str, UUID]:
    """Return whose disputes are seen; nothing to narrow for those who watch."""
    actor = actor_of(request)
    return {} if actor.has_role(*WATCHING) else {"party_id": actor.organization_id}


def _shown(request: Request, dispute_id: UUID, code: int = status.HTTP_200_OK) -> Response:
    found = selectors.dispute(dispute_id, **_scope(request))
    return Response(DisputeReply(found).data, status=code)


class DisputeList(generics.ListAPIView[TradeDispute]):
    """Disputes about money that contracts took."""

    required_roles: ClassVar = {"GET": READERS, "POST": frozenset({Role.BUYER})}
    serializer_class = DisputeReply
    filterset_class = DisputeFilter
    queryset = TradeDispute.objects.none()

    def get_queryset(self) -> QuerySet[TradeDispute]:
        """Return what the actor may see: a party its own."""
        return selectors.disputes(**_scope(self.request))

    @extend_schema(request=NewDispute, responses={201: DisputeReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a dispute about a contract of one's own; what is claimed is frozen."""
        form = NewDispute(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.open_dispute(by=_by(request), now=clock.now(), **form.validated_data)
        return _shown(request, made.pk, status.HTTP_201_CREATED)


class DisputeDetail(APIView):
    """One dispute."""

    required_roles: ClassVar = {"GET": READERS}

    @extend_schema(responses=DisputeReply)
    def get(self, request: Request, dispute_id: UUID) -> Response:
        """Return the dispute."""
        return _shown(request, dispute_id)


class DisputeAnswering(APIView):
    """The provider's answer."""

    required_roles: ClassVar = {"POST": frozenset({Role.PROVIDER})}

    @extend_schema(request=DisputeAnswer, responses=DisputeReply)
    @idempotent
    def post(self, request: Request, dispute_id: UUID) -> Response:
        """Answer in time, once."""
        form = DisputeAnswer(data=request.data)
        form.is_valid(raise_exception=True)
        services.answer_dispute(
            dispute_id=dispute_id, by=_by(request), now=clock.now(), **form.validated_data
        )
        return _shown(request, dispute_id)


class DisputeAppealing(APIView):
    """Appeals, each side once."""

    required_roles: ClassVar = {"POST": PARTIES}

    @extend_schema(request=DisputeAppeal, responses=DisputeReply)
    @idempotent
    def post(self, request: Request, dispute_id: UUID) -> Response:
        """Appeal against the decision."""
        form = DisputeAppeal(data=request.data)
        form.is_valid(raise_exception=True)
        services.appeal(
            dispute_id=dispute_id, by=_by(request), now=clock.now(), **form.validated_data
        )
        return _shown(request, dispute_id)


class DisputeWithdrawing(APIView):
    """Withdrawing, before it is decided."""

    required_roles: ClassVar = {"POST": frozenset({Role.BUYER})}

    @extend_schema(request=None, responses=DisputeReply)
    @idempotent
    def post(self, request: Request, dispute_id: UUID) -> Response:
        """Withdraw the dispute; what was frozen is free at once."""
        services.withdraw_dispute(dispute_id=dispute_id, by=_by(request), now=clock.now())
        return _shown(request, dispute_id)


class DisputeDeciding(APIView):
    """Decisions, which take two operators."""

    required_roles: ClassVar = {"POST": frozenset({Role.OPERATOR})}

    @extend_schema(request=NewDisputeAward, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, dispute_id: UUID) -> Response:
        """Propose what the buyer gets back."""
        form = NewDisputeAward(data=request.data)
        form.is_valid(raise_exception=True)
        proposed = services.propose_decision(
            dispute_id=dispute_id, by=_by(request), now=clock.now(), **form.validated_data
        )
        return waits(proposed)


class DisputeMonths(APIView):
    """The report of disputes by month; of a party, of its own."""

    required_roles: ClassVar = {"GET": READERS}

    @extend_schema(
        operation_id="dispute_months",
        parameters=[
            OpenApiParameter("until", str, description="the last month, `2026-11`; without: this")
        ],
        responses=DisputeMonthReply(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return the months of two years in which any was opened, the latest first."""
        typed = request.query_params.get("until", "")
        until = moments.parse_month(typed) if typed else moments.market_date(clock.now())
        actor = actor_of(request)
        own = None if actor.has_role(*WATCHING) else actor.organization_id
        found = selectors.by_month(until=until.replace(day=1), party_id=own)
        return Response(DisputeMonthReply(found, many=True).data)
