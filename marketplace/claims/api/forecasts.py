"""What a buyer's vouchers lose, over the API."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from marketplace.claims.selectors.forecasts import wallet_forecast
from marketplace.vouchers import selectors as vouchers_selectors


class LossReply(serializers.Serializer[Any]):
    """What one voucher loses at its end."""

    voucher_id = serializers.UUIDField()
    number = serializers.CharField()
    ends_on = serializers.DateField()
    left_minor = serializers.IntegerField()
    lost_minor = serializers.IntegerField()


class ForecastReply(serializers.Serializer[Any]):
    """What vouchers lose if they are used as in the last thirty days."""

    used_minor = serializers.IntegerField(help_text="of vouchers, in the last thirty days")
    lost_minor = serializers.IntegerField()
    vouchers = LossReply(source="losses", many=True)


class WalletForecasting(APIView):
    """What becomes of the actor's vouchers."""

    required_roles: ClassVar = {"GET": frozenset({Role.BUYER})}
    required_scopes: ClassVar = {"GET": "vouchers:read"}

    @extend_schema(responses=ForecastReply)
    def get(self, request: Request) -> Response:
        """Return what each voucher loses at its end if they are used as in the last 30 days."""
        now, buyer_id = clock.now(), actor_of(request).organization_id
        wallet = vouchers_selectors.wallet(holder_id=buyer_id, at=now)
        found = wallet_forecast(wallet, buyer_id=buyer_id, now=now)
        return Response(ForecastReply(found).data)
