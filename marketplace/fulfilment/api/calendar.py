"""The calendar of a provider's capacity over HTTP."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.moments import market_date, parse_day
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictIntegerField, StrictSerializer
from marketplace.fulfilment import calendar_selectors
from marketplace.fulfilment.calendar_selectors import CALENDAR_DAYS_MAX


class CalendarAsked(StrictSerializer):
    """Which days."""

    first = StrictCharField(max_length=10, required=False)
    days = StrictIntegerField(min_value=1, max_value=CALENDAR_DAYS_MAX, default=7)


class AnnouncedTimeReply(serializers.Serializer[Any]):
    """Maintenance of a listing in a day."""

    work_id = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    impact = serializers.CharField()
    is_late = serializers.BooleanField(help_text="announced less than seven days ahead")


class EndingOrderReply(serializers.Serializer[Any]):
    """An order that ends in a day, and what it gives back."""

    order_id = serializers.UUIDField()
    ends_at = serializers.DateTimeField()
    milli = serializers.IntegerField()


class CalendarDayReply(serializers.Serializer[Any]):
    """A day of a listing, in thousandths of its unit."""

    listing_id = serializers.UUIDField(source="listing.pk")
    listing_number = serializers.CharField(source="listing.number")
    day = serializers.DateField()
    total_milli = serializers.IntegerField()
    taken_milli = serializers.IntegerField(help_text="at the fullest moment of the day")
    free_milli = serializers.IntegerField(help_text="at the same moment")
    maintenance = AnnouncedTimeReply(many=True)
    ends = EndingOrderReply(many=True)


class CapacityCalendar(APIView):
    """What of one's listings is taken, maintained and free again, by day."""

    required_roles: ClassVar = {"GET": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"GET": "deliveries:read"}

    @extend_schema(
        operation_id="capacity_calendar",
        parameters=[
            OpenApiParameter("first", str, description="The first day; today unless named."),
            OpenApiParameter("days", int, description="At most 31; a week unless said."),
        ],
        responses=CalendarDayReply(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return the days, listing by listing; at most a hundred listings."""
        form = CalendarAsked(
            data={name: request.query_params[name] for name in request.query_params}
        )
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        found = calendar_selectors.capacity_calendar(
            actor_of(request).organization_id,
            first=parse_day(asked["first"]) if "first" in asked else market_date(clock.now()),
            days=asked["days"],
        )
        return Response(CalendarDayReply(found, many=True).data)
