"""
A storm of kills: members work over HTTP while processes of the market are killed with -9.

Each member writes what the market acknowledged to a file outside, flushed to the disk, before it
goes on. Afterwards the market must have done each acknowledged thing, once.
"""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import requests

from marketplace.demo.client import Client, JobFailed
from marketplace.demo.main_job import MainJob
from tests.platform.acknowledgements import Acknowledgements
from tests.platform.conftest import Installation, wait_until
from tests.platform.signing import Signing

# How often each is killed, of a hundred.
TARGETS = {"web": 29, "worker": 26, "postgres": 26, "beat": 16, "supervisor": 3}
PAUSE_SECONDS = (0.3, 1.2)


class Member(threading.Thread):
    """Does one kind of thing again and again, each under one key until it is acknowledged."""

    def __init__(self, kind: str, act: Callable[[str], str], kept: Acknowledgements) -> None:
        super().__init__(name=kind, daemon=True)
        self.kind, self.act, self.kept = kind, act, kept
        self.meant: list[str] = []
        self.refusals: list[str] = []
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            self.do(str(uuid4()))
            time.sleep(0.05)

    def do(self, intent: str) -> None:
        """Send one intent until it is acknowledged; what is no outage is noted."""
        self.meant.append(intent)
        while True:
            try:
                answer = self.act(intent)
            except requests.RequestException:
                time.sleep(0.2)
            except JobFailed as failed:
                if "HTTP 503" in str(failed):  # Away for longer than the client waits.
                    continue
                self.refusals.append(str(failed)[:300])
                return
            else:
                self.kept.write(self.kind, intent, answer)
                return

    @property
    def intents(self) -> int:
        """Return how many things were meant, each sent as often as it took."""
        return len(self.meant)

    def stop(self) -> None:
        self._stopped.set()
        self.join(timeout=180)
        assert not self.is_alive(), f"{self.kind} is still not acknowledged"


def members(
    base_url: str,
    accounts: dict,
    kept: Acknowledgements,
    *,
    on_answer: Callable[[requests.Response], None] = lambda _: None,
) -> list[Member]:
    """Let the cast sign in and list something; return who deposits, orders and measures."""
    job = MainJob(
        base_url, accounts["accounts"], accounts["password"], step=lambda _: nullcontext()
    )
    job._sign_in()
    job._register()
    job._list()
    agent = Signing(job.agent.client, job.agent.agent_id)
    job.agent.close()
    for client in [*job.clients.values(), agent.client]:
        client.session.hooks["response"].append(lambda answer, **_: on_answer(answer))
    moments = _moments()

    def post(client: Client, path: str, body: dict, intent: str) -> dict:
        headers = {"Idempotency-Key": intent}
        return client._answer("POST", path, json=body, headers=headers).json()

    def deposit(intent: str) -> str:
        body = {"organization_id": job.facts["buyer_id"], "amount_minor": 10_000,
                "reference": f"BANK-{intent}"}  # fmt: skip
        return post(job.clients["FINANCE"], "deposits", body, intent)["reference"]

    def order(intent: str) -> str:
        starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
        body = {"listing_id": job.facts["listing_id"], "units_milli": 1000,
                "starts_at": starts_at.isoformat(), "use_vouchers": False,
                "ends_at": (starts_at + timedelta(hours=1)).isoformat()}  # fmt: skip
        body = orders.setdefault(intent, body)
        return post(job.clients["BUYER"], "orders", body, intent)["id"]

    def reading(intent: str) -> str:
        starts_at, ends_at = spans.setdefault(intent, next(moments))
        sent = agent.send(
            meter_id=job.meter_id, order_id=intent, starts_at=starts_at, ends_at=ends_at,
            card_seconds=1,
        )  # fmt: skip
        assert sent["accepted"] + sent.get("duplicates", 0) >= 1, sent
        return f"{intent}:{starts_at:%Y%m%dT%H%M%SZ}"

    orders: dict[str, dict] = {}
    spans: dict[str, tuple[datetime, datetime]] = {}
    acts = {"deposit": deposit, "order": order, "reading": reading}
    return [Member(kind, act, kept) for kind, act in acts.items()]


def _moments() -> Iterator[tuple[datetime, datetime]]:
    """Return second after second since an hour before now, so that no reading is refused."""
    start = datetime.now(UTC).replace(microsecond=0)
    while True:
        # A meter measures from its making on; a second is over before it is told.
        while start + timedelta(seconds=1) > datetime.now(UTC):
            time.sleep(0.1)
        yield start, start + timedelta(seconds=1)
        start += timedelta(seconds=1)


def children_of(pid: int) -> list[int]:
    """Return the processes that any thread of a process has started."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for it in threads for child in it.read_text().split()]


class Storm:
    """Kills processes of an installation, any of them, again and again."""

    def __init__(self, market: Installation, *, port: int, seed: int) -> None:
        self.market, self.port = market, port
        self.random = random.Random(seed)  # noqa: S311 - which process dies is no secret
        self.killed: dict[str, int] = dict.fromkeys(TARGETS, 0)
        self.start()

    def start(self) -> None:
        self.process = self.market.run("serve", "--demo", "--port", str(self.port))
        wait_until(lambda: self.market.is_ready() or self._has_ended(), seconds=120)
        assert not self._has_ended(), self.process.communicate()[0]

    def rage(self, kills: int) -> None:
        while sum(self.killed.values()) < kills:
            (name,) = self.random.choices(list(TARGETS), list(TARGETS.values()))
            if self._kill(name):
                self.killed[name] += 1
                if sum(self.killed.values()) % 25 == 0:
                    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {self.killed}\n")
                    sys.stdout.flush()
            time.sleep(self.random.uniform(*PAUSE_SECONDS))

    def kill_each(self, names: tuple[str, ...], times: int) -> None:
        """Kill some again and again, in turns, each as often."""
        while any(self.killed[name] < times for name in names):
            for name in names:
                if self.killed[name] < times and self._kill(name):
                    self.killed[name] += 1
                time.sleep(self.random.uniform(*PAUSE_SECONDS))

    def _kill(self, name: str) -> bool:
        if name == "supervisor":
            self.process.kill()
            self.process.communicate()
            self.start()
            return True
        pid = self.market.find(name)
        if pid is None:
            return False
        try:
            os.kill(self.random.choice([pid, *children_of(pid)]), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            return False
        return True

    def _has_ended(self) -> bool:
        return self.process.poll() is not None
