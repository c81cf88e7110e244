"""Deliveries over the API: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import (
    MomentField,
    StrictCharField,
    StrictIntegerField,
    StrictLinesField,
    StrictSerializer,
)
from identity.http.idempotency import idempotent
from marketplace.fulfilment import rules, selectors, services
from marketplace.fulfilment.api.endings import EmergencyStopReply, PreemptionReply
from marketplace.fulfilment.contracts import (
    DETAIL_LENGTH_MAX,
    EXIT_CODE_MAX,
    LOG_TAIL_MAX,
    RESULT_LENGTH_MAX,
    DeliveryMove,
    DeliveryReason,
    FulfilmentState,
    PolicyMode,
    WorkLeft,
)
from marketplace.fulfilment.filters import DeliveryFilter
from marketplace.fulfilment.models import ComputeDelivery, DeliveryPolicy

READERS = frozenset({Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR})
READ, WRITE = "deliveries:read", "deliveries:write"
PARTS = ("steps", "runs", "possible", "preemption", "emergency_stop")


class DeliveryReply(serializers.ModelSerializer[ComputeDelivery]):
    """What a provider owes of a cleared order, and where that stands."""

    order_id = serializers.UUIDField()
    buyer_id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    policy_version = serializers.IntegerField(source="policy.version")

    class Meta:
        model = ComputeDelivery
        fields = (
            *("id", "order_id", "order_number", "buyer_id", "provider_id", "policy_version"),
            *("rule", "state", "reason", "starts_at", "ends_at", "leaves_at", "opened_at"),
            *("answer_by", "ready_by", "changed_at", "ready_at", "confirmed_at", "confirmed_by"),
            *("preemption_rule", "preemption_minutes"),
            *("exited_at", "wiped_at"),
        )


class DeliveryStepReply(serializers.Serializer[Any]):
    """One thing that happened to a delivery."""

    sequence = serializers.IntegerField()
    move = serializers.ChoiceField(DeliveryMove.choices)
    state = serializers.ChoiceField(FulfilmentState.choices, help_text="after it")
    reason = serializers.ChoiceField(DeliveryReason.choices, allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()
    exit_code = serializers.IntegerField(allow_null=True, help_text="of a job, at its exit")
    result_reference = serializers.CharField(allow_blank=True, help_text="of a job, at its exit")
    log_tail = serializers.CharField(allow_blank=True, help_text="of a job, at its exit")


class RunningReply(serializers.Serializer[Any]):
    """A time in which it was in operation: what is charged lies inside."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)


class DeliveryPageReply(DeliveryReply):
    """A delivery with its history, when it ran, and what may happen to it next."""

    steps = DeliveryStepReply(many=True)
    runs = RunningReply(many=True)
    possible = serializers.ListField(child=serializers.ChoiceField(DeliveryMove.choices))
    preemption = PreemptionReply(allow_null=True, help_text="the notice that was given of it")
    emergency_stop = EmergencyStopReply(allow_null=True)

    class Meta(DeliveryReply.Meta):
        fields = (*DeliveryReply.Meta.fields, *PARTS)  # type: ignore[assignment]


class NewMove(StrictSerializer):
    """What the provider says: it counts from the moment at which the market hears it."""

    move = serializers.ChoiceField(DeliveryMove.choices)
    reason = serializers.ChoiceField(
        DeliveryReason.choices,
        required=False,
        default="",
        help_text="of INTERRUPT, EXIT and FAIL: one that a provider may give",
    )
    detail = StrictCharField(
        max_length=DETAIL_LENGTH_MAX, required=False, allow_blank=True, default=""
    )
    exit_code = StrictIntegerField(
        min_value=0,
        max_value=EXIT_CODE_MAX,
        required=False,
        allow_null=True,
        default=None,
        help_text="of a job, with EXIT",
    )
    result_reference = StrictCharField(
        max_length=RESULT_LENGTH_MAX,
        required=False,
        allow_blank=True,
        default="",
        help_text="where the result of a job is, with EXIT",
    )
    log_tail = StrictLinesField(
        max_length=LOG_TAIL_MAX,
        required=False,
        allow_blank=True,
        default="",
        help_text="the end of what a job wrote, with EXIT",
    )


class DeliveryPolicyReply(serializers.ModelSerializer[DeliveryPolicy]):
    """From when on orders are charged that clear from a moment on."""

    class Meta:
        model = DeliveryPolicy
        fields = ("id", "version", "mode", "rule", "starts_at", "source", "content_hash")


class NewDeliveryPolicy(StrictSerializer):
    """A policy to propose to another operator."""

    mode = serializers.ChoiceField(PolicyMode.choices)
    starts_at = MomentField(required=False, allow_null=True, default=None)
    basis = StrictCharField(max_length=500, help_text="where it was decided")


class DeliveryList(generics.ListAPIView[ComputeDelivery]):
    """Deliveries of an organisation, as buyer or provider."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = DeliveryReply
    filterset_class = DeliveryFilter
    queryset = ComputeDelivery.objects.none()

    def get_queryset(self) -> QuerySet[ComputeDelivery]:
        """Return the deliveries that the actor may see, the latest first."""
        return selectors.deliveries_for(actor_of(self.request)).select_related("policy")


class DeliveryDetail(APIView):
    """One delivery."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=DeliveryPageReply)
    def get(self, request: Request, order_delivery_id: UUID) -> Response:
        """Return the delivery with its history."""
        return Response(_page(selectors.delivery(order_delivery_id, actor=actor_of(request))))


class DeliveryMoves(APIView):
    """What providers say of their deliveries."""

    required_roles: ClassVar = {"POST": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=NewMove, responses=DeliveryPageReply)
    @idempotent
    def post(self, request: Request, order_delivery_id: UUID) -> Response:
        """Note that it is connected, scheduled, ready, interrupted, exited, failed or wiped."""
        form = NewMove(data=request.data)
        form.is_valid(raise_exception=True)
        said, actor = form.validated_data, actor_of(request)
        row = services.report(
            delivery_id=order_delivery_id,
            provider_id=actor.organization_id,
            move=DeliveryMove(said["move"]),
            reason=said["reason"],
            detail=said["detail"],
            by_id=actor.person_id,
            left=WorkLeft(said["exit_code"], said["result_reference"], said["log_tail"]),
            now=clock.now(),
        )
        return Response(_page(row))


class DeliveryConfirmation(APIView):
    """The buyer's word that it is in operation."""

    required_roles: ClassVar = {"POST": frozenset({Role.BUYER})}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=DeliveryPageReply)
    def post(self, request: Request, order_delivery_id: UUID) -> Response:
        """Confirm that it is in operation."""
        row = services.confirm(
            delivery_id=order_delivery_id,
            buyer_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(_page(row))


class DeliveryPolicyList(generics.ListAPIView[DeliveryPolicy]):
    """The market's policies: from when on orders are charged."""

    public = True
    required_roles: ClassVar = {"POST": frozenset({Role.OPERATOR})}
    serializer_class = DeliveryPolicyReply
    queryset = DeliveryPolicy.objects.order_by("-version")
    ordering = ("-version",)

    @extend_schema(request=NewDeliveryPolicy, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose a policy; it is published once another operator approves it."""
        form = NewDeliveryPolicy(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        asked = form.validated_data
        made = services.propose_policy(
            mode=asked["mode"],
            starts_at=asked["starts_at"],
            source=asked["basis"],
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
        )
        return waits(made)


def _page(row: ComputeDelivery) -> dict[str, Any]:
    notice, stop = selectors.preemption_of(row.pk), selectors.stop_of(row.pk)
    return DeliveryReply(row).data | {
        "steps": DeliveryStepReply(selectors.steps_of(row.pk), many=True).data,
        "runs": RunningReply(selectors.runs_of(row.pk), many=True).data,
        "possible": [str(move) for move in rules.possible(FulfilmentState(row.state))],
        "preemption": notice and PreemptionReply(notice).data,
        "emergency_stop": stop and EmergencyStopReply(stop).data,
    }
