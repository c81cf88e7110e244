"""Traces reach a real receiver by OTLP over HTTP, tell nothing of persons, and are off at first."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

ROOT = Path(__file__).resolve().parents[2]
# What a web process and a worker do, in one process of its own.
PROGRAM = """
import io, sys
from config import wsgi
from config.celery import app, name_the_worker
from config.pulse import tasks
from opentelemetry import trace

def ask(path, query=""):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query,
               "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
               "HTTP_HOST": "localhost", "HTTP_USER_AGENT": "spy/1.0",
               "REMOTE_ADDR": "203.0.113.9",
               "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr}
    def told(status, headers):
        print(status, dict(headers).get("X-Request-Id"))
    list(wsgi._market(environ, told))

ask("/accounts/login/", "next=/orders/secret-4711/")
ask("/livez")
name_the_worker()
tasks.hear.apply(kwargs={"sender": "web", "queue": "suanpan"})
trace.get_tracer_provider().force_flush()
"""


class Receiver:
    """An OTLP receiver that keeps what it is sent."""

    def __init__(self) -> None:
        self.spans: list = []
        self.services: set[str] = set()

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            self.services |= {
                attribute.value.string_value
                for attribute in resource.resource.attributes
                if attribute.key == "service.name"
            }
            for scope in resource.scope_spans:
                self.spans += scope.spans


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            assert self.headers["Content-Type"] == "application/x-protobuf"
            kept.take(self.rfile.read(int(self.headers["Content-Length"])))
            body = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kept, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT, env=dict(os.environ) | environment, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


def test_requests_tasks_and_statements_reach_the_receiver(db, receiver):
    kept, address = receiver

    done = run(PROGRAM, SUANPAN_TRACING="true", OTEL_EXPORTER_OTLP_ENDPOINT=address)

    assert done.returncode == 0, done.stderr
    names = {span.name for span in kept.spans}
    assert any("accounts/login" in name for name in names), names
    assert any("hear" in name for name in names), names
    assert any(name.startswith(("SELECT", "INSERT")) for name in names), names
    assert not any("livez" in name for name in names)
    assert kept.services
    (request,) = [span for span in kept.spans if "accounts/login" in span.name]
    facts = {fact.key: fact.value for fact in request.attributes}
    assert facts["suanpan.request_id"].string_value in done.stdout
    # Its statements hang below it.
    assert any(span.trace_id == request.trace_id and span != request for span in kept.spans)


def test_nothing_of_persons_is_sent(db, receiver):
    kept, address = receiver

    run(PROGRAM, SUANPAN_TRACING="true", OTEL_EXPORTER_OTLP_ENDPOINT=address)

    sent = b"".join(span.SerializeToString() for span in kept.spans)
    assert kept.spans
    for secret in (b"secret-4711", b"spy/1.0", b"203.0.113.9"):
        assert secret not in sent, secret


def test_a_receiver_that_is_away_fails_no_request(db):
    done = run(
        PROGRAM,
        SUANPAN_TRACING="true",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
        OTEL_EXPORTER_OTLP_TIMEOUT="1",
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("200 OK")


def test_by_default_nothing_is_sent_and_nothing_imported(db, receiver):
    kept, address = receiver
    program = (
        "import sys; from config import wsgi, celery;"
        " celery.name_the_worker();"
        " print(sorted(name for name in sys.modules if name.startswith('opentelemetry')))"
    )

    done = run(program, OTEL_EXPORTER_OTLP_ENDPOINT=address)

    assert done.stdout.strip() == "[]", done.stdout + done.stderr
    assert kept.spans == []


def test_without_the_packages_the_process_says_what_is_missing():
    program = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "import django; django.setup()\n"
        "from config import spans; spans.start('web')"
    )

    done = run(program, SUANPAN_TRACING="true")

    assert done.returncode != 0
    assert "uv sync --extra tracing" in done.stderr
