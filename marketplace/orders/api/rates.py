"""How often organisations may order, over the API: permission, parse, one call, answer."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
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
from marketplace.orders import selectors, services
from marketplace.orders.contracts import HALT_REASON_MAX, RATE_MAX
from marketplace.orders.models import OrderRate

READ = "orders:read"
OPERATORS = frozenset({Role.OPERATOR})
WATCHERS = OPERATORS | {Role.AUDITOR}
BUYERS = frozenset({Role.BUYER})


class OrderRateReply(serializers.ModelSerializer[OrderRate]):
    """How often an organisation may order and cancel, as an operator said; the latest holds."""

    organization_id = serializers.UUIDField()

    class Meta:
        model = OrderRate
        fields: ClassVar = (
            *("id", "organization_id", "placed_per_minute", "cancelled_per_minute"),
            *("reason", "set_at"),
        )


class OwnRateReply(serializers.Serializer[Any]):
    """How often one's own organisation may order and cancel."""

    placed_per_minute = serializers.IntegerField()
    cancelled_per_minute = serializers.IntegerField()
    is_own = serializers.BooleanField(help_text="an operator said it of this organisation")


class NewOrderRate(StrictSerializer):
    """How often an organisation may order and cancel from now on."""

    organization_id = StrictUUIDField()
    placed_per_minute = StrictIntegerField(min_value=1, max_value=RATE_MAX)
    cancelled_per_minute = StrictIntegerField(min_value=1, max_value=RATE_MAX)
    reason = StrictCharField(max_length=HALT_REASON_MAX)


class OrderRateList(generics.ListAPIView[OrderRate]):
    """What operators said of organisations, the latest first."""

    required_roles: ClassVar = {"GET": WATCHERS, "POST": OPERATORS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = OrderRateReply
    queryset = OrderRate.objects.none()

    def get_queryset(self) -> QuerySet[OrderRate]:
        """Return every rate that was said."""
        return selectors.order_rates()

    @extend_schema(request=NewOrderRate, responses={201: OrderRateReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Say how often an organisation may order and cancel; it is told."""
        form = NewOrderRate(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        rate = services.set_order_rate(
            **form.validated_data,
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
        )
        return Response(OrderRateReply(rate).data, status=status.HTTP_201_CREATED)


class OwnRate(APIView):
    """What one's own organisation may do in a minute."""

    required_roles: ClassVar = {"GET": BUYERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=OwnRateReply)
    def get(self, request: Request) -> Response:
        """Return how often the organisation may order and cancel."""
        rate = selectors.order_rate(organization_id=actor_of(request).organization_id)
        return Response(OwnRateReply(rate).data)
