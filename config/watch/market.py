"""What the database says of the market, read anew for each scrape, with bounded statements."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final, TypeVar

from django.db import DatabaseError, connection, transaction
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from common import clock, tenancy
from common.troubles import Trouble
from config import due
from config.pulse import report
from config.watch import tallying
from gateway.peering import selectors as peering_selectors
from gateway.sensing import selectors as sensing_selectors
from ledger import selectors as ledger_selectors
from marketplace.catalog import selectors as catalog_selectors
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import reviews

T = TypeVar("T")
# For all that one scrape asks: a database in trouble is not asked for figures for long.
STATEMENT_MS_MAX: Final = 2_000
_unread = Trouble("platform.figures.unread")


class Market(Collector):
    """Reads the market once a scrape."""

    def collect(self) -> Iterator[Metric]:
        """Yield what can be read; `suanpan_database_up` is 0 if nothing can."""
        began = time.monotonic()
        told: list[Metric] = []
        try:
            with tenancy.acting_as_platform():
                _be_brief()
                now = clock.read()
                for read in READERS:
                    told += _tried(read, now)
            is_up = True
        except DatabaseError:
            is_up = False
        yield from told
        yield _gauge("database_up", "Whether the database answers.", float(is_up))
        seconds = time.monotonic() - began
        yield _gauge("scrape_seconds", "How long the market was asked.", seconds)


def _be_brief() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(STATEMENT_MS_MAX)])


def _tried(read: Callable[[datetime], list[Metric]], now: datetime) -> list[Metric]:
    """Read one group; where that fails, the others are told all the same."""
    try:
        with transaction.atomic():
            found = read(now)
    except DatabaseError as error:
        if connection.connection is None or connection.connection.closed:
            raise
        _unread.goes_on(f"{read.__name__} {type(error).__name__}")
        return []
    _unread.is_over()
    return found


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"suanpan_{name}", text, value=value)


def _gauges(name: str, text: str, labels: list[str], rows: list[tuple[Any, float]]) -> Metric:
    family = GaugeMetricFamily(f"suanpan_{name}", text, labels=labels)
    for values, value in rows:
        family.add_metric([values] if isinstance(values, str) else list(values), value)
    return family


def _due(now: datetime) -> list[Metric]:
    found = [(work, work.read(now)) for work in due.WORK]
    return [
        _gauges("due_rows", "Rows that are due, counted up to 10,000.", ["work"],
                [(work.name, each.rows) for work, each in found]),
        _gauges("due_oldest_seconds", "For how long the oldest row has been due.", ["work"],
                [(work.name, each.seconds(now)) for work, each in found]),
        _gauges("due_late", "Whether work lies longer than it may.", ["work"],
                [(work.name, float(work.is_late(each, now=now))) for work, each in found]),
    ]  # fmt: skip


def _reviews(now: datetime) -> list[Metric]:
    found = [(kind.name, kind.count()) for kind in reviews.KINDS]
    return [
        _gauges("review_rows", "Rows that were set aside and wait for a person.", ["kind"],
                [(name, each.rows) for name, each in found]),
        _gauges("review_oldest_seconds", "For how long the oldest has waited.", ["kind"],
                [(name, each.seconds(now)) for name, each in found]),
    ]  # fmt: skip


def _parts(now: datetime) -> list[Metric]:  # noqa: ARG001 - it asks by itself
    parts = report.parts("web", [])
    silent = {part.name: part.facts.get("silent_seconds") for part in parts}
    rings = silent.pop("rings") or {}
    heard = [(name, seconds) for name, seconds in silent.items() if seconds is not None]
    told = [
        _gauges("part_well", "Whether a part is well.", ["part"],
                [(part.name, float(part.is_well)) for part in parts]),
        _gauges("service_silent_seconds", "Since a service's last sign of life.", ["service"],
                heard),
        _gauges("ring_silent_seconds", "Since a canary came through, by sender and queue.",
                ["path"], [(path, it) for path, it in rings.items() if it is not None]),
    ]  # fmt: skip
    free = [part.facts["free_bytes"] for part in parts if "free_bytes" in part.facts]
    if free:
        told.append(_gauge("storage_free_bytes", "Room on the fullest disk of files.", min(free)))
    return told


def _ledger(now: datetime) -> list[Metric]:
    head = ledger_selectors.head()
    unsealed = due.SEAL.read(now)
    told = [
        _gauge("ledger_height", "Entries in the sealed log.", head.size if head else 0),
        _gauge("seal_lag_seconds", "Age of the oldest ledger entry that is not sealed.",
               unsealed.seconds(now)),
    ]  # fmt: skip
    if head is not None:
        age = max((now - head.sealed_at).total_seconds(), 0)
        told.append(_gauge("seal_age_seconds", "Since the last checkpoint was signed.", age))
    return told


def _readings(now: datetime) -> list[Metric]:  # noqa: ARG001 - whatever was counted
    found, live = tallying.read(), tallying.whereabouts()
    return [
        _gauge("readings_accepted", "Readings that this walk has looked at.", found.accepted),
        _gauge("readings_accounted", "Of them, those accounted for.", found.accounted),
        _gauge("readings_unaccounted", "Accepted readings that are in no window, or that a window"
               " lost; it must be 0.", live.difference or found.unaccounted),
        _gauges("readings_in", "Accepted readings by where they are at this moment.", ["queue"],
                list(tallying.queues(live).items())),
    ]  # fmt: skip


def _database(now: datetime) -> list[Metric]:  # noqa: ARG001 - whenever
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT numbackends, current_setting('max_connections')::int"
            " FROM pg_stat_database WHERE datname = current_database()"
        )
        used, most = cursor.fetchone()
    return [
        _gauges("database_connections", "Connections to the database, and how many there may be.",
                ["state"], [("open", used), ("most", most)]),
    ]  # fmt: skip


def _gateway(now: datetime) -> list[Metric]:
    oldest = peering_selectors.waiting().values_list("due_at", flat=True).first()
    lag = max((now - oldest).total_seconds(), 0) if oldest else 0
    words = sensing_selectors.words_by_source(now)
    ages = [
        (each.source, max((now - each.oldest_fresh_at).total_seconds(), 0))
        for each in words
        if each.oldest_fresh_at is not None
    ]
    return [
        _gauge("gateway_push_lag_seconds", "Age of the oldest change not pushed upward.", lag),
        _gauges("gateway_states", "States that sources told, by whether they count still.",
                ["source", "freshness"],
                [row for each in words for row in (((each.source, "fresh"), each.fresh),
                                                   ((each.source, "stale"), each.stale))]),
        _gauges("gateway_state_age_seconds", "Age of the oldest state that counts, by source.",
                ["source"], ages),
    ]  # fmt: skip


def _community(now: datetime) -> list[Metric]:
    month = catalog_selectors.community_rule(at=now).month(now)
    taken = orders_selectors.community_taken(month=month)
    return [
        _gauges("community_unit_hours", "Community capacity that members took this month.",
                ["unit"], [(unit, amount / 3_600_000) for unit, amount in taken.items()]),
    ]  # fmt: skip


def _endings(now: datetime) -> list[Metric]:
    waiting, stopped = fulfilment_selectors.early_endings(now=now)
    return [
        _gauge("deliveries_taken_back_soon", "Deliveries of which notice was given.", waiting),
        _gauge("deliveries_stopped", "Deliveries that two operators ever stopped.", stopped),
    ]


READERS: Final = (
    *(_due, _reviews, _parts, _ledger, _readings, _gateway, _community, _endings, _database),
)
