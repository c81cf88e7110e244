"""Usage in sums and capacity in P, for everyone; more of it for whom it concerns."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, moments
from common.paging import Position, cursor_at, position_of
from identity.contracts import Actor, ResourceClass
from identity.http.fields import DayField, StrictCharField, StrictSerializer, StrictUUIDField
from metering.contracts import ComputePath, Density, Precision
from metering.statistics import selectors
from metering.statistics.contracts import Dimension, Grain
from metering.statistics.reading import capacity_for, cells_for

PAGE_SIZE: Final = 200


class UsageQuery(StrictSerializer):
    """Which sums are asked for. Days are the market's, both included."""

    span = serializers.ChoiceField(Grain.choices, default=Grain.DAY)
    by = serializers.ChoiceField(Dimension.choices, default=Dimension.NONE)
    first = DayField(required=False)
    last = DayField(required=False)
    own = serializers.BooleanField(
        default=False, help_text="a provider's own figures, none withheld"
    )
    provider = StrictUUIDField(required=False, help_text="for those with a duty, and oneself")
    region = StrictCharField(max_length=6, required=False)
    industry = StrictCharField(max_length=3, required=False)
    resource_class = serializers.ChoiceField(ResourceClass.choices, required=False)
    chip = StrictCharField(max_length=80, required=False)
    unit = StrictCharField(max_length=24, required=False)
    cursor = StrictCharField(max_length=2_000, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return what is asked; without days it is the last thirty, or twelve months."""
        today = moments.market_date(clock.now())
        last = attrs.pop("last", None) or today
        back = {Grain.HOUR: 1, Grain.DAY: 29, Grain.MONTH: 360}[Grain(attrs["span"])]
        first = attrs.pop("first", None) or max(last - timedelta(days=back), date(1971, 1, 1))
        return attrs | {"first": first, "last": last}


def _sum(places: int = 6, **options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=44,
        decimal_places=places,
        rounding=ROUND_HALF_UP,
        allow_null=True,
        **options,
    )


class CellReply(serializers.Serializer[Any]):
    """What was measured in one period of one group, in one unit; withheld figures are null."""

    starts_at = serializers.DateTimeField()
    group = serializers.CharField()
    unit = serializers.CharField()
    quantity = _sum()
    native_hours = _sum()
    standard_hours = _sum()
    it_kwh = _sum(3)
    capacity_hours = _sum()
    utilisation = _sum(help_text="measured share of what there was, 0 to 1")
    records = serializers.IntegerField(allow_null=True)
    unknown_energy = serializers.IntegerField(
        allow_null=True, help_text="records whose electricity nobody knows"
    )
    providers = serializers.IntegerField(allow_null=True)
    is_suppressed = serializers.BooleanField()


class CellsReply(serializers.Serializer[Any]):
    """Sums, the earliest first, and the cursor of what follows (empty at the end)."""

    results = CellReply(many=True)
    next_cursor = serializers.CharField()


class UsageStatistics(APIView):
    """Usage in sums."""

    public = True

    @extend_schema(parameters=[UsageQuery], responses=CellsReply)
    def get(self, request: Request) -> Response:
        """Return what was measured, by period and group."""
        form = UsageQuery(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        typed = dict(form.validated_data)
        cursor, own = typed.pop("cursor", ""), typed.pop("own")
        asked = selectors.StatisticsQuestion(
            span=Grain(typed.pop("span")), by=Dimension(typed.pop("by")), **typed
        )
        actor: Actor | None = getattr(request, "actor", None)
        scope = ("statistics", repr(asked), str(own), str(actor and actor.organization_id))
        place = position_of(cursor, scope=scope)
        found = cells_for(actor, asked, own=own, now=clock.now())
        if place is not None:
            begins = tuple(place.values)
            found = [cell for cell in found if _key(cell) > begins]
        page, rest = found[:PAGE_SIZE], found[PAGE_SIZE:]
        following = cursor_at(Position(_key(page[-1])), scope=scope) if rest else ""
        reply = CellsReply({"results": page, "next_cursor": following})
        return Response(reply.data)


def _key(cell: Any) -> tuple[str, str, str]:
    return (cell.starts_at.isoformat(), cell.group, cell.unit)


class CapacityQuery(StrictSerializer):
    """Which capacity is asked for: one precision, density and path."""

    by = serializers.ChoiceField(
        [Dimension.NONE, Dimension.REGION, Dimension.PROVIDER, Dimension.CLASS, Dimension.CHIP],
        default=Dimension.REGION,
    )
    precision = serializers.ChoiceField(Precision.choices, default=Precision.FP16)
    density = serializers.ChoiceField(Density.choices, default=Density.DENSE)
    path = serializers.ChoiceField(ComputePath.choices, default=ComputePath.TENSOR)


class PowerReply(serializers.Serializer[Any]):
    """Capacity of a group in P (10¹⁵ operations a second)."""

    group = serializers.CharField()
    precision = serializers.ChoiceField(Precision.choices)
    density = serializers.ChoiceField(Density.choices)
    path = serializers.ChoiceField(ComputePath.choices)
    petaflops = _sum()
    units = _sum(3)
    unknown_units = _sum(3, help_text="cards of chips without an agreed figure")
    is_suppressed = serializers.BooleanField()


class CapacityStatistics(APIView):
    """Capacity in P, by region and owner."""

    public = True

    @extend_schema(parameters=[CapacityQuery], responses=PowerReply(many=True))
    def get(self, request: Request) -> Response:
        """Return registered accelerators, the largest group first."""
        form = CapacityQuery(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        typed = form.validated_data
        found = capacity_for(
            getattr(request, "actor", None),
            Dimension(typed["by"]),
            precision=Precision(typed["precision"]),
            density=Density(typed["density"]),
            path=ComputePath(typed["path"]),
        )
        return Response(PowerReply(found, many=True).data)
