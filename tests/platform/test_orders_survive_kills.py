"""
Each part is killed twenty times while orders come and clear: none is lost, double or torn.

Effects are counted by the name that their member gave them, however often it was sent, and not by
the size of tables: the demonstration that is served beside orders and measures, too, and it goes on
with orders of the sample that are still running. Its readings of those are nobody's doubles.
"""

import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from marketplace.demo.trickle import KEYS
from tests.platform.conftest import Installation, wait_until
from tests.platform.rabbitmq import Broker, a_broker
from tests.platform.storm import Storm, children_of, members
from tests.platform.test_storm_of_kills import (
    assert_balanced,
    demo_accounts,
    missing_and_double,
    nothing_waits,
    query,
    report,
    status,
)
from tests.platform.torn import torn

pytestmark = [pytest.mark.services, pytest.mark.slow]
KILLS: Final = int(os.environ.get("KILLS", "20"))
PARTS: Final = ("worker", "beat", "web", "postgres")
# What a member called it, of everything that is no effect of the demonstration's own doing.
OWN: Final = " AND ".join(f"o.key NOT LIKE '{key}%'" for key in KEYS)
NAMED: Final = {
    "deposit": "SELECT substr(reference, 6) FROM orders_deposit WHERE reference LIKE 'BANK-%'",
    "order": f"SELECT split_part(o.key, '/', 1) FROM orders_order o WHERE {OWN}",
    "reading": "SELECT split_part(r.event_id, ':', 1) FROM metering_reading r WHERE NOT EXISTS"
    " (SELECT FROM orders_order o WHERE o.id::text = split_part(r.event_id, ':', 1))",
}


@dataclass
class Toll:
    """What kills cost: what is not there, there more than once, nobody's, or half there."""

    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    nobodys: list[str] = field(default_factory=list)
    torn: dict[str, list[str]] = field(default_factory=dict)


class Watched:
    """A market in which members work while something is killed, looked at meanwhile."""

    def __init__(self, market: Installation, kept, port: int) -> None:
        self.market, self.kept, self.toll, self.looks = market, kept, Toll(), 0
        accounts = demo_accounts(market)
        self.storm = Storm(market, port=port, seed=KILLS)
        self.before = {kind: self._named(kind) for kind in NAMED}
        self.working = members(market.url, accounts, kept)

    def _named(self, kind: str) -> Counter[str]:
        return Counter(str(row[0]) for row in query(self.market, NAMED[kind]))

    def look(self) -> None:
        """Ask what is torn just now."""
        self.looks += 1
        for name, rows in torn(self.market).items():
            self.toll.torn.setdefault(name, []).extend(rows)

    def let(self, kill: Callable[["Watched"], None]) -> None:
        """Let members work while something is killed, and go on until all is acknowledged."""
        for member in self.working:
            member.start()
        kill(self)
        wait_until(lambda: status(self.market) == "ok", seconds=180)
        for member in self.working:
            member.stop()

    def let_until(self, kill: Callable[["Watched"], None]) -> float:
        """Do the same, but stop the members first: rings that were kept are worked off then."""
        for member in self.working:
            member.start()
        kill(self)
        for member in self.working:
            member.stop()
        since = time.monotonic()
        wait_until(lambda: status(self.market) == "ok", seconds=600)
        return time.monotonic() - since

    def count(self) -> Toll:
        """Return the toll: each thing that a member meant is there once, and nothing else."""
        self.look()
        for member in self.working:
            there = self._named(member.kind) - self.before[member.kind]
            self.toll.lost += [each for each in member.meant if not there[each]]
            self.toll.double += [each for each in member.meant if there[each] > 1]
            self.toll.nobodys += sorted(set(there) - set(member.meant))
        report(self.storm, self.working, self.kept)
        sizes = {name: len(value) for name, value in vars(self.toll).items()}
        meant = {member.kind: member.intents for member in self.working}
        sys.stdout.write(f"meant {meant}, looked at {self.looks} times, {sizes}\n")
        return self.toll


def assert_nothing_is_missing(found: Watched) -> None:
    wait_until(lambda: nothing_waits(found.market), seconds=180)
    assert found.count() == Toll()
    assert [member.refusals for member in found.working] == [[], [], []]
    lost_and_double = missing_and_double(found.market, found.kept)
    assert set(lost_and_double.values()) == {(0, 0)}, lost_and_double
    assert_balanced(found.market)


def test_twenty_kills_of_each_part_lose_double_and_tear_nothing(installation, kept, free_port):
    found = Watched(installation, kept, free_port)

    found.let(lambda it: it.storm.kill_each(PARTS, KILLS))

    assert_nothing_is_missing(found)


# --- The broker of one machine is a folder ------------------------------------------------------


def empty(queue: Path) -> int:
    rings = list(queue.glob("*.msg"))
    for ring in rings:
        ring.unlink(missing_ok=True)
    return len(rings)


def remove(queue: Path) -> int:
    rings = len(list(queue.glob("*.msg")))
    shutil.rmtree(queue)
    return rings


def cut(queue: Path) -> int:
    rings = list(queue.glob("*.msg"))
    for ring in rings:
        os.truncate(ring, ring.stat().st_size // 2)
    return len(rings)


def write_half(queue: Path) -> int:
    rings = list(queue.glob("*.msg"))
    for ring in rings:
        half = ring.read_bytes()[:40]
        ring.with_name(f"{time.time_ns():020}-half.suanpan.msg").write_bytes(half)
        ring.write_bytes(b"")
    return len(rings)


def spoil(found: Watched) -> int:
    """Spoil what waits in the folder, again and again, while the worker takes nothing from it."""
    spoiled, queue = 0, found.market.home / "queue"
    choice = random.Random(KILLS)  # noqa: S311 - which fault comes when is no secret
    for number in range(KILLS):
        pid = found.market.pid_of("worker")
        stopped = [pid, *children_of(pid)]
        for each in stopped:
            os.kill(each, signal.SIGSTOP)
        wait_until(lambda: any(queue.glob("*.msg")), seconds=30)
        spoiled += (empty, remove, cut, write_half)[number % 4](queue)
        for each in stopped:
            os.kill(each, signal.SIGCONT)
        found.look()
        time.sleep(choice.uniform(0.3, 1.2))
    return spoiled


def test_twenty_losses_of_the_folder_of_rings_lose_double_and_tear_nothing(
    installation, kept, free_port
):
    found = Watched(installation, kept, free_port)
    spoiled: list[int] = []

    found.let(lambda it: spoiled.append(spoil(it)))

    sys.stdout.write(f"\nspoiled {spoiled} rings\n")
    assert spoiled[0] >= KILLS
    assert_nothing_is_missing(found)


# --- The broker of many machines is a server ----------------------------------------------------


def kill_broker(found: Watched, broker: Broker) -> None:
    """Kill the broker again and again; members go on while it is gone, and while it comes back."""
    choice = random.Random(KILLS)  # noqa: S311 - when it dies is no secret
    for _number in range(KILLS):
        time.sleep(choice.uniform(0.5, 2))
        broker.kill()
        time.sleep(choice.uniform(0.1, 3))
        broker.start()
        found.look()


def test_twenty_kills_of_rabbitmq_lose_double_and_tear_nothing(
    installation, kept, free_port, tmp_path
):
    with a_broker(tmp_path) as broker:
        installation.environment["CELERY_BROKER_URL"] = broker.url
        found = Watched(installation, kept, free_port)
        assert broker.table("list_connections", "pid"), "nobody rings through RabbitMQ"

        seconds = found.let_until(lambda it: kill_broker(it, broker))
        sys.stdout.write(f"\nwell again after {seconds:.0f} s\n")

        assert_nothing_is_missing(found)
        assert broker.queue()["type"] == "quorum"
