"""The clocks of the served market's parts are moved by a day, one after the other (libfaketime)."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import psycopg
import pytest

from embedded.program import PROJECT
from tests import debian
from tests.platform import faked
from tests.platform.conftest import Installation, wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]
WATCHED_SECONDS = 25
# What expires in six hours, and has its sweeper every ten seconds.
HOLD = """
import sys
from datetime import timedelta
import django
django.setup()
from django.db import transaction
from common import clock, tenancy
from common.ids import uuid7
from ledger import services as ledger
from ledger.contracts import AccountSpec, FlowSpec, KindSpec, Transfer
with tenancy.acting_as_platform():
    ledger.define_asset(code="CNY", scale=2, asset_class="money")
    ledger.define_kinds(specs=[KindSpec("t_any", "N")])
    ledger.allow_flows(specs=[FlowSpec("CNY", "t_any", "t_any", "t_try")])
    ledger.open_accounts(
        specs=[AccountSpec("t_a", "CNY", "t_any"), AccountSpec("t_b", "CNY", "t_any")]
    )
    ledger.hold(transfers=[Transfer(
        id=uuid7(), debit="t_a", credit="t_b", asset="CNY", amount=100, reason="t_try",
        expires_at=clock.now() + timedelta(seconds=int(sys.argv[1])),
    )])
"""


class Faked(Installation):
    def run(self, *arguments: str) -> subprocess.Popen[str]:
        module = "tests.platform.faked" if arguments[0] == "serve" else "embedded"
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.terminals.append(process)
        return process

    def hold(self, *, seconds: int) -> None:
        subprocess.run(
            [sys.executable, "-c", HOLD, str(seconds)],
            cwd=PROJECT,
            env=self.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            check=True,
        )

    def released(self) -> int:
        socket_dir = (self.home / "postgres").resolve() / "socket"
        with psycopg.connect(host=str(socket_dir), user="postgres", dbname="suanpan") as it:
            query = "SELECT count(*) FROM ledger_hold WHERE resolved_by IS NOT NULL"
            return it.execute(query).fetchone()[0]

    def set_clock(self, service: str, offset: str) -> None:
        faked.set_clock(self.home.directory, service, offset)


@pytest.fixture(scope="module")
def library() -> None:
    if faked.library() is None and not (
        debian.install("libfaketime") and faked.library() is not None
    ):
        message = "NO LIBFAKETIME: apt-get install libfaketime, to move the clocks of services"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="module")
def running(library, migrated) -> Iterator[Faked]:
    with Faked.copy_of(migrated) as it:
        it.serve()
        wait_until(lambda: readiness(it)["status"] == "ok", seconds=60)
        it.hold(seconds=6 * 3600)
        yield it


def readiness(running: Installation) -> dict:
    with urllib.request.urlopen(f"{running.url}/readyz", timeout=10) as response:  # noqa: S310
        return json.load(response)


def clocks_of(running: Installation) -> str:
    return readiness(running)["parts"]["clocks"]["status"]


@pytest.mark.parametrize("offset", ["+1d", "-1d"])
@pytest.mark.parametrize("service", faked.SERVICES)
def test_nothing_is_released_early_and_work_goes_on_afterwards(running, service, offset):
    before = running.released()
    running.set_clock(service, offset)
    wait_until(lambda: clocks_of(running) == "disagree", seconds=30)

    time.sleep(WATCHED_SECONDS)
    assert running.released() == before
    checked = running.run("manage", "check_health")
    output, _ = checked.communicate(timeout=60)
    assert checked.returncode == 1
    assert "clocks: disagree" in output

    running.set_clock(service, "+0")
    wait_until(lambda: readiness(running)["status"] == "ok", seconds=60)
    running.hold(seconds=3)
    wait_until(lambda: running.released() == before + 1, seconds=40)


def test_a_day_of_all_clocks_together_is_found_out_by_the_hosts_uptime(running):
    before = running.released()
    for service in faked.SERVICES:
        running.set_clock(service, "+1d")
    wait_until(lambda: clocks_of(running) == "disagree", seconds=30)

    time.sleep(WATCHED_SECONDS)
    assert running.released() == before

    for service in faked.SERVICES:
        running.set_clock(service, "+0")
    wait_until(lambda: readiness(running)["status"] == "ok", seconds=90)


def test_without_the_guard_a_moved_database_clock_releases_early(library, migrated):
    """The control: a skew that is never reached leaves the sweepers running."""
    with Faked.copy_of(migrated) as it:
        it.environment["SUANPAN_CLOCK_SKEW_SECONDS_MAX"] = "1000000"
        it.serve()
        it.hold(seconds=6 * 3600)
        assert it.released() == 0

        it.set_clock("postgres", "+1d")

        wait_until(lambda: it.released() == 1, seconds=60)
