"""Where OpenTelemetry exports metrics to."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
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
from metering.senders.wire import otlp
from metering.senders.wire.messages import declare_messages
from metering.senders.wire.packing import ungzipped

PROTOBUF: Final = parsers.ProtobufBody.media_type
STATUS: Final = declare_messages(
    "status", {"Status": {"code": (1, "int32"), "message": (2, "string")}}
)
# The codes of gRPC for what HTTP says.
_CODES: Final = {400: 3, 401: 16, 403: 7, 413: 8, 415: 3, 429: 8, 503: 14}
_UNKNOWN: Final = 2


class Metrics(APIView):
    """Take metrics of OTLP/HTTP, in protocol buffers or JSON."""

    required_roles: ClassVar = {"POST": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"POST": "metering:write"}
    parser_classes = (parsers.ProtobufBody, parsers.JsonBody)

    @extend_schema(
        request={
            "application/x-protobuf": OpenApiTypes.BINARY,
            "application/json": OpenApiTypes.OBJECT,
        },
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, PROTOBUF): OpenApiTypes.BINARY,
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """
        Take points, each once; what the provider's mappings name becomes readings.

        Gauges and sums are read, cumulative and delta. What was not taken is counted in
        `partialSuccess`; series that no mapping names are counted by metric, and told as a warning.
        """
        is_json = _is_json(request)
        batch = otlp.read(
            _body(request), is_json=is_json, samples_max=settings.METERING_SENDERS_SAMPLES_MAX
        )
        taken = services.take(
            provider_id=actor_of(request).organization_id,
            batch=batch,
            via=Via.OTLP,
            now=clock.now(),
        )
        return _answer(_told(taken), is_json=is_json)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer an error in the words of the protocol where it was spoken in its bytes."""
        response = super().handle_exception(exc)
        if media_types.parse(self.request.headers.get("Content-Type", "")).essence != PROTOBUF:
            return response
        told = response.data or {}
        code = _CODES.get(response.status_code, _UNKNOWN)
        body = STATUS["Status"](code=code, message=str(told.get("detail", "")))
        return HttpResponse(  # type: ignore[return-value] # DRF takes any response of Django's
            body.SerializeToString(),
            status=response.status_code,
            content_type=PROTOBUF,
            headers={
                name: value for name, value in response.items() if name.lower() != "content-type"
            },
        )


def _told(taken: SamplesTaken) -> ExportMetricsServiceResponse:
    answer = ExportMetricsServiceResponse()
    if taken.refused:
        answer.partial_success.rejected_data_points = taken.refused.total()
        answer.partial_success.error_message = str(SamplesRefused.of(taken))
    elif taken.unmapped:
        words = _("%(count)s points belong to no mapping.") % {"count": taken.unmapped}
        answer.partial_success.error_message = words
    return answer


def _answer(answer: ExportMetricsServiceResponse, *, is_json: bool) -> HttpResponse:
    if is_json:
        return HttpResponse(json_format.MessageToJson(answer, indent=None), "application/json")
    return HttpResponse(answer.SerializeToString(), PROTOBUF)


def _is_json(request: Request) -> bool:
    return media_types.parse(str(request.content_type)).is_json


_Unpack = Callable[[bytes], bytes]


def _body(request: Request) -> bytes:
    """
    Return the body, unpacked.

    :raises UnsupportedMediaType: if it is packed otherwise than by gzip
    """
    sent: Any = request.data
    body = sent if isinstance(sent, bytes) else b""
    packings: Mapping[str, _Unpack] = {
        "": bytes,
        "identity": bytes,
        "gzip": lambda packed: ungzipped(packed, bytes_max=settings.METERING_SENDERS_BYTES_MAX),
    }
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    unpack = packings.get(encoding)
    if unpack is None:
        raise UnsupportedMediaType(f"Content-Encoding {encoding[:40]!r}")
    return unpack(body)
