"""
What the processes count: requests, refusals, tasks, rounds, connections of the pool.

Nothing that is counted may fail what it counts: without a place to write, figures are left out.
Every label comes from a list that the program itself bounds (routes, methods, tasks, codes).
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.db import connections
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from common import figures
from config.watch import files

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
TASK_SECONDS: Final = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER: Final = "other"
# Sets of labels of one figure in one process; what comes beyond counts as `other`. There is room
# for each method of each address of this release, and a test says when there is none left.
LABEL_SETS_MAX: Final = 2_000
STATUSES_MAX: Final = 8_000

# The library's own registry is left alone: what is told is read from the files of all processes.
_registry: Final = CollectorRegistry()

REQUESTS: Final = Counter(
    "suanpan_http_requests",
    "Requests answered, by method, route and status.",
    ["method", "route", "status"],
    registry=_registry,
)
REQUEST_SECONDS: Final = Histogram(
    "suanpan_http_request_seconds",
    "How long requests took, by method and route.",
    ["method", "route"],
    buckets=SECONDS,
    registry=_registry,
)
REFUSALS: Final = Counter(
    "suanpan_refusals", "Requests refused, by code.", ["code"], registry=_registry
)
TASKS: Final = Counter(
    "suanpan_tasks", "Tasks run, by name and outcome.", ["task", "outcome"], registry=_registry
)
TASK_DURATION: Final = Histogram(
    "suanpan_task_seconds",
    "How long tasks took, by name.",
    ["task"],
    buckets=TASK_SECONDS,
    registry=_registry,
)
ROUNDS: Final = Counter(
    "suanpan_rounds",
    "Clearing rounds, by whether any order was filled.",
    ["outcome"],
    registry=_registry,
)
ROUND_ORDERS: Final = Counter(
    "suanpan_round_orders", "Orders that rounds decided, by result.", ["result"], registry=_registry
)
GATEWAY_ANSWERS: Final = Counter(
    "suanpan_gateway_answers",
    "Codes that the gateway answered for, by result.",
    ["result"],
    registry=_registry,
)
GATEWAY_REFERRALS: Final = Counter(
    "suanpan_gateway_referrals",
    "Codes that other nodes were asked about, by what came of it.",
    ["outcome"],
    registry=_registry,
)
GATEWAY_REFUSED: Final = Counter(
    "suanpan_gateway_refused",
    "Statements of other nodes that were refused, by way and reason.",
    ["way", "reason"],
    registry=_registry,
)
POOL: Final = Gauge(
    "suanpan_pool_connections",
    "Connections of the web's pools to the database, by state.",
    ["state"],
    multiprocess_mode="livesum",
    registry=_registry,
)
BY_NAME: Final[Mapping[str, Counter]] = {
    figures.ROUNDS: ROUNDS,
    figures.ROUND_ORDERS: ROUND_ORDERS,
    figures.REFUSALS: REFUSALS,
    figures.GATEWAY_ANSWERS: GATEWAY_ANSWERS,
    figures.GATEWAY_REFERRALS: GATEWAY_REFERRALS,
    figures.GATEWAY_REFUSED: GATEWAY_REFUSED,
}
_seen: dict[str, set[tuple[str, ...]]] = {}


def _write(act: Callable[[], None]) -> None:
    """Count, if there is where to."""
    if not files.are_ready():
        return
    try:
        act()
    except OSError:  # The folder vanished between the two.
        return


def _is_known(name: str, *labels: str, most: int = LABEL_SETS_MAX) -> bool:
    """Tell whether labels may be counted by themselves: they were before, or there is room."""
    seen = _seen.setdefault(name, set())
    if labels in seen:
        return True
    if len(seen) >= most:
        return False
    seen.add(labels)
    return True


def note_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    method = method if method in METHODS else OTHER
    if not _is_known("requests", method, route):
        route = OTHER
    told = (
        str(status)
        if _is_known("statuses", method, route, str(status), most=STATUSES_MAX)
        else OTHER
    )

    def act() -> None:
        REQUESTS.labels(method, route, told).inc()
        REQUEST_SECONDS.labels(method, route).observe(seconds)

    _write(act)


@dataclass(slots=True)
class Run:
    """One run of a task, and what came of it."""

    outcome: str = "failed"


@contextmanager
def task(name: str) -> Iterator[Run]:
    """Count a run of a task, and how long it takes; whoever runs it says what came of it."""
    run, began = Run(), time.monotonic()
    try:
        yield run
    finally:
        seconds = time.monotonic() - began
        known = name if _is_known("tasks", name) else OTHER

        def act() -> None:
            TASKS.labels(known, run.outcome).inc()
            TASK_DURATION.labels(known).observe(seconds)

        _write(act)


def note_pool() -> None:
    """Tell how the pool of this process is, where it has one."""
    pool: Any = getattr(connections["default"], "pool", None)
    if pool is None:
        return
    stats = pool.get_stats()
    told = {
        "open": stats.get("pool_size", 0),
        "idle": stats.get("pool_available", 0),
        "most": stats.get("pool_max", 0),
        "waited_for": stats.get("requests_waiting", 0),
    }

    def act() -> None:
        for state, number in told.items():
            POOL.labels(state).set(number)

    _write(act)


def observe(name: str, amount: float, labels: Mapping[str, str]) -> None:
    """Count what a room says."""
    counter = BY_NAME[name]
    values = tuple(labels.values())
    told = labels if _is_known(name, *values) else dict.fromkeys(labels, OTHER)
    _write(lambda: counter.labels(**told).inc(amount))
