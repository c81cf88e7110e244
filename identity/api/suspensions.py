"""Suspending organisations over HTTP: permission, parse, one call, answer."""

from collections.abc import Callable
from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import suspensions
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person, Proposed
from identity.contracts import ANY_MEMBER, SUSPENSION_REASON_MAX, Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent
from identity.models import Suspension

OPERATORS = frozenset({Role.OPERATOR})


class SuspensionReply(serializers.ModelSerializer[Suspension]):
    """A time in which an organisation was, or is, suspended."""

    organization_id = serializers.UUIDField()

    class Meta:
        model = Suspension
        fields: ClassVar = ("id", "organization_id", "reason", "since", "ended_at", "end_reason")


class StandingReason(StrictSerializer):
    """Why an organisation is suspended, or reinstated; it reads so."""

    reason = StrictCharField(max_length=SUSPENSION_REASON_MAX)


class SuspensionList(generics.ListAPIView[Suspension]):
    """Suspensions of an organisation, the latest first: its own members and duties read why."""

    open_to_suspended = True
    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": OPERATORS}
    required_scopes: ClassVar = {"GET": "organizations:read"}
    serializer_class = SuspensionReply
    queryset = Suspension.objects.none()

    def get_queryset(self) -> QuerySet[Suspension]:
        """Return the organisation's suspensions, if it is the actor's to see."""
        return suspensions.suspensions_for(actor_of(self.request), self.kwargs["organization_id"])

    @extend_schema(request=StandingReason, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, organization_id: UUID) -> Response:
        """
        Propose to suspend the organisation; another operator's approval does it at once.

        It then places no orders, offers nothing, gets no vouchers; its keys, tokens and agents are
        answered 403, what is delivered by or to it is interrupted, and its members see one page.
        """
        return _proposed(suspensions.propose_suspension, request, organization_id)


class Reinstatement(APIView):
    """The end of a suspension."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=StandingReason, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Propose to reinstate; another operator's approval puts its offers back on the market."""
        return _proposed(suspensions.propose_reinstatement, request, organization_id)


def _proposed(
    propose: Callable[..., Proposed], request: Request, organization_id: UUID
) -> Response:
    form = StandingReason(data=request.data)
    form.is_valid(raise_exception=True)
    actor = actor_of(request)
    made = propose(
        organization_id=organization_id,
        reason=form.validated_data["reason"],
        by=Person(actor.person_id, actor.organization_id),
        now=clock.now(),
    )
    return waits(made)
