"""
A million readings arrive by several senders while processes are killed: none goes missing.

Whenever somebody looks, accepted less accounted for is 0: each accepted reading is measured, or in
a window that is to be measured. In the end all that was acknowledged was measured once, and usage
adds up to what was sent, exactly. `READINGS=10000000` sends ten million; `KILLS` is the least that
are killed.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Final

import httpx
import psycopg
import pytest

from metering.accounting import LIVE, TAIL_MAX, Whereabouts
from tests.platform.conftest import Installation, wait_until
from tests.platform.storm import children_of

pytestmark = [pytest.mark.services, pytest.mark.slow]
READINGS: Final = int(os.environ.get("READINGS", "1000000"))
KILLS: Final = int(os.environ.get("KILLS", "30"))
BATCH: Final = 1_000
SENDERS: Final = 4
CARDS: Final = 8
METERS: Final = max(8, READINGS // 125_000)
AWAY_SECONDS_MAX: Final = 120
PARTS: Final = ("web", "worker", "postgres")
UNLIMITED: Final = ("SUANPAN_PACE_KEY", "SUANPAN_PACE_ADDRESS")
MADE: Final = f"""
import json
from datetime import timedelta
from common import clock, tenancy
from tests import cast, factories
from tests.senders.cast import api_key
now = clock.now()
with tenancy.acting_as_platform():
    provider = cast.organization()
    meters = [
        factories.MeterFactory(provider=provider, rule="accelerator-hours-10s",
                               at=now - timedelta(hours=48))
        for _ in range({METERS})
    ]
    key = api_key(provider, now=now)
print(json.dumps([key, [str(each.pk) for each in meters]]))
"""


class Market:
    """A served market with a provider's meters, and what it says of their readings."""

    def __init__(self, installation: Installation, port: int) -> None:
        self.installation, self.port = installation, port
        installation.environment |= dict.fromkeys(UNLIMITED, "")
        made = installation.run("manage", "shell", "-c", MADE)
        output, _ = made.communicate(timeout=300)
        assert made.returncode == 0, output
        line = next(line for line in output.splitlines() if line.startswith('["'))
        self.key, self.meters = json.loads(line)
        self.first = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)
        self.process = installation.run("serve", "--port", str(port))
        wait_until(installation.is_ready, seconds=180)

    def query(self, sql: str, values: dict | None = None) -> tuple:
        """Ask the database, as soon as it answers."""
        socket_dir = (self.installation.home / "postgres").resolve() / "socket"
        deadline = time.monotonic() + AWAY_SECONDS_MAX
        while True:
            try:
                with psycopg.connect(
                    host=str(socket_dir), user="postgres", dbname="suanpan"
                ) as connection:
                    return connection.execute(sql, values).fetchone() or ()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, "the database does not come back"
                time.sleep(0.2)

    def look(self) -> Whereabouts:
        values = {"now": datetime.now(UTC), "provider": None, "most": TAIL_MAX}
        return Whereabouts(*(int(each) for each in self.query(LIVE, values)))


def quantity_of(number: int) -> Decimal:
    """Return what a reading counts: less than a card does in its second."""
    return Decimal(number % 997 + 1).scaleb(-3)


def batch_of(market: Market, batch: int) -> bytes:
    """Return a batch of one meter: each of its cards, second after second."""
    meter, place = market.meters[batch % METERS], batch // METERS
    events = []
    for number in range(BATCH):
        second = place * BATCH // CARDS + number // CARDS
        starts_at = market.first + timedelta(seconds=second)
        events.append(
            {
                "specversion": "1.0",
                "type": "org.suanpan.reading.v1",
                "source": f"urn:card:{number % CARDS}",
                "id": f"{batch}-{number}",
                "data": {
                    "meter": meter,
                    "starts_at": starts_at.isoformat(),
                    "ends_at": (starts_at + timedelta(seconds=1)).isoformat(),
                    "quantity": str(quantity_of(batch * BATCH + number)),
                    "unit": "card-second",
                },
            }
        )
    return json.dumps(events).encode()


class Sender(threading.Thread):
    """Sends batch after batch, each until it is acknowledged."""

    def __init__(self, market: Market, batches: Iterator[int]) -> None:
        super().__init__(daemon=True)
        self.market, self.batches = market, batches
        self.acknowledged, self.again, self.trouble = 0, 0, ""

    def run(self) -> None:
        for batch in self.batches:
            if batch * BATCH >= READINGS or self.trouble:
                return
            self._send(batch_of(self.market, batch))

    def _send(self, body: bytes) -> None:
        headers = {
            "Authorization": f"Bearer {self.market.key}",
            "Content-Type": "application/cloudevents-batch+json",
        }
        address = f"http://127.0.0.1:{self.market.port}/api/v1/metering/events"
        while True:
            try:
                answer = httpx.post(
                    address, content=body, headers=headers, timeout=60, trust_env=False
                )
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code < 300:
                told = answer.json()
                if told["accepted"] + told["duplicates"] != BATCH:
                    self.trouble = answer.text[:500]
                self.acknowledged += 1
                return
            if answer is not None and answer.status_code < 500:
                self.trouble = answer.text[:500]
                return
            self.again += 1
            time.sleep(0.3)


def kill(market: Market, chance: random.Random) -> str:
    """Kill one process of a part; tell which part it was, or nothing where it was not there."""
    part = chance.choice(PARTS)
    pid = market.installation.find(part)
    if pid is None:
        return ""
    try:
        os.kill(chance.choice([pid, *children_of(pid)]), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return part


def test_each_accepted_reading_is_accounted_for_whatever_is_killed(installation, free_port):
    market, chance = Market(installation, free_port), random.Random(15)  # noqa: S311
    numbers = count()  # One step of it is one step of the interpreter: no two take the same.
    senders = [Sender(market, numbers) for _ in range(SENDERS)]
    killed, looks, differences = dict.fromkeys(PARTS, 0), 0, []
    began_at = time.monotonic()
    for sender in senders:
        sender.start()
    while any(sender.is_alive() for sender in senders) or sum(killed.values()) < KILLS:
        time.sleep(chance.uniform(1, 4))
        if part := kill(market, chance):
            killed[part] += 1
        looks, found = looks + 1, market.look()
        if found.difference or found.is_counting:
            differences.append(found)
    lasted = time.monotonic() - began_at
    again = sum(sender.again for sender in senders)
    sys.stdout.write(
        f"\n{READINGS} readings in {lasted:.0f} s, {looks} looks, killed {killed},"
        f" {again} sent again\n"
    )

    assert [sender.trouble for sender in senders] == [""] * SENDERS
    assert differences == []
    wait_until(lambda: market.look().measured == READINGS, seconds=900)
    assert market.look().difference == 0
    expected = sum((quantity_of(number) for number in range(READINGS)), Decimal(0))
    readings = market.query("SELECT count(*), sum(quantity) FROM metering_reading")
    usage = market.query(
        "SELECT sum(u.reading_count), sum(u.quantity) FROM metering_usagerecord u WHERE NOT EXISTS"
        " (SELECT FROM metering_usagerecord later WHERE later.supersedes_id = u.id)"
    )
    assert readings == (READINGS, expected)
    assert usage == (READINGS, expected)
