"""Quotas of community capacity over the API: what is left, and who took how much."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from marketplace.catalog import selectors as catalog_selectors
from marketplace.orders import selectors

READ = "orders:read"


class CommunityQuotaReply(serializers.Serializer[Any]):
    """What an organisation may take of community capacity this month, of one unit."""

    month = serializers.DateField(help_text="its first day")
    unit = serializers.CharField()
    most_hours = serializers.CharField(help_text="unit-hours, rounded down to tenths")
    used_hours = serializers.CharField()
    left_hours = serializers.CharField()
    left = serializers.IntegerField(help_text="exactly: thousandths of a unit times seconds")


class CommunityUseReply(serializers.Serializer[Any]):
    """What one member took of one's own community listings this month."""

    buyer_id = serializers.UUIDField()
    buyer = serializers.CharField()
    unit = serializers.CharField()
    orders = serializers.IntegerField()
    hours = serializers.CharField(help_text="unit-hours, rounded down to tenths")
    amount = serializers.IntegerField(help_text="exactly: thousandths of a unit times seconds")


class CommunityQuotas(APIView):
    """One's own quotas this month."""

    required_roles: ClassVar = {"GET": frozenset({Role.BUYER})}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=CommunityQuotaReply(many=True))
    def get(self, request: Request) -> Response:
        """Return what is left, by unit, under the rule in force."""
        buyer_id = actor_of(request).organization_id
        found = selectors.community_quotas(buyer_id=buyer_id, at=clock.now())
        return Response(CommunityQuotaReply(found, many=True).data)


class CommunityUses(APIView):
    """Who took how much of what the provider gives away, this month."""

    required_roles: ClassVar = {"GET": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=CommunityUseReply(many=True))
    def get(self, request: Request) -> Response:
        """Return the 200 members who took most, the most first."""
        now = clock.now()
        found = selectors.community_use(
            provider_id=actor_of(request).organization_id,
            month=catalog_selectors.community_rule(at=now).month(now),
        )
        return Response(CommunityUseReply(found, many=True).data)
