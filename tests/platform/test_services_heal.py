"""The services of one machine, started as a user starts them, and killed as nobody should."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from config.embedded.home import PROJECT
from tests.platform.conftest import Installation, wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]
HEALED_SECONDS_MAX = 15


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


def test_everything_starts_listens_on_loopback_only_and_stops_on_request(installation):
    process, _ = installation.serve()

    assert listening_addresses(installation.pids() | {process.pid}) == {"0100007F"}  # 127.0.0.1

    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Stopping" in output
    assert installation.pids() == set()
    log = (installation.home / "logs" / "postgres.log").read_text()
    assert "database system is shut down" in log


def test_secrets_are_for_their_owner_only(installation):
    installation.serve()

    for name in ("secret_key", "environment"):
        assert (installation.home / name).stat().st_mode & 0o077 == 0
    for name in ("logs", "queue", "queue-control", "files", "static"):
        assert (installation.home / name).stat().st_mode & 0o077 == 0


def test_a_second_run_says_where_the_first_one_is(installation):
    installation.serve()

    second = installation.run("serve")
    output, _ = second.communicate(timeout=30)

    assert second.returncode == 1
    assert f"already runs from {installation.home.directory} at {installation.url}" in output
    assert installation.is_ready()


@pytest.mark.parametrize("name", ["postgres", "web", "worker", "beat"])
def test_a_killed_service_comes_back_by_itself(installation, name):
    installation.serve()
    killed = installation.pid_of(name)

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: installation.find(name) not in {None, killed}, seconds=HEALED_SECONDS_MAX)
    wait_until(installation.is_ready, seconds=HEALED_SECONDS_MAX)


def test_callers_wait_while_a_killed_web_comes_back(installation):
    installation.serve()

    os.kill(installation.pid_of("web"), signal.SIGKILL)

    # The supervisor holds the listening socket: nobody is turned away.
    assert installation.is_ready()


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


def test_management_commands_find_the_services_and_start_the_database_without_them(installation):
    code = "from django.db import connection as c; c.ensure_connection(); print(c.vendor)"

    alone = installation.run("manage", "shell", "--verbosity", "0", "--command", code)
    assert alone.communicate(timeout=60)[0].strip() == "postgresql"
    installation.serve()
    beside = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code],
        cwd=PROJECT,
        env=installation.environment,
        check=True,
        capture_output=True,
        text=True,
    )

    assert beside.stdout.strip() == "postgresql"


def test_reset_removes_everything_but_not_under_running_services(installation):
    process, _ = installation.serve()

    refused = installation.run("reset")
    assert "already runs" in refused.communicate(timeout=30)[0]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    removed = installation.run("reset")
    removed.communicate(timeout=30)

    assert removed.returncode == 0
    assert not installation.home.directory.exists()


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
