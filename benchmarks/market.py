"""
How fast the market answers at 100,000 listings, and how fast its capacity is set aside.

Reads are in milliseconds (95th percentile of REPEATS calls); allocations in orders a second, beside
a hand-written UPDATE that counts one number down for each order and checks nothing else. Rounds
that clear a book are in orders a second, with 60 and, beside them, with 600 rate plans on offer.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from benchmarks import rounds
from benchmarks.report import Case, emit, report
from tests import environment  # sets the environment before Django reads it

LISTINGS = int(os.environ.get("BENCH_LISTINGS", "100000"))
RUNS = 5
REPEATS = 20
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
CHIPS = ("H100", "A100", "H20", "T4", "P100", "V100M16", "G2", "A10", "L40")
HAND = "hand_sql_counter"
CARDS = 900_000
ROUNDS = {1: 100, 100: 10, 1000: 3}  # batches of a run, by their size


def prepare() -> tuple[list[Any], dict[int, Any]]:
    """Fill a fresh database: some listings made by the services, the others copies that differ."""
    from django.db import connection

    from common import tenancy
    from tests import cast, databases
    from tests.catalog import supply

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    with tenancy.acting_as_platform():
        provider = cast.organization("Bench")
        first = supply.listed(provider, chip="H100", cards=8)
        targets = [supply.listed(provider, chip="H100", cards=CARDS).pk for _ in range(10)]
        books = rounds.open_books(provider)
    with databases.admin(environment.DATABASE) as owner:
        owner.execute("ALTER TABLE identity_computeresource DISABLE TRIGGER USER")
        copies = {"listings": LISTINGS, "chips": list(CHIPS), "like": first.pk}
        owner.execute(COPY_RESOURCES, copies)
        owner.execute("ALTER TABLE identity_computeresource ENABLE TRIGGER USER")
        owner.execute(COPY_LISTINGS, copies)
        owner.execute("CREATE TABLE bench_stock (listing_id uuid PRIMARY KEY, free bigint)")
        owner.execute("GRANT SELECT, INSERT, UPDATE ON bench_stock TO suanpan_app")
        owner.execute("VACUUM ANALYZE")
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO bench_stock VALUES (%s, %s)", [(key, 10**15) for key in targets]
        )
    return targets, books


COPY_RESOURCES = """
    INSERT INTO identity_computeresource
    SELECT (jsonb_populate_record(r, jsonb_build_object(
        'id', md5('resource' || n)::uuid, 'serial', 'B' || lpad(n::text, 7, '0'),
        'identifier', left(r.identifier, -9) || lpad(n::text, 9, '0')))).*
    FROM generate_series(1, %(listings)s) AS n,
         identity_computeresource r JOIN catalog_listing l ON l.resource_id = r.id
    WHERE l.id = %(like)s
"""
COPY_LISTINGS = """
    INSERT INTO catalog_listing (
        id, seq, provider_id, resource_id, plan_version_id, rule_version_id, book_id, title,
        title_en, state, accepts_vouchers, available_from, available_until, total_milli,
        capacity_unit, standard_factor, headline_unit, headline_price, price_per_standard_hour,
        price_per_unit_hour, resource_class, form, region, hub, chip, pue, verification_level,
        search_text, search_grams, opened_at, closed_at)
    SELECT md5('listing' || n)::uuid, nextval('catalog_listing_seq'), provider_id,
        md5('resource' || n)::uuid, plan_version_id, rule_version_id, book_id, title || n, title_en,
        state, n %% 5 > 0, available_from, available_until, total_milli, capacity_unit,
        standard_factor, headline_unit, headline_price, 1.5 + (n * 7919 %% 4500) / 1000.0,
        price_per_unit_hour, (ARRAY['GENERAL', 'AI', 'AI', 'HPC'])[1 + n %% 4],
        (ARRAY['BARE_METAL', 'VM', 'CONTAINER', 'API'])[1 + n / 4 %% 4], region,
        (ARRAY['ZJK', 'YDA', 'WHU', 'SGN', 'TFU', 'CKG', 'HLG', 'GAN', 'QYG', 'ZHW'])[1 + n %% 10],
        (%(chips)s::text[])[1 + n %% 9], (ARRAY[1.12, 1.2, 1.35, NULL])[1 + n / 16 %% 4], n %% 4,
        search_text || ' ' || n,
        search_grams || ARRAY(SELECT substr(n::text, at, 2)
                              FROM generate_series(1, length(n::text) - 1) AS at),
        opened_at, closed_at
    FROM generate_series(1, %(listings)s) AS n, catalog_listing WHERE id = %(like)s
"""


def reads() -> dict[str, Callable[[], object]]:
    """Return what is read, by case."""
    from marketplace.catalog import selectors
    from marketplace.catalog.contracts import MarketFilter

    narrow = MarketFilter(
        resource_classes=("AI",),
        hubs=("QYG", "GAN"),
        price_min=Decimal(2),
        price_max=Decimal(5),
        pue_max=Decimal("1.2"),
    )
    number = MarketFilter(text="54321")
    return {
        "market_page": lambda: selectors.market_page(MarketFilter(), at=NOW),
        "market_page_filtered": lambda: selectors.market_page(narrow, at=NOW),
        "market_page_text": lambda: selectors.market_page(number, at=NOW),
        "market_facets": lambda: selectors.facets(MarketFilter(), at=NOW),
        "market_facets_filtered": lambda: selectors.facets(narrow, at=NOW),
        "market_figures": lambda: selectors.figures(at=NOW),
    }


def p95(read: Callable[[], object]) -> float:
    """Return the 95th percentile of one run, in milliseconds."""
    taken = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        read()
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)[REPEATS * 95 // 100 - 1]


def allocate(targets: list[Any], batch: int, number: int) -> float:
    """Set capacity aside for one batch after the other; return orders a second."""
    from django.db import transaction

    from common.period import Period
    from marketplace.catalog import services
    from marketplace.catalog.contracts import AllocationRequest

    rounds = ROUNDS[batch]
    batches = [
        [
            AllocationRequest(
                uuid4(), targets[order % len(targets)], period(Period, number, turn, order), 1000
            )
            for order in range(batch)
        ]
        for turn in range(rounds)
    ]
    started = time.perf_counter()
    for requests in batches:
        with transaction.atomic():
            result = services.allocate(requests=requests, at=NOW)
        if result.refused:
            message = f"{len(result.refused)} orders were refused"
            raise RuntimeError(message)
    return rounds * batch / (time.perf_counter() - started)


def period(kind: Any, number: int, turn: int, order: int) -> Any:
    """Return an hour of a day of its own for each batch, in one of eight places of the day."""
    starts_at = NOW + timedelta(days=1 + number * 3_000 + turn, hours=order % 8)
    return kind(starts_at, starts_at + timedelta(hours=2))


def count_down(targets: list[Any], batch: int) -> float:
    """Do the least that any seller must: one number goes down. Return orders a second."""
    from django.db import connection, transaction

    rounds = ROUNDS[batch]
    keys = [targets[order % len(targets)] for order in range(batch)]
    started = time.perf_counter()
    for _ in range(rounds):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE bench_stock s SET free = free - taken FROM"
                " (SELECT id, count(*) * 1000 AS taken FROM unnest(%s::uuid[]) AS id GROUP BY id) t"
                " WHERE s.listing_id = t.id AND free >= taken",
                [keys],
            )
    return rounds * batch / (time.perf_counter() - started)


def run() -> dict[str, Any]:
    """Return the benchmark's result."""
    targets, books = prepare()
    cases = []
    for name, read in reads().items():
        read()
        cases.append(Case(f"{name}_{LISTINGS}", "ms (p95)", [p95(read) for _ in range(RUNS)]))
    for place, batch in enumerate(ROUNDS):
        ours, hand = [], []
        for number in range(RUNS):
            ours.append(allocate(targets, batch, place * RUNS + number))
            hand.append(count_down(targets, batch))
        reference = {HAND: sorted(hand)[RUNS // 2]}
        cases.append(Case(f"allocate_batch_{batch}", "orders/s", ours, reference))
    return report("market", [*cases, *cleared(books)])


def cleared(books: dict[int, Any]) -> list[Case]:
    """Return how fast books clear, each beside the one with the fewest plans."""
    runs: dict[int, list[float]] = {plans: [] for plans in books}
    for number in range(RUNS + 1):
        for plans, listing in books.items():
            runs[plans].append(rounds.orders_a_second(listing, number))
    few = min(runs)
    beside = {f"clear_{few}_plans": sorted(runs[few][1:])[RUNS // 2]}
    return [
        Case(f"clear_{plans}_plans", "orders/s", measured[1:], {} if plans == few else beside)
        for plans, measured in runs.items()
    ]


def main() -> None:
    """Print the benchmark's object."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        emit(run())
    finally:
        from django.db import connections

        from tests import databases

        connections.close_all()
        databases.drop(environment.DATABASE)
        environment.pytest_unconfigure()


if __name__ == "__main__":
    sys.exit(main())
