"""The API of trying a draft: what a month would have brought, and where its prices would stand."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, moments
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import DayField
from marketplace.catalog import selectors as catalog_selectors
from marketplace.settlement import selectors
from pricing import draft_selectors

PROVIDERS = frozenset({Role.PROVIDER})
MONTH = OpenApiParameter(
    "month", date, description="a day of it in the market's time zone; by default the month before"
)


class MonthSimulatedReply(serializers.Serializer[Any]):
    """What a month brought, and would have brought under a draft; in total."""

    month = serializers.DateField()
    contracts = serializers.IntegerField()
    charges = serializers.IntegerField()
    brought_minor = serializers.IntegerField()
    would_bring_minor = serializers.IntegerField()
    difference_minor = serializers.IntegerField()


class MarketPositionReply(serializers.Serializer[Any]):
    """A price beside those of others, each provider once; null where there are too few others."""

    resource_class = serializers.CharField()
    chip = serializers.CharField()
    unit = serializers.CharField()
    price = serializers.CharField(help_text="of a unit-hour under the draft")
    providers = serializers.IntegerField(allow_null=True)
    low = serializers.CharField(allow_null=True)
    middle = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    cheaper = serializers.IntegerField(allow_null=True, help_text="providers that ask less")


class _AskedMonth(serializers.Serializer[Any]):
    month = DayField(required=False)


class DraftSimulation(APIView):
    """What a month would have brought under a draft."""

    required_roles: ClassVar = {"GET": PROVIDERS}
    required_scopes: ClassVar = {"GET": "rate-plans:read"}

    @extend_schema(parameters=[MONTH], responses=MonthSimulatedReply)
    def get(self, request: Request, plan_draft_id: UUID) -> Response:
        """Rate a month's use of the plan once more; nothing of it is kept."""
        form = _AskedMonth(data=request.query_params)
        form.is_valid(raise_exception=True)
        own, today = actor_of(request).organization_id, moments.market_date(clock.now())
        month = form.validated_data.get("month") or selectors.last_month(today)
        found = draft_selectors.draft(plan_draft_id, provider_id=own)
        made = selectors.simulate_month(
            provider_id=own,
            plan_id=found.plan_id,
            card=draft_selectors.card_of_draft(found),
            month=month.replace(day=1),
        )
        return Response(MonthSimulatedReply(made).data)


class DraftPosition(APIView):
    """Where a draft's prices would stand on the market."""

    required_roles: ClassVar = {"GET": PROVIDERS}
    required_scopes: ClassVar = {"GET": "rate-plans:read"}

    @extend_schema(responses=MarketPositionReply(many=True))
    def get(self, request: Request, plan_draft_id: UUID) -> Response:
        """Compare with open listings of the same kind of resource; nobody is named."""
        own = actor_of(request).organization_id
        found = draft_selectors.draft(plan_draft_id, provider_id=own)
        positions = catalog_selectors.market_positions(
            provider_id=own, plan_id=found.plan_id, card=draft_selectors.card_of_draft(found)
        )
        return Response(MarketPositionReply(positions, many=True).data)
