"""The disk of a served market is filled: database, log, logs, doorbell, cache and files at once."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.platform.conftest import Installation, reachable_directory, wait_until
from tests.platform.storm import Member, members
from tests.platform.test_storm_of_kills import (
    assert_balanced,
    counted,
    missing_and_double,
    nothing_waits,
    status,
)

pytestmark = [pytest.mark.services, pytest.mark.slow]
DISK = "900m"
HEALED_SECONDS_MAX = 180
TOKEN = "t" * 32
FORM = urllib.parse.urlencode(
    {"login": "ada@example.org", "password": "not this one", "csrfmiddlewaretoken": TOKEN}
)
ASKED = (
    ("GET", "/healthz", ""),
    ("GET", "/readyz", ""),
    ("GET", "/accounts/login/", ""),
    ("POST", "/accounts/login/", FORM),
    ("GET", "/api/v1/me", ""),
    ("POST", "/api/v1/orders", "{}"),
)


@pytest.fixture
def on_a_small_disk(migrated) -> Iterator[Installation]:
    """Yield an installation whose whole state lies on a file system of its own."""
    place = reachable_directory()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0711", "tmpfs", str(place)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"NO SMALL DISK: mount is not possible here ({done.stderr.strip()})")
    subprocess.run(["cp", "-a", f"{migrated}/.", str(place)], check=True)
    it = Installation(place)
    yield it
    it.remove()
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"0" * 65_536)
    return filler


def ask(market: Installation, method: str, path: str, body: str) -> tuple[int, str | None]:
    address = urllib.parse.urlsplit(market.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    kind = "application/json" if body == "{}" else "application/x-www-form-urlencoded"
    with contextlib.closing(connection):
        connection.request(
            method, path, body, {"Content-Type": kind, "Cookie": f"csrftoken={TOKEN}"}
        )
        response = connection.getresponse()
        return response.status, response.headers["Retry-After"]


def write_much(market: Installation) -> None:
    """Write until PostgreSQL refuses, or its log has no room and it starts again."""
    socket_dir = (market.home / "postgres").resolve() / "socket"
    with (
        contextlib.suppress(psycopg.Error),
        psycopg.connect(
            host=str(socket_dir), user="postgres", dbname="suanpan", autocommit=True
        ) as connection,
    ):
        connection.execute("CREATE TABLE IF NOT EXISTS junk (text text)")
        for _ in range(200):
            connection.execute(
                "INSERT INTO junk SELECT repeat(md5(i::text), 50) FROM generate_series(1, 5000) i"
            )


def test_a_full_disk_is_never_a_500_loses_nothing_and_heals_by_itself(
    on_a_small_disk, kept, free_port
):
    market = on_a_small_disk
    made = market.run("manage", "load_sample")
    assert made.wait(timeout=900) == 0, made.communicate()[0]
    accounts = json.loads((market.home / "keys" / "demo-accounts.json").read_text())
    market.run("serve", "--demo", "--port", str(free_port))
    wait_until(lambda: status(market) == "ok", seconds=120)
    supervisor = market.home.running()["pid"]
    seen: Counter[int] = Counter()
    working = members(
        market.url, accounts, kept, on_answer=lambda answer: seen.update([answer.status_code])
    )
    before = counted(market)
    for member in working:
        member.start()

    filler = fill(market.home.directory)
    assert status(market) == "degraded"
    begun = time.monotonic()
    # On a busy machine it takes longer until what the database keeps in reserve is used up.
    while (passed := time.monotonic() - begun) < 45 or (not seen[503] and passed < 180):
        write_much(market)
        for asked in ASKED:
            code, retry_after = ask(market, *asked)
            seen[code] += 1
            assert code < 500 or (code == 503 and (retry_after or asked[1].endswith("z"))), asked
    filler.unlink()

    wait_until(lambda: status(market) == "ok", seconds=HEALED_SECONDS_MAX)
    os.kill(supervisor, 0)  # It is the same; nobody had to do anything.
    for member in working:
        member.stop()
    wait_until(lambda: nothing_waits(market), seconds=HEALED_SECONDS_MAX)
    sys.stdout.write(f"\nanswers {dict(sorted(seen.items()))}, intents {intents(working)}\n")
    assert seen[503] > 0
    assert seen[500] == 0
    lost = "".join(it.read_text() for it in (market.home / "logs").glob("*.log"))
    assert "bytes of this log were lost: No space left on device" in lost
    assert [member.refusals for member in working] == [[], [], []]
    assert set(missing_and_double(market, kept).values()) == {(0, 0)}
    after = counted(market)
    assert {name: after[name] - before[name] for name in after} == intents(working)
    assert_balanced(market)


def intents(working: list[Member]) -> dict[str, int]:
    return {member.kind: member.intents for member in working}
