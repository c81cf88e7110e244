"""Deliveries that end early, over the API: taken back with notice, or stopped by two operators."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import MomentField, StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent
from marketplace.fulfilment import services
from marketplace.fulfilment.ending_contracts import (
    PREEMPTION_NOTE_LENGTH_MAX,
    STOP_EVIDENCE_LENGTH_MAX,
    STOP_REASON_LENGTH_MAX,
)

WRITE = "deliveries:write"


class PreemptionReply(serializers.Serializer[Any]):
    """That a provider takes a delivery back, and when."""

    rule = serializers.CharField()
    notice_minutes = serializers.IntegerField(help_text="that the listing promised")
    noticed_at = serializers.DateTimeField()
    takes_back_at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)


class EmergencyStopReply(serializers.Serializer[Any]):
    """That two operators stopped a delivery, and why."""

    stopped_at = serializers.DateTimeField()
    reason = serializers.CharField()


class NewPreemption(StrictSerializer):
    """When a delivery is taken back: at least its listing's notice from now on."""

    takes_back_at = MomentField(
        required=False, allow_null=True, default=None, help_text="none: as soon as may be"
    )
    note = StrictCharField(
        max_length=PREEMPTION_NOTE_LENGTH_MAX, required=False, allow_blank=True, default=""
    )


class NewStop(StrictSerializer):
    """Why a delivery is to be stopped at once, and what shows it."""

    reason = StrictCharField(max_length=STOP_REASON_LENGTH_MAX)
    evidence = StrictCharField(max_length=STOP_EVIDENCE_LENGTH_MAX)


class DeliveryPreemption(APIView):
    """Notice by which a provider takes a delivery back before its time."""

    required_roles: ClassVar = {"POST": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=NewPreemption, responses=PreemptionReply)
    @idempotent
    def post(self, request: Request, order_delivery_id: UUID) -> Response:
        """Give notice; until the moment it runs and is charged, and then it ends. It stays."""
        form = NewPreemption(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        notice = services.give_preemption_notice(
            delivery_id=order_delivery_id,
            provider_id=actor.organization_id,
            by_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(PreemptionReply(notice).data)


class DeliveryStop(APIView):
    """The operator's emergency stop."""

    required_roles: ClassVar = {"POST": frozenset({Role.OPERATOR})}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=NewStop, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, order_delivery_id: UUID) -> Response:
        """Propose to stop a delivery; it stops at once when another operator approves it."""
        form = NewStop(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.propose_stop(
            delivery_id=order_delivery_id,
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
            **form.validated_data,
        )
        return waits(made)
