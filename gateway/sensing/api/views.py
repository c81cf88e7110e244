"""Where agents send their heartbeats."""

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from gateway.sensing import services
from gateway.sensing.contracts import (
    INTERVAL_SECONDS_MAX,
    INTERVAL_SECONDS_MIN,
    HeartbeatNotSigned,
)
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.uploads import AnyBytes
from metering import signatures
from metering.cloudevents import Message


class BeatForm(serializers.Serializer[Any]):
    """What an agent says of one resource."""

    resource = serializers.CharField(help_text="its id or its identifier")
    health = serializers.ChoiceField(choices=["OK", "DEGRADED", "DOWN"])
    free_milli = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    total_milli = serializers.IntegerField(required=False, allow_null=True, min_value=0)


class HeartbeatForm(serializers.Serializer[Any]):
    """A batch of an agent, signed as one."""

    format = serializers.CharField(help_text="suanpan-heartbeat/1")
    boot_id = serializers.UUIDField(help_text="anew with each start of the agent")
    sequence = serializers.IntegerField(min_value=0)
    observed_at = serializers.DateTimeField()
    interval_seconds = serializers.IntegerField(
        min_value=INTERVAL_SECONDS_MIN,
        max_value=INTERVAL_SECONDS_MAX,
        help_text="after three of them without a word the state is stale",
    )
    resources = BeatForm(many=True, help_text="at most 10,000")


class HeardReply(serializers.Serializer[Any]):
    """What became of a batch."""

    taken = serializers.IntegerField()
    older = serializers.IntegerField(
        help_text="words older than what is known; they change nothing"
    )
    fresh_until = serializers.DateTimeField()


class HeartbeatView(APIView):
    """Take what an agent perceives of its provider's resources."""

    required_roles: ClassVar = {"POST": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"POST": "metering:write"}
    parser_classes = (AnyBytes,)

    @extend_schema(
        parameters=[
            OpenApiParameter("Suanpan-Agent", OpenApiTypes.STR, OpenApiParameter.HEADER),
            OpenApiParameter("Suanpan-Signature", OpenApiTypes.STR, OpenApiParameter.HEADER),
        ],
        request={"application/json": HeartbeatForm},
        responses=HeardReply,
    )
    def post(self, request: Request) -> Response:
        """Take a signed batch, all of it or nothing; sending it again changes nothing."""
        names = {signatures.AGENT_HEADER, signatures.SIGNATURE_HEADER}
        headers = {
            name.lower(): value for name, value in request.headers.items() if name.lower() in names
        }
        if len(headers) < len(names):
            raise HeartbeatNotSigned
        sent: Any = request.data
        message = Message(
            content_type=str(request.content_type),
            body=sent if isinstance(sent, bytes) else b"",
            headers=headers,
        )
        heard = services.hear(
            provider_id=actor_of(request).organization_id, message=message, now=clock.now()
        )
        return Response(HeardReply(heard).data)
