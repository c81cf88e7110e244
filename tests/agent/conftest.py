"""A market over HTTP, a provider in it, and the agent as a process of its own."""

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from wsgiref.simple_server import make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.db.models import Count, Sum
from django.utils import timezone
from suanpan_agent import cli

from common import tenancy
from identity import public_keys
from identity import services as identity
from identity.contracts import Role
from metering.models import AgentChain, ChainFault, Reading
from tests import cast, databases, environment, factories
from tests.portal.conftest import Quiet, Server

ROOT = Path(__file__).resolve().parents[2]


class Site:
    """A market that is served; it can go away and come back under the same address."""

    def __init__(self) -> None:
        self.port = 0
        self.come_back()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def come_back(self) -> None:
        Server.allow_reuse_address = True
        self._server = make_server("127.0.0.1", self.port, get_wsgi_application(), Server, Quiet)
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def go_away(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker) -> Iterator[Site]:
    with django_db_blocker.unblock():
        connections.close_all()
        databases.clone(environment.DATABASE)
        served = Site()
        yield served
        served.go_away()
        connections.close_all()
        databases.clone(environment.DATABASE)


class Installation:
    """One agent at a provider's site: its directory, its configuration, its market."""

    def __init__(self, site: Site, directory: Path) -> None:
        self.site, self.directory = site, directory
        self.provider = cast.organization()
        person = cast.member(self.provider, Role.PROVIDER)
        now = timezone.now()
        with tenancy.acting_as_platform():
            issued = identity.create_api_key(
                organization_id=self.provider.pk,
                created_by=person.pk,
                name="agent",
                roles=[Role.PROVIDER],
                scopes=["metering:read", "metering:write"],
                now=now,
                expires_at=now + timedelta(days=1),
            )
        self.api_key = directory / "api-key"
        self.api_key.write_text(issued.secret + "\n")
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT / "agent" / "src")}
        self.config = directory / "agent.toml"
        self.agent = None
        self.settings = ""

    def enrol(self) -> None:
        """Make a key on the machine, register it, and put a meter on a resource."""
        self.configure('[[source]]\nkind = "file"\nname = "none"\npath = "/nonexistent"\n')
        made = self.command("key", "new")
        with tenancy.acting_as(self.provider.pk):
            self.agent = self.register(made.stdout)
        self.meter = factories.MeterFactory(
            provider=self.provider,
            at=timezone.now() - timedelta(hours=30),
            agent_id=self.agent.pk,
        )

    def register(self, printed: str):
        pem = printed[printed.index("-----BEGIN") :]
        return identity.register_agent(
            organization_id=self.provider.pk, name="site", public_key=public_keys.read(pem)
        )

    def configure(self, sources: str, settings: str = "") -> None:
        self.config.write_text(
            f'[market]\nurl = "{self.site.url}"\napi_key_file = "{self.api_key}"\n'
            f'[agent]\nstate = "{self.directory / "state"}"\nevery_seconds = 1\n'
            f"retry_seconds_max = 1\n{settings or self.settings}\n{sources}"
        )

    def follow_file(self, settings: str = "") -> Path:
        path = self.directory / "usage.jsonl"
        self.configure(f'[[source]]\nkind = "file"\nname = "usage"\npath = "{path}*"\n', settings)
        return path

    def arguments(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "suanpan_agent", "--config", str(self.config), *words]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command in this process: the same code, without Python's start."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = cli.main(["--config", str(self.config), *words])
        return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())

    def started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.arguments("run"), env=self.environment, stderr=subprocess.DEVNULL
        )

    def status(self) -> dict:
        return json.loads(self.command("status", "--json").stdout)

    def row(self, minute: int, quantity: str = "480", **changes: str) -> str:
        """Return a line of a file: a minute of yesterday's, by its number."""
        start = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=24)
        start += timedelta(minutes=minute)
        row = {
            "meter": str(self.meter.pk),
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(minutes=1)).isoformat(),
            "quantity": quantity,
        }
        return json.dumps(row | changes) + "\n"

    def taken(self) -> tuple[int, Decimal]:
        """Return how many readings the market has, and what they add up to."""
        with tenancy.acting_as_platform():
            found = Reading.objects.filter(meter_id=self.meter.pk)
            count, total = found.aggregate(n=Count("id"), q=Sum("quantity")).values()
        return count, total or Decimal(0)

    def chain(self):
        with tenancy.acting_as_platform():
            return AgentChain.objects.filter(provider=self.provider).first()

    def faults(self) -> list[str]:
        with tenancy.acting_as_platform():
            found = ChainFault.objects.filter(provider=self.provider)
            return list(found.order_by("id").values_list("kind", flat=True))


@pytest.fixture
def installed(site, tmp_path) -> Installation:
    installation = Installation(site, tmp_path)
    installation.enrol()
    return installation


class Exporter:
    """A small exporter whose text is what the test says."""

    def __init__(self) -> None:
        exporter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(exporter.text.encode())

            def log_message(self, *args: object) -> None:
                pass

        self.text = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/metrics"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    served = Exporter()
    yield served
    served.close()
