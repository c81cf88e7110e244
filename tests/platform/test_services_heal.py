"""The services of one machine, started as a user starts them, and killed as nobody should."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from embedded.home import APPLICATION_DIRECTORIES
from embedded.postgres import GUEST_ROLES, ROLES, Cluster
from embedded.program import PROJECT
from embedded.users import application_account
from tests.platform.conftest import Installation, wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]
HEALED_SECONDS_MAX = 15
PRINT_VENDOR = (
    *("shell", "--verbosity", "0", "--command"),
    "from django.db import connection as c; c.ensure_connection(); print(c.vendor)",
)


def listening_addresses(pids: set[int]) -> set[str]:
    """Return the TCP addresses on which the processes listen, as /proc writes them."""
    inodes = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            target = str(link.readlink())
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                addresses.add(fields[1].split(":")[0])
    return addresses


@pytest.fixture(scope="module")
def running(migrated) -> Iterator[Installation]:
    """Yield services that tests may disturb, and leave as they were."""
    with Installation.copy_of(migrated) as it:
        it.serve()
        yield it


def test_everything_listens_on_loopback_only(running):
    pids = running.pids() | {running.home.running()["pid"]}

    assert listening_addresses(pids) == {"0100007F"}  # 127.0.0.1


def test_secrets_are_for_their_owner_only(running):
    for name in ("secret_key", "environment"):
        assert (running.home / name).stat().st_mode & 0o077 == 0
    for name in ("logs", *APPLICATION_DIRECTORIES):
        assert (running.home / name).stat().st_mode & 0o077 == 0


def test_only_the_supervisor_and_nobody_else_runs_with_the_rights_of_root(running):
    users = {
        name: int(re.search(r"^Uid:\s+\d+\s+(\d+)", status(running.pid_of(name)), re.MULTILINE)[1])
        for name in ("postgres", "web", "worker", "beat")
    }

    assert users["web"] == users["worker"] == users["beat"] == application_account().uid
    if os.geteuid() == 0:
        assert 0 not in {Path(f"/proc/{pid}").stat().st_uid for pid in running.pids()}
        assert users["postgres"] != users["web"], "who runs PostgreSQL may read all of its data"
    for name in APPLICATION_DIRECTORIES:
        assert (running.home / name).stat().st_uid == application_account().uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_the_services_user_is_let_into_the_database_as_the_application_alone(running):
    cluster = Cluster(running.home / "postgres", guest=application_account())

    answers = {role: psql_as_application(cluster, role) for role in ROLES}

    refused = {role for role, answer in answers.items() if "Peer authentication failed" in answer}
    assert {role for role, answer in answers.items() if answer.strip() == "1"} == set(GUEST_ROLES)
    assert refused == {"postgres", "suanpan_owner"}


def test_a_second_run_says_where_the_first_one_is(running):
    second = running.run("serve")
    output, _ = second.communicate(timeout=60)

    assert second.returncode == 1
    assert f"already runs from {running.home.directory} at {running.url}" in output
    assert running.is_ready()


@pytest.mark.parametrize("name", ["postgres", "web", "worker", "beat"])
def test_a_killed_service_comes_back_by_itself(running, name):
    killed = running.pid_of(name)

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: running.find(name) not in {None, killed}, seconds=HEALED_SECONDS_MAX)
    wait_until(running.is_ready, seconds=HEALED_SECONDS_MAX)


def test_nobody_is_turned_away_while_a_killed_web_comes_back(running):
    killed = running.pid_of("web")
    address = ("127.0.0.1", urllib.parse.urlsplit(running.url).port)

    os.kill(killed, signal.SIGKILL)

    # The supervisor holds the listening socket: whoever connects now waits, and is not refused.
    while running.find("web") in {None, killed}:
        socket.create_connection(address, timeout=5).close()
        time.sleep(0.05)
    wait_until(running.is_ready, seconds=HEALED_SECONDS_MAX)


def test_without_its_database_the_market_asks_to_come_again(running):
    address = (running.home / "postgres").resolve() / "socket" / ".s.PGSQL.5432"
    hidden = address.with_name("hidden")

    address.rename(hidden)
    page = ask(f"{running.url}/")
    operation = ask(f"{running.url}/api/v1/me", "application/json")
    health = ask(f"{running.url}/healthz")
    hidden.rename(address)

    assert page.status == operation.status == health.status == 503
    assert page.headers["Retry-After"] == operation.headers["Retry-After"] == "2"
    assert json.loads(operation.body)["code"] == "database_unavailable"
    assert running.is_ready()  # At once, and without a restart.


def test_management_commands_of_another_terminal_find_the_services(running):
    done = subprocess.run(
        [sys.executable, "manage.py", *PRINT_VENDOR],
        cwd=PROJECT,
        env=running.environment,
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == "postgresql"


def test_management_commands_start_the_database_if_nothing_runs(installation):
    alone = installation.run("manage", *PRINT_VENDOR)

    assert alone.communicate(timeout=120)[0].strip() == "postgresql"
    assert installation.pids() == set()


@pytest.mark.parametrize("run", range(2))
def test_the_same_command_heals_after_everything_was_killed(installation: Installation, run):
    process, _ = installation.serve()
    acknowledged = write_rows(installation)

    for pid in [process.pid, *installation.pids()]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.communicate()
    _, seconds = installation.serve()

    assert seconds <= HEALED_SECONDS_MAX
    with connect(installation) as connection:
        kept = connection.execute("SELECT count(*) FROM acknowledged").fetchone()[0]
    assert kept == acknowledged


def test_it_heals_when_only_the_supervisor_was_killed(installation):
    process, _ = installation.serve()

    process.kill()
    process.communicate()
    _, seconds = installation.serve()

    assert seconds <= HEALED_SECONDS_MAX


def test_it_stops_on_request_and_reset_removes_everything(installation):
    process, _ = installation.serve()

    refused = installation.run("reset")
    assert "already runs" in refused.communicate(timeout=60)[0]
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Stopping" in output
    assert installation.pids() == set()
    log = (installation.home / "logs" / "postgres.log").read_text()
    assert "database system is shut down" in log

    removed = installation.run("reset")
    output, _ = removed.communicate(timeout=60)

    assert removed.returncode == 0
    assert f"Removed {installation.home.directory}: the database, keys" in output
    assert not installation.home.directory.exists()


def status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()


def psql_as_application(cluster: Cluster, role: str) -> str:
    psql = str(cluster.programs / "psql")
    done = subprocess.run(
        [psql, "-At", "-h", str(cluster.socket_dir), "-U", role, "-c", "SELECT 1", "suanpan"],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        **application_account().popen_arguments(),
    )
    return done.stdout


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def ask(url: str, accept: str = "text/html") -> Answer:
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=15)
    with contextlib.closing(connection):
        headers = {"Accept": accept, "Cookie": "sessionid=somebody"}
        connection.request("GET", parts.path, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())


def connect(installation: Installation) -> psycopg.Connection:
    socket_dir = (installation.home / "postgres").resolve() / "socket"
    return psycopg.connect(
        host=str(socket_dir), user="suanpan_owner", dbname="suanpan", autocommit=True
    )


def write_rows(installation: Installation) -> int:
    rows = 200
    with connect(installation) as connection:
        connection.execute("CREATE TABLE acknowledged (id int PRIMARY KEY)")
        for number in range(rows):
            connection.execute("INSERT INTO acknowledged VALUES (%s)", [number])
    return rows
