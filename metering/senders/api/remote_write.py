"""Where Prometheus writes to: remote write 1.0 and 2.0."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, media_types
from identity.contracts import Role
from identity.http.actors import actor_of
from metering.senders import services
from metering.senders.api import parsers
from metering.senders.contracts import SamplesRefused, SamplesTaken, Via
from metering.senders.wire import remote_write
from metering.senders.wire.packing import unsnappied
from metering.senders.wire.series import SentBatch

FIRST: Final = "prometheus.WriteRequest"
SECOND: Final = "io.prometheus.write.v2.Request"
_DOORS: Final[Mapping[str, tuple[Via, Callable[..., SentBatch]]]] = {
    FIRST: (Via.REMOTE_WRITE_1, remote_write.read_first),
    SECOND: (Via.REMOTE_WRITE_2, remote_write.read_second),
}
_WRITTEN: Final = "X-Prometheus-Remote-Write-{}-Written"


class RemoteWrite(APIView):
    """Take the samples that a Prometheus server, or what speaks like one, writes."""

    required_roles: ClassVar = {"POST": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"POST": "metering:write"}
    parser_classes = (parsers.ProtobufBody,)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "Content-Encoding",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                enum=["snappy"],
                description="the body is one snappy block",
            )
        ],
        request={"application/x-protobuf": OpenApiTypes.BINARY},
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """
        Take samples, each once and in order; what the provider's mappings name becomes readings.

        Series that no mapping names are counted by metric. Samples that cannot be taken, and
        readings of them that were refused, are counted in a 400, after which nobody retries; all
        others of the request were taken.
        """
        via, read = _door(request)
        body = unsnappied(_bytes(request), bytes_max=settings.METERING_SENDERS_BYTES_MAX)
        taken = services.take(
            provider_id=actor_of(request).organization_id,
            batch=read(body, samples_max=settings.METERING_SENDERS_SAMPLES_MAX),
            via=via,
            now=clock.now(),
        )
        headers = _headers(taken)
        if taken.refused:
            return _partly(self, taken, headers)
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)


def _partly(view: APIView, taken: SamplesTaken, headers: Mapping[str, str]) -> Response:
    """Answer with what was not taken, and with how much was, as 2.0 asks of every answer."""
    response = view.handle_exception(SamplesRefused.of(taken))
    for name, value in headers.items():
        response[name] = value
    return response


def _headers(taken: SamplesTaken) -> dict[str, str]:
    return {
        _WRITTEN.format("Samples"): str(taken.written),
        _WRITTEN.format("Histograms"): "0",
        _WRITTEN.format("Exemplars"): "0",
    }


def _door(request: Request) -> tuple[Via, Callable[..., SentBatch]]:
    """
    Return which message the body holds.

    :raises UnsupportedMediaType: if it is packed otherwise, or another message; the sender may
        then try the other version
    """
    content_type = str(request.content_type)
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding != "snappy":
        raise UnsupportedMediaType(f"{content_type}, Content-Encoding {encoding[:40]!r}")
    proto = media_types.parse(content_type).parameters.get("proto", FIRST)
    door = _DOORS.get(proto)
    if door is None:
        raise UnsupportedMediaType(content_type[:200])
    return door


def _bytes(request: Request) -> bytes:
    sent: Any = request.data
    return sent if isinstance(sent, bytes) else b""
