"""The API of quotes that demands answer: what else could be ordered for the same."""

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
from marketplace.demands import selectors


class AlternativeReply(serializers.Serializer[Any]):
    """A listing that would be chosen now for what a quote is for."""

    prefers = serializers.ListField(
        child=serializers.CharField(),
        help_text="by what it would be chosen: CHEAPEST, GREENEST, NEAREST",
    )
    listing_id = serializers.UUIDField(source="listing.pk")
    listing = serializers.CharField(source="listing.number")
    hub = serializers.CharField(source="listing.hub")
    is_quoted = serializers.BooleanField(help_text="it is the quote's own listing")
    units_milli = serializers.IntegerField()
    starts_at = serializers.DateTimeField(source="period.starts_at")
    ends_at = serializers.DateTimeField(source="period.ends_at")
    amount_minor = serializers.IntegerField()
    more_minor = serializers.IntegerField(help_text="than the quote; below 0 it is cheaper")
    watt_hours = serializers.IntegerField(allow_null=True)
    carbon_g = serializers.IntegerField(allow_null=True)
    latency_ms = serializers.DecimalField(7, 1, allow_null=True, help_text="there and back")
    price_per_gb = serializers.DecimalField(
        10, 4, allow_null=True, help_text="of the path, in yuan; the market charges none"
    )


class AlternativesReply(serializers.Serializer[Any]):
    """What else could be ordered now for what a quote is for; nothing is set aside."""

    offers = AlternativeReply(many=True)
    near_hub = serializers.CharField(
        allow_blank=True,
        help_text="from which paths are told: the buyer's own or nearest; empty: not known",
    )
    why_none = serializers.CharField(
        allow_blank=True, help_text="why there is none: a code; `begun` if its time has begun"
    )
    at = serializers.DateTimeField()


class QuoteAlternatives(APIView):
    """Alternatives to a quote."""

    required_roles: ClassVar = {"GET": frozenset({Role.BUYER})}
    required_scopes: ClassVar = {"GET": "quotes:read"}

    @extend_schema(responses=AlternativesReply)
    def get(self, request: Request, quote_id: UUID) -> Response:
        """Return the cheapest, the greenest and the nearest of the same chip, amount and time."""
        found = selectors.alternatives_of_quote(
            quote_id=quote_id, buyer_id=actor_of(request).organization_id, at=clock.now()
        )
        return Response(AlternativesReply(found).data)
