"""Where meters send their readings."""

from typing import Any, ClassVar
from urllib.parse import unquote

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from metering import cloudevents, services, signatures
from metering.api import parsers, serializers
from metering.cloudevents import HEADER_PREFIX, Message

HEADERS = (
    OpenApiParameter(
        "Suanpan-Agent",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="key id of the metering agent that signed the body",
    ),
    OpenApiParameter(
        "Suanpan-Signature",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="base64 of the agent's Ed25519 signature over the body, byte for byte",
    ),
)


class Events(APIView):
    """Take readings as CloudEvents 1.0, in structured, batched or binary mode."""

    required_roles: ClassVar = {"POST": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"POST": "metering:write"}
    parser_classes = (parsers.StructuredEvents, parsers.BatchedEvents, parsers.BinaryEvent)

    @extend_schema(
        parameters=list(HEADERS),
        request={
            cloudevents.STRUCTURED: serializers.ReadingEvent,
            cloudevents.BATCH: serializers.ReadingEvent(many=True),
            cloudevents.BINARY: serializers.ReadingData,
        },
        responses=serializers.IngestReply,
    )
    def post(self, request: Request) -> Response:
        """
        Take readings, each once and for good.

        Bad events are named by their place and do not spoil the others; if none could be taken
        the answer is 422. Sending the same again is safe.
        """
        result = services.ingest_request(
            provider_id=actor_of(request).organization_id,
            message=_message(request),
            received_at=clock.now(),
        )
        return Response(serializers.IngestReply(result).data)


def _message(request: Request) -> Message:
    names = {signatures.AGENT_HEADER, signatures.SIGNATURE_HEADER}
    headers = {
        # CloudEvents' HTTP binding percent-encodes what a header cannot hold.
        name.lower(): unquote(value) if name.lower().startswith(HEADER_PREFIX) else value
        for name, value in request.headers.items()
        if name.lower().startswith(HEADER_PREFIX) or name.lower() in names
    }
    content_type = str(request.content_type)
    # The parsers of this view leave the body as it came; where there is none, none is asked.
    sent: Any = request.data
    body = sent if isinstance(sent, bytes) else b""
    return Message(content_type=content_type, body=body, headers=headers)
