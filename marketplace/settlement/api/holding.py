"""Instalments of long contracts and what is to come: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from marketplace.settlement import selectors, services
from marketplace.settlement.api.serializers import InstalmentReply

BUYERS = frozenset({Role.BUYER})


class ComingInstalmentReply(serializers.Serializer[Any]):
    """An instalment that a contract of the buyer holds next."""

    contract_id = serializers.UUIDField()
    contract_number = serializers.CharField()
    order_id = serializers.UUIDField()
    part = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    amount_minor = serializers.IntegerField()
    is_late = serializers.BooleanField(help_text="it was tried and refused")
    lacks_minor = serializers.IntegerField(help_text="if nothing comes in until it is due")


class CashForecastReply(serializers.Serializer[Any]):
    """How long a buyer's cash lasts, and what it holds next."""

    posted_minor = serializers.IntegerField(help_text="paid in and not paid out")
    held_minor = serializers.IntegerField()
    available_minor = serializers.IntegerField()
    burn_minor = serializers.IntegerField(help_text="charged in cash a day, of the last 30 days")
    lasts_until = serializers.DateField(allow_null=True, help_text="at this rate; none: unknown")
    instalments = ComingInstalmentReply(many=True)


class NextHold(APIView):
    """The next instalment of a contract."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": "orders:write"}

    @extend_schema(request=None, responses=InstalmentReply)
    def post(self, request: Request, contract_id: UUID) -> Response:
        """Hold the next instalment now, up to a week before it is due."""
        held = services.renew_now(
            contract_id=contract_id, buyer_id=actor_of(request).organization_id, now=clock.now()
        )
        return Response(InstalmentReply(held).data)


class OwnCashForecast(APIView):
    """What a buyer's cash comes to."""

    required_roles: ClassVar = {"GET": BUYERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=CashForecastReply)
    def get(self, request: Request) -> Response:
        """Return balance, what a day costs, until when that lasts, and what is held next."""
        found = selectors.cash_forecast(actor_of(request).organization_id, at=clock.now())
        return Response(CashForecastReply(found).data)
