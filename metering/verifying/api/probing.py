"""Where agents send what they measured, and ask what is to be measured."""

from typing import IO, Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.errors import InvalidInput
from identity import selectors as identity_selectors
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.uploads import AnyBytes
from metering import selectors as metering_selectors
from metering import signatures
from metering.api.events import HEADERS
from metering.cloudevents import Message
from metering.verifying import selectors, services
from metering.verifying.api import serializers
from metering.verifying.contracts import ECHO_BYTES_MAX, REPORT_BYTES_MAX, ProbeReportInvalid

PROBE: str = "application/vnd.suanpan.probe+json"
PROVIDERS = frozenset({Role.PROVIDER})
AGENTS_READ = "metering:read"
AGENTS_WRITE = "metering:write"


class ProbeBody(BaseParser):
    """A report as it came: the signature covers every byte."""

    media_type = PROBE

    def parse(  # type: ignore[override] # not a mapping on purpose
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Any = None,  # noqa: ARG002 - DRF's signature
    ) -> bytes:
        """
        Return the body.

        :raises ProbeReportInvalid: rather than read an endless one
        """
        body: bytes = stream.read(REPORT_BYTES_MAX + 1)
        if len(body) > REPORT_BYTES_MAX:
            raise ProbeReportInvalid(problem=f"more than {REPORT_BYTES_MAX} bytes")
        return body


class ProbeReports(APIView):
    """Reports of probes."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": AGENTS_WRITE}
    parser_classes = (ProbeBody,)

    @extend_schema(
        parameters=list(HEADERS),
        request={PROBE: OpenApiTypes.OBJECT},
        responses=serializers.ProbeJudgementReply,
    )
    def post(self, request: Request) -> Response:
        """
        Judge a signed report of `suanpan-agent probe`.

        A good one earns a certificate of level 2. Sending the same bytes again is safe.
        """
        sent: Any = request.data
        headers = {
            name: request.headers[name]
            for name in (signatures.AGENT_HEADER, signatures.SIGNATURE_HEADER)
            if name in request.headers
        }
        body = sent if isinstance(sent, bytes) else b""
        judged = services.take_report(
            provider_id=actor_of(request).organization_id,
            message=Message(content_type=PROBE, body=body, headers=headers),
            now=clock.now(),
        )
        return Response(serializers.ProbeJudgementReply(judged).data)


class AgentChallenges(APIView):
    """The challenges that wait for one agent, by the id of its key."""

    required_roles: ClassVar = {"GET": PROVIDERS}
    required_scopes: ClassVar = {"GET": AGENTS_READ}

    @extend_schema(responses=serializers.OpenChallengesReply)
    def get(self, request: Request, key_id: str) -> Response:
        """Return the challenges of resources whose meters the agent signs for."""
        agent = identity_selectors.agent_by_key(
            key_id=key_id, provider_id=actor_of(request).organization_id
        )
        keys = identity_selectors.agents_of_chain(agent.chain_id).values_list("pk", flat=True)
        meters = metering_selectors.meters_signed_by(list(keys))
        resources = set(meters.values_list("resource_id", flat=True))
        found = selectors.open_challenges(resources, clock.now())
        return Response(serializers.OpenChallengesReply({"challenges": found}).data)


class Echo(APIView):
    """Bytes that mean nothing, by which an agent measures its way to the market."""

    required_roles: ClassVar = {"GET": PROVIDERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": AGENTS_READ, "POST": AGENTS_READ}
    parser_classes = (AnyBytes,)

    @extend_schema(
        parameters=[OpenApiParameter("bytes", OpenApiTypes.INT, description="1 to 4194304")],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> HttpResponse:
        """Send as many bytes as are asked for."""
        text = str(request.query_params.get("bytes", "1"))
        count = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        if not 1 <= count <= ECHO_BYTES_MAX:
            raise InvalidInput(field="bytes")
        response = HttpResponse(bytes(count), content_type="application/octet-stream")
        response["Cache-Control"] = "no-store"
        return response

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY}, responses=serializers.EchoReply
    )
    def post(self, request: Request) -> Response:
        """Take bytes, and say how many arrived."""
        sent: Any = request.data
        body = sent if isinstance(sent, bytes) else b""
        if len(body) > ECHO_BYTES_MAX:
            raise InvalidInput
        return Response({"received": len(body)})
