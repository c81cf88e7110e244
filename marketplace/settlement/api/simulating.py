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
from marketplace.catalog.plan_reach import PlanAbsence, ReachedCapacity, plan_reach
from marketplace.settlement import selectors
from pricing import draft_selectors
from pricing import selectors as pricing_selectors

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
    in_columns = serializers.IntegerField(help_text="charges that were rated line by line")
    in_sums = serializers.IntegerField(
        help_text="charges of contracts that were rated once, from the sums of their use"
    )
    one_by_one = serializers.IntegerField(help_text="charges that were rated one after the other")


class MarketPositionReply(serializers.Serializer[Any]):
    """A price beside those of others, each provider once; null where there are too few others."""

    resource_class = serializers.CharField()
    chip = serializers.CharField()
    unit = serializers.CharField()
    is_all_in = serializers.BooleanField(
        help_text="by the standard hour of the reference order; else by the unit-hour"
    )
    price = serializers.CharField(help_text="of that hour under the draft")
    providers = serializers.IntegerField(allow_null=True)
    low = serializers.CharField(allow_null=True)
    middle = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    cheaper = serializers.IntegerField(allow_null=True, help_text="providers that ask less")


class PlanReachReply(serializers.Serializer[Any]):
    """Where listings of a kind of capacity take part under a plan; null where they do."""

    kind = serializers.ChoiceField(ReachedCapacity.choices)
    call_round = serializers.ChoiceField(PlanAbsence.choices, allow_null=True)
    calculator = serializers.ChoiceField(PlanAbsence.choices, allow_null=True)
    compared = serializers.ChoiceField(
        PlanAbsence.choices, allow_null=True, help_text="the all-in price of the reference order"
    )


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
        card = draft_selectors.card_of_draft(found)
        positions = catalog_selectors.market_positions(
            provider_id=own, plan_id=found.plan_id, card=card
        ) + catalog_selectors.all_in_positions(
            provider_id=own, plan_id=found.plan_id, card=card, at=clock.now()
        )
        return Response(MarketPositionReply(positions, many=True).data)


class DraftReach(APIView):
    """Where listings would take part under a draft, and why not elsewhere."""

    required_roles: ClassVar = {"GET": PROVIDERS}
    required_scopes: ClassVar = {"GET": "rate-plans:read"}

    @extend_schema(responses=PlanReachReply(many=True))
    def get(self, request: Request, plan_draft_id: UUID) -> Response:
        """Answer by kind of capacity; kinds that cannot be listed under it are left out."""
        own = actor_of(request).organization_id
        found = draft_selectors.draft(plan_draft_id, provider_id=own)
        return Response(
            PlanReachReply(plan_reach(draft_selectors.card_of_draft(found)), many=True).data
        )


class RatePlanReach(APIView):
    """Where listings take part under what a plan says now, or will say next."""

    required_roles: ClassVar = {"GET": PROVIDERS}
    required_scopes: ClassVar = {"GET": "rate-plans:read"}

    @extend_schema(responses=PlanReachReply(many=True))
    def get(self, request: Request, plan_id: UUID) -> Response:
        """Answer by kind of capacity, by the plan's last version; nothing before its first."""
        own = actor_of(request).organization_id
        plan = pricing_selectors.plan_for_provider(plan_id=plan_id, provider_id=own)
        latest = draft_selectors.latest_version(plan.pk)
        reached = plan_reach(pricing_selectors.rate_card(latest.pk)) if latest else ()
        return Response(PlanReachReply(reached, many=True).data)
