"""Batch jobs as orders, over HTTP."""

from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import MomentField, StrictCharField, StrictIntegerField, StrictSerializer
from identity.http.idempotency import idempotency_key, idempotent
from marketplace.drivers import selectors, services
from marketplace.drivers.filters import BatchJobFilter
from marketplace.drivers.job_contracts import (
    COMMAND_WORDS_MAX,
    REFERENCE_LENGTH_MAX,
    VARIABLES_MAX,
    WALL_SECONDS_MAX,
    WORD_LENGTH_MAX,
    JobWish,
)
from marketplace.drivers.models import BatchJob
from marketplace.orders.api.serializers import NewOrder, RepeatedSize
from marketplace.orders.api.wishes import ordered_wish
from marketplace.orders.contracts import OrderState, OrderWish, Repeated

BUYERS = frozenset({Role.BUYER})
READERS = frozenset({Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR})
READ, WRITE = "orders:read", "orders:write"


class NewBatchJob(StrictSerializer):
    """What an order runs."""

    command = serializers.ListField(
        child=StrictCharField(max_length=WORD_LENGTH_MAX), max_length=COMMAND_WORDS_MAX
    )
    wall_seconds = StrictIntegerField(min_value=1, max_value=WALL_SECONDS_MAX)
    image = StrictCharField(
        max_length=REFERENCE_LENGTH_MAX, required=False, allow_blank=True, default=""
    )
    data_reference = StrictCharField(
        max_length=REFERENCE_LENGTH_MAX, required=False, allow_blank=True, default=""
    )
    result_reference = StrictCharField(
        max_length=REFERENCE_LENGTH_MAX,
        required=False,
        allow_blank=True,
        default="",
        help_text="where its result goes",
    )
    environment = serializers.DictField(
        child=StrictCharField(max_length=WORD_LENGTH_MAX, allow_blank=True),
        required=False,
        default=dict,
        help_text="values that are no secrets",
    )
    sealed_names = serializers.ListField(
        child=StrictCharField(max_length=64),
        max_length=VARIABLES_MAX,
        required=False,
        default=list,
        help_text="variables whose values are handed over sealed",
    )


class NewJobOrder(NewOrder):
    """An order that runs a job."""

    beside = None  # type: ignore[assignment]  # What is ordered together is an order's own request.
    job = NewBatchJob()


class BatchJobReply(serializers.ModelSerializer[BatchJob]):
    """What an order runs."""

    order_id = serializers.UUIDField()

    class Meta:
        model = BatchJob
        fields: tuple[str, ...] = (
            *("order_id", "command", "image", "data_reference", "result_reference"),
            *("environment", "sealed_names", "wall_seconds", "content_hash", "proposal_id"),
            "made_at",
        )


class ListedJobReply(BatchJobReply):
    """What an order runs, and how far it is."""

    order_number = serializers.CharField(source="order.number")
    order_state = serializers.ChoiceField(OrderState.choices, source="order.state")
    units_milli = serializers.IntegerField(source="order.units_milli")
    starts_at = serializers.DateTimeField(source="order.starts_at")
    ends_at = serializers.DateTimeField(source="order.ends_at")
    delivery_id = serializers.UUIDField(allow_null=True, help_text="once a driver has it")
    delivery_state = serializers.CharField(allow_null=True)
    exit_code = serializers.IntegerField(allow_null=True, help_text="the result")
    exited_at = serializers.DateTimeField(allow_null=True)

    class Meta(BatchJobReply.Meta):
        fields: tuple[str, ...] = (
            *BatchJobReply.Meta.fields,
            *("order_number", "order_state", "units_milli", "starts_at", "ends_at"),
            *("delivery_id", "delivery_state", "exit_code", "exited_at"),
        )


class JobReply(ListedJobReply):
    """A job with the end of what it wrote."""

    log_tail = serializers.SerializerMethodField(help_text="where its driver gives one")

    class Meta(ListedJobReply.Meta):
        fields = (*ListedJobReply.Meta.fields, "log_tail")

    def get_log_tail(self, row: BatchJob) -> str:
        """Return the end of what the job wrote."""
        return selectors.log_tail_of(row.pk)


class AgainWish(StrictSerializer):
    """When a job runs again; all else is as it was."""

    starts_at = MomentField(help_text="whole seconds")
    use_vouchers = serializers.BooleanField(required=False, default=True)
    repeat = RepeatedSize(
        required=False,
        allow_null=True,
        default=None,
        help_text="needed where `order_not_repeated` says so, with its figures",
    )


class JobOrders(generics.ListAPIView[BatchJob]):
    """Batch jobs as orders."""

    required_roles: ClassVar = {"GET": READERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = ListedJobReply
    filterset_class = BatchJobFilter
    queryset = BatchJob.objects.none()

    def get_queryset(self) -> QuerySet[BatchJob]:
        """Return what the organisation runs or is to run; everything for those who watch."""
        return selectors.jobs_for(actor_of(self.request))

    @extend_schema(request=NewJobOrder, responses={201: BatchJobReply, 202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Place an order that runs a job; the exit code is the result of its delivery.

        Where a budget asks for a second person of the organisation it is not placed yet: 202 names
        the proposal, which holds all that would run.
        """
        form = NewJobOrder(data=request.data)
        form.is_valid(raise_exception=True)
        asked: dict[str, Any] = form.validated_data
        job = asked["job"]
        wish = JobWish(
            command=tuple(job["command"]),
            wall_seconds=job["wall_seconds"],
            image=job["image"],
            data_reference=job["data_reference"],
            result_reference=job["result_reference"],
            environment=job["environment"],
            sealed_names=tuple(job["sealed_names"]),
        )
        return _placed(request, ordered_wish(idempotency_key(request), asked), wish)


class JobDetail(APIView):
    """One job."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=JobReply)
    def get(self, request: Request, order_id: UUID) -> Response:
        """Return what an order runs, how far it is, its exit code and the end of its log."""
        return Response(JobReply(_found(request, order_id)).data)


class JobCancellation(APIView):
    """The end of a job that has not started."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=JobReply)
    def post(self, request: Request, order_id: UUID) -> Response:
        """Cancel a job before its start; what was held returns."""
        own = actor_of(request).organization_id
        services.cancel_job(order_id=order_id, buyer_id=own, now=clock.now())
        return Response(JobReply(_found(request, order_id)).data)


class JobAgain(APIView):
    """A job once more."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=AgainWish, responses={201: BatchJobReply, 202: WaitingReply})
    @idempotent
    def post(self, request: Request, order_id: UUID) -> Response:
        """Order the same job again from another moment on, at the price of that moment."""
        form = AgainWish(data=request.data)
        form.is_valid(raise_exception=True)
        own = actor_of(request).organization_id
        wish, job = selectors.wish_again(
            order_id,
            buyer_id=own,
            key=idempotency_key(request),
            starts_at=form.validated_data["starts_at"],
            use_vouchers=form.validated_data["use_vouchers"],
        )
        repeat = form.validated_data["repeat"]
        return _placed(request, replace(wish, repeated=repeat and Repeated(**repeat)), job)


def _placed(request: Request, wish: OrderWish, job: JobWish) -> Response:
    actor = actor_of(request)
    made = services.place_or_propose_job(
        buyer_id=actor.organization_id,
        wish=wish,
        job=job,
        by=Person(actor.person_id, actor.organization_id),
        placed_at=clock.now(),
    )
    if isinstance(made, Proposed):
        return waits(made)
    return Response(BatchJobReply(made).data, status=status.HTTP_201_CREATED)


def _found(request: Request, order_id: UUID) -> BatchJob:
    actor = actor_of(request)
    own = None if actor.spans_tenants else actor.organization_id
    return selectors.job_of_party(order_id, organization_id=own)
