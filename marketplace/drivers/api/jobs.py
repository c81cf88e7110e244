"""Batch jobs as orders, over HTTP."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictIntegerField, StrictSerializer
from identity.http.idempotency import idempotency_key, idempotent
from marketplace.drivers import services
from marketplace.drivers.job_contracts import (
    COMMAND_WORDS_MAX,
    REFERENCE_LENGTH_MAX,
    VARIABLES_MAX,
    WALL_SECONDS_MAX,
    WORD_LENGTH_MAX,
    JobWish,
)
from marketplace.drivers.models import BatchJob
from marketplace.orders.api.serializers import NewOrder
from marketplace.orders.api.wishes import ordered_wish


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

    job = NewBatchJob()


class BatchJobReply(serializers.ModelSerializer[BatchJob]):
    """What an order runs."""

    order_id = serializers.UUIDField()

    class Meta:
        model = BatchJob
        fields = (
            *("order_id", "command", "image", "data_reference", "environment"),
            *("sealed_names", "wall_seconds", "made_at"),
        )


class JobOrders(APIView):
    """Batch jobs as orders."""

    required_roles: ClassVar = {"POST": frozenset({Role.BUYER})}
    required_scopes: ClassVar = {"POST": "orders:write"}

    @extend_schema(request=NewJobOrder, responses={201: BatchJobReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Place an order that runs a job; the exit code is the result of its delivery."""
        form = NewJobOrder(data=request.data)
        form.is_valid(raise_exception=True)
        asked: dict[str, Any] = form.validated_data
        job = asked["job"]
        made = services.place_job(
            buyer_id=actor_of(request).organization_id,
            wish=ordered_wish(idempotency_key(request), asked),
            job=JobWish(
                command=tuple(job["command"]),
                wall_seconds=job["wall_seconds"],
                image=job["image"],
                data_reference=job["data_reference"],
                environment=job["environment"],
                sealed_names=tuple(job["sealed_names"]),
            ),
            placed_at=clock.now(),
        )
        return Response(BatchJobReply(made).data, status=status.HTTP_201_CREATED)
