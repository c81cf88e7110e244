"""The way between two places, for everybody who asks."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from gateway.sensing.pathways import PathSource, pathway
from identity.http.fields import StrictCharField, StrictIntegerField, StrictSerializer

GB_MAX = 1_000_000


class WayAsked(StrictSerializer):
    """Between which places, and for how many gigabytes."""

    start = StrictCharField(max_length=110)
    end = StrictCharField(max_length=110)
    gb = StrictIntegerField(min_value=0, max_value=GB_MAX, default=1)


class NearPlaceReply(serializers.Serializer[Any]):
    """A place and its nearest hub."""

    asked = serializers.CharField()
    hub = serializers.CharField()
    km = serializers.IntegerField(help_text="to the hub; 0: it lies there")


class WayLegReply(serializers.Serializer[Any]):
    """A part of a way."""

    start = serializers.CharField()
    end = serializers.CharField()
    ms = serializers.DecimalField(7, 1, help_text="there and back, in the middle")
    slow_ms = serializers.DecimalField(7, 1, allow_null=True, help_text="the 95th of a hundred")
    mbps = serializers.IntegerField(allow_null=True)
    price_per_gb = serializers.DecimalField(10, 4, help_text="in yuan")
    source = serializers.ChoiceField(choices=PathSource.choices)  # type: ignore[assignment]
    measured_at = serializers.DateTimeField(allow_null=True)
    samples = serializers.IntegerField()


class PathwayReply(serializers.Serializer[Any]):
    """A way leg by leg, and in sum."""

    start = NearPlaceReply()
    end = NearPlaceReply()
    legs = WayLegReply(many=True)
    ms = serializers.DecimalField(8, 1)
    mbps = serializers.IntegerField(allow_null=True, help_text="of the narrowest leg")
    price_per_gb = serializers.DecimalField(10, 4, help_text="in yuan")
    price = serializers.DecimalField(16, 2, help_text="of so many gigabytes, in yuan")
    gb = serializers.IntegerField()
    is_assumed = serializers.BooleanField(help_text="a leg of it was measured by nobody")
    as_of = serializers.DateTimeField()


class PathBetween(APIView):
    """Latency, bandwidth and price between two places over the compute hubs."""

    public = True

    @extend_schema(
        operation_id="paths_between",
        responses=PathwayReply,
        parameters=[
            OpenApiParameter("from", str, required=True, description="hub:GAN, region:310000, …"),
            OpenApiParameter(
                "to", str, required=True, description="place:31.23,121.47, code:SP1-…"
            ),
            OpenApiParameter("gb", int, description="Gigabytes to be carried."),
        ],
    )
    def get(self, request: Request) -> Response:
        """Answer the way with each leg's source: measured, published, or assumed."""
        given = {
            {"from": "start", "to": "end"}.get(name, name): request.query_params[name]
            for name in request.query_params
        }
        form = WayAsked(data=given)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        found = pathway(asked["start"], asked["end"], gb=asked["gb"], at=clock.now())
        return Response(PathwayReply(found).data, headers={"Cache-Control": "public, max-age=60"})
