"""
Traces by OpenTelemetry: off, and not even imported, unless a setting asks for them.

They need the extra `tracing`. Where they are sent to, and how many, is said by the variables that
every OpenTelemetry program knows (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER`, …).
"""

from typing import TYPE_CHECKING, Any, Final

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

logger = structlog.get_logger(__name__)
INSTALL: Final = "uv sync --extra tracing"
MISSING: Final = f"SUANPAN_TRACING needs the packages of the extra `tracing`: {INSTALL}"
# What tells of persons, and what they typed; the route is told besides.
_OF_PERSONS: Final = (
    "http.user_agent",
    "user_agent.original",
    "net.peer.ip",
    "client.address",
    "http.client_ip",
    "url.query",
)
_ADDRESSES: Final = ("http.url", "http.target", "url.full")


def start(service: str) -> "TracerProvider | None":
    """
    Trace requests, tasks and statements of this process from now on, if a setting says so.

    Processes that it forks go on by themselves.

    :raises ImproperlyConfigured: if the packages are not there
    """
    if not settings.SUANPAN_TRACING:
        return None
    try:
        provider = _provider(service)
    except ImportError as error:
        logger.critical("platform.traces.missing", extra="tracing", install=INSTALL)
        raise ImproperlyConfigured(MISSING) from error
    _instrument(provider)
    return provider


def _provider(service: str) -> "TracerProvider":
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.namespace": "suanpan", "service.name": service})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def _instrument(provider: "TracerProvider") -> None:
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor

    DjangoInstrumentor().instrument(
        tracer_provider=provider,
        request_hook=forget_persons,
        response_hook=name_the_request,
        excluded_urls="livez,healthz,readyz,metrics",
    )
    CeleryInstrumentor().instrument(tracer_provider=provider)
    # Statements are told with placeholders, never with what stands for them.
    PsycopgInstrumentor().instrument(tracer_provider=provider)


def forget_persons(span: "Span", request: HttpRequest) -> None:
    """Leave out of a span what logs leave out, too: queries, addresses, browsers."""
    known: Any = getattr(span, "attributes", None) or {}
    for name in _OF_PERSONS:
        if name in known:
            span.set_attribute(name, "")
    for name in _ADDRESSES:
        if name in known:
            span.set_attribute(name, request.path)


def name_the_request(
    span: "Span",
    request: HttpRequest,  # noqa: ARG001 - the library's signature
    response: HttpResponseBase,
) -> None:
    """Let a trace be found by the name under which logs and events tell of the request."""
    if name := response.headers.get("X-Request-Id"):
        span.set_attribute("suanpan.request_id", name)
