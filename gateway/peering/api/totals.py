"""What nodes said of their days, for those who oversee the market."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, moments
from gateway.contracts import NODE_CODE_LENGTH
from gateway.peering import selectors
from gateway.peering.filters import DayTotalsFilter
from gateway.peering.models import DayTotals
from identity.contracts import ResourceClass, Role

OVERSEERS = frozenset({Role.OPERATOR, Role.AUDITOR})


class UnitTotals(serializers.Serializer[Any]):
    """How much there is in a unit, in thousandths of it."""

    unit = serializers.CharField()
    resources = serializers.IntegerField()
    total_milli = serializers.IntegerField()
    available_milli = serializers.IntegerField()


class DayTotalsReply(serializers.Serializer[Any]):
    """The figures of a node, a day and a class; null is withheld, or not known."""

    node = serializers.CharField()
    day = serializers.DateField()
    resource_class = serializers.ChoiceField(ResourceClass.choices)
    capacity = UnitTotals(many=True)
    trades = serializers.IntegerField(allow_null=True)
    standard_hours = serializers.DecimalField(38, 12, allow_null=True)
    price = serializers.DecimalField(16, 6, allow_null=True, help_text="CNY a standard hour")
    pue = serializers.DecimalField(5, 3, allow_null=True)
    green_share = serializers.DecimalField(
        4, 3, allow_null=True, help_text="of the node, in the month before"
    )
    withheld = serializers.ListField(child=serializers.CharField())
    digest = serializers.CharField(help_text="of the statement that says so")
    sequence = serializers.IntegerField()
    said_at = serializers.DateTimeField()
    kept_at = serializers.DateTimeField()


class DayTotalsList(generics.ListAPIView):  # type: ignore[type-arg] # not generic at run time
    """Figures of nodes by day and class."""

    required_roles: ClassVar = {"GET": OVERSEERS}
    required_scopes: ClassVar = {"GET": "gateway:read"}
    serializer_class = DayTotalsReply
    filterset_class = DayTotalsFilter
    queryset = DayTotals.objects.none()

    def get_queryset(self) -> QuerySet[DayTotals]:
        """Return what came, the latest day first."""
        return selectors.day_totals()


class NodeDaysReply(serializers.Serializer[Any]):
    """How a node reports its days."""

    node = serializers.CharField()
    last_day = serializers.DateField(allow_null=True)
    said_at = serializers.DateTimeField(allow_null=True)
    kept_at = serializers.DateTimeField(allow_null=True)
    missing = serializers.ListField(child=serializers.DateField())
    said_milli = serializers.IntegerField(allow_null=True)
    recorded_milli = serializers.IntegerField(help_text="in records that it signed")
    differs = serializers.BooleanField(help_text="by more than a tenth")
    has_said_two = serializers.BooleanField(help_text="two texts of one day")


class NodesReportReply(serializers.Serializer[Any]):
    """How the nodes below report."""

    nodes = NodeDaysReply(many=True)
    next = serializers.CharField(allow_null=True, help_text="goes into `after`; null at the end")


class NodesReport(APIView):
    """Which nodes report their days, which days are missing, and what does not fit."""

    required_roles: ClassVar = {"GET": OVERSEERS}
    required_scopes: ClassVar = {"GET": "gateway:read"}

    @extend_schema(
        operation_id="gateway_nodes_report",
        responses=NodesReportReply,
        parameters=[OpenApiParameter("after", str, description="The node to go on behind.")],
    )
    def get(self, request: Request) -> Response:
        """Return the last fourteen days of nodes below, and of this one, by code; at most 200."""
        found = selectors.totals_below(
            today=moments.market_date(clock.now()),
            after=request.query_params.get("after", "")[:NODE_CODE_LENGTH],
        )
        more = found[-1].node if len(found) == selectors.NODES_MAX else None
        return Response(NodesReportReply({"nodes": found, "next": more}).data)
