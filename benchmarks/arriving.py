"""
Orders that arrive over HTTP while the market's own services clear them.

The services are the product's default: the web with two processes, a worker with two, beat, and
the doorbell that the settings name. Times are from sending an order until a reader of the database
sees it cleared; the reader looks every five milliseconds.
"""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.report import Case
from tests import environment

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = 8
SECONDS = 10
RATE = 100  # orders a second that arrive on a clock
LOOK = 0.005
UNLIMITED = (
    "API_RATE_KEY",
    "API_RATE_ORGANIZATION",
    "API_RATE_PERSON",
    "API_RATE_ADDRESS",
    "API_RATE_MISSES",
)


def cases(listing: Any, buyer: Any, is_asked: Callable[[str], bool]) -> list[Case]:
    """Return how many orders a second one can post, and how soon those that arrive are cleared."""
    headers = {"Authorization": f"Bearer {_key(buyer)}"}
    found = []
    with services() as url:
        _post_for(2, url, headers, listing)  # Warm.
        if is_asked("place_one_http"):
            runs = [_post_for(SECONDS / 2, url, headers, listing) for _ in range(3)]
            found.append(Case("place_one_http", "orders/s, cleared beside it", runs))
            sys.stderr.write(f"place_one_http: {median(runs):.0f}\n")
            time.sleep(5)  # What still waits is cleared.
        if is_asked("place_to_cleared"):
            waited = sorted(_arrive(url, headers, listing))
            for name, share in (("p50", 0.5), ("p99", 0.99)):
                value = 1000 * waited[int(len(waited) * share)]
                found.append(Case(f"place_to_cleared_{name}_ms", f"ms at {RATE}/s", [value]))
                sys.stderr.write(f"place_to_cleared {name}: {value:.0f} ms of {len(waited)}\n")
    return found


def _key(buyer: Any) -> str:
    from common import tenancy
    from identity import services as identity
    from identity.contracts import Role
    from identity.models import Membership, User

    with tenancy.acting_as_platform():
        person = User.objects.create(email=f"{secrets.token_hex(4)}@bench.example", is_active=True)
        Membership.objects.create(user=person, organization_id=buyer.pk, role=Role.BUYER)
        now = datetime.now(UTC)
        issued = identity.create_api_key(
            organization_id=buyer.pk,
            created_by=person.pk,
            name="bench",
            roles=[Role.BUYER],
            scopes=["orders:write", "orders:read"],
            now=now,
            expires_at=now + timedelta(days=1),
        )
    return issued.secret


@contextmanager
def services() -> Iterator[str]:
    """Run web, worker and beat on the benchmark's database; yield the web's address."""
    with tempfile.TemporaryDirectory(prefix="suanpan-bench-") as state, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        given = {name: value for name, value in os.environ.items() if name != "CELERY_BROKER_URL"}
        given |= dict.fromkeys(UNLIMITED, "")
        given |= {
            "SUANPAN_STATE_DIR": state,
            "SUANPAN_STATIC_COLLECTED": "false",
            "SUANPAN_MFA_REQUIRED": "false",
        }
        for folder in ("queue", "queue-control"):
            (Path(state) / folder).mkdir()
        listener.set_inheritable(True)
        web = ["gunicorn", "config.wsgi", f"--bind=fd://{listener.fileno()}"]
        web += [
            "--worker-class=config.web.ProblemWorker",
            "--workers=2",
            "--threads=8",
            "--no-control-socket",
        ]
        worker = ["celery", "-A", "config", "worker", "--concurrency=2", "--loglevel=WARNING"]
        worker += ["--without-gossip", "--without-mingle"]
        beat = ["celery", "-A", "config", "beat", "--loglevel=WARNING"]
        log = (Path(state) / "log").open("w")
        started = [
            subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=given,
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno()],
            )
            for command in (web, worker, beat)
        ]
        try:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            _wait(url)
            time.sleep(8)  # The worker listens by then.
            yield url
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(timeout=30)
            if os.environ.get("BENCH_LOG"):
                Path(os.environ["BENCH_LOG"]).write_text((Path(state) / "log").read_text())


def _wait(url: str) -> None:
    for _ in range(120):
        try:
            if httpx.get(f"{url}/livez", timeout=30).status_code < 500:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    message = "the web did not start"
    raise RuntimeError(message)


def _order(listing: Any, number: int) -> dict[str, Any]:
    starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1 + number % 200)
    return {
        "listing_id": str(listing.pk),
        "units_milli": 1000,
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=2)).isoformat(),
    }


def _post(client: httpx.Client, headers: dict[str, str], order: dict[str, Any]) -> str:
    keyed = headers | {"Idempotency-Key": uuid4().hex}
    answer = client.post("/api/v1/orders", json=order, headers=keyed)
    if answer.status_code != 201:
        message = f"{answer.status_code}: {answer.text[:300]}"
        raise RuntimeError(message)
    return str(answer.json()["id"])


def _post_for(seconds: float, url: str, headers: dict[str, str], listing: Any) -> float:
    """Let some clients post one order after the other; return how many a second."""
    until = time.perf_counter() + seconds

    def client() -> int:
        count = 0
        with httpx.Client(base_url=url, timeout=30) as one:
            while time.perf_counter() < until:
                _post(one, headers, _order(listing, count))
                count += 1
        return count

    with ThreadPoolExecutor(CLIENTS) as pool:
        posted = sum(future.result() for future in [pool.submit(client) for _ in range(CLIENTS)])
    return posted / seconds


def _arrive(url: str, headers: dict[str, str], listing: Any) -> list[float]:
    """Send orders by a clock; return how long each took until it was seen cleared."""
    sent: dict[str, float] = {}
    seen: dict[str, float] = {}
    is_over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(sent, seen, is_over))
    watcher.start()
    local = threading.local()
    start = time.perf_counter() + 0.5

    def one(number: int) -> None:
        if not hasattr(local, "client"):
            local.client = httpx.Client(base_url=url, timeout=60)
        due = start + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        sent[_post(local.client, headers, _order(listing, number))] = due

    with ThreadPoolExecutor(4 * CLIENTS) as pool:
        list(pool.map(one, range(SECONDS * RATE)))
    deadline = time.perf_counter() + 60
    while len(sent.keys() - seen.keys()) and time.perf_counter() < deadline:
        time.sleep(0.1)
    is_over.set()
    watcher.join()
    if missing := sent.keys() - seen.keys():
        message = f"{len(missing)} orders did not clear in time"
        raise RuntimeError(message)
    return [seen[each] - at for each, at in sent.items()]


def _watch(sent: dict[str, float], seen: dict[str, float], is_over: threading.Event) -> None:
    """Note when orders that wait are seen cleared: by their keys, so that looking costs little."""
    from tests import databases

    with databases.admin(environment.DATABASE) as reader:
        reader.execute("SET statement_timeout = '5s'")
        while not is_over.is_set():
            waiting = [each for each in list(sent) if each not in seen]
            rows = reader.execute(
                "SELECT id FROM orders_order WHERE id = ANY(%s::uuid[]) AND cleared_at IS NOT NULL",
                [waiting],
            ).fetchall()
            now = time.perf_counter()
            for (key,) in rows:
                seen.setdefault(str(key), now)
            time.sleep(LOOK)
