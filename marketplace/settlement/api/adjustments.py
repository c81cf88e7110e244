"""Money that moves without usage, over the API: permission, parse, one call, answer."""

from typing import ClassVar
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
from marketplace.settlement.api.views import READERS
from marketplace.settlement.contracts import Adjusting, AdjustmentReason, Party
from marketplace.settlement.models import Adjustment
from marketplace.settlement.selectors.filters import AdjustmentFilter

CLERKS = frozenset({Role.FINANCE})


class AdjustmentList(generics.ListAPIView[Adjustment]):
    """Adjustments."""

    required_roles: ClassVar = {"GET": READERS, "POST": CLERKS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.AdjustmentReply
    filterset_class = AdjustmentFilter
    queryset = Adjustment.objects.none()

    def get_queryset(self) -> QuerySet[Adjustment]:
        """Return what the tenant may see."""
        return selectors.adjustments()

    @extend_schema(request=serializers.NewAdjustment, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Propose that money moves between two parties.

        202 names the proposal; the money moves once another person of finance approves it.
        """
        form = serializers.NewAdjustment(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        wanted = Adjusting(
            reason=AdjustmentReason(values.pop("reason")),
            payer=Party(values.pop("payer")),
            payee=Party(values.pop("payee")),
            **values,
        )
        by = _person(request)
        return waits(services.propose_adjustment(wanted, by=by, now=clock.now()))


class AdjustmentDetail(APIView):
    """One adjustment."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=serializers.AdjustmentReply)
    def get(self, request: Request, adjustment_id: UUID) -> Response:  # noqa: ARG002 - DRF's
        """Return the adjustment."""
        return Response(serializers.AdjustmentReply(selectors.adjustment(adjustment_id)).data)


class AdjustmentReversal(APIView):
    """What takes an adjustment back."""

    required_roles: ClassVar = {"POST": CLERKS}

    @extend_schema(request=serializers.NewReversal, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, adjustment_id: UUID) -> Response:
        """
        Propose that an adjustment is taken back: the same amount the other way.

        202 names the proposal; it is done once another person of finance approves it.
        """
        form = serializers.NewReversal(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_reversal(
            adjustment_id=adjustment_id,
            evidence=form.validated_data["evidence"],
            by=_person(request),
            now=clock.now(),
        )
        return waits(made)


def _person(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)
