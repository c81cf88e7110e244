"""The portal as a reader meets it: a real server, a real browser, the sample market behind it."""

import os
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Browser, expect, sync_playwright
from psycopg import sql

from common import tenancy
from marketplace.demo import sample
from tests import databases, environment
from tests.portal.visitor import PATIENCE_MS

SAMPLE: Final = f"{environment.PREFIX}_sample"


@pytest.fixture(scope="module")
@databases.maker
def sample_market(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[str]:
    """A database of the module's own, filled with the sample market."""
    state = tmp_path_factory.mktemp("state")
    with (
        django_db_blocker.unblock(),
        override_settings(
            STATE_DIR=state, AUDIT_EXPORT_DIR=state / "exports", SUANPAN_MFA_REQUIRED=False
        ),
    ):
        connections.close_all()
        ensure_sample()
        databases.clone(environment.DATABASE, SAMPLE)
        yield environment.DATABASE
        connections.close_all()
        databases.drop(environment.DATABASE)


def ensure_sample() -> None:
    """Load the sample market once a day and schema; other workers wait for the one that does it."""
    wanted = f"{databases.schema_fingerprint()} {timezone.now():%Y-%m-%d}"
    with databases.admin() as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [SAMPLE])
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [SAMPLE],
        ).fetchone()
        if found and found[0] == wanted:
            return
        databases.clone(environment.DATABASE)
        with tenancy.acting_as_platform():
            sample.load(now=timezone.now())
        connections.close_all()
        databases.clone(SAMPLE, environment.DATABASE)
        comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(comment.format(sql.Identifier(SAMPLE), sql.Literal(wanted)))


class Server(ThreadingMixIn, WSGIServer):
    """One thread a connection, as browsers open several."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Says nothing, and gives its database connection back."""

    def log_message(self, *args: object) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        finally:
            connections.close_all()


@pytest.fixture(scope="module")
def site(sample_market) -> Iterator[str]:
    """The address of the portal, served over HTTP."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def chromium(chromium_path) -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, and Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()
