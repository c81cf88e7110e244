"""
How fast orders are placed and cleared on a durable cluster: in batches, over HTTP, in many books.

Rates are orders a second with everything on: holds in the ledger, row-level security, events,
foreign keys, commits on the disk. `batched_update_insert` is what PostgreSQL does beside them in
the same run: one UPDATE and one INSERT of 500 rows a commit. Tables were analysed before.
BENCH_CASES=clear,place takes only cases that begin so, BENCH_RUNS=1 fewer runs. Cases of call
rounds (`benchmarks.calls`) take BENCH_OPENB=FOLDER for the jobs and nodes of a trace.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import Any
from uuid import uuid4

from benchmarks import arriving, calls, rounds
from benchmarks.report import Case, emit, report
from tests import environment  # sets the environment before Django reads it

# One buyer stands for a whole market here: more orders than the limit of one organisation.
os.environ["ORDERS_PLACED_PER_MINUTE"] = "1000000"

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
SET = 500
BARE = "batched_update_insert"
HAND = "hand_sql_counter"
RATE = "orders/s, analysed"
MANY_PLANS = 10_000
MANY_BOOKS = 100
CARDS = 900_000
ALLOCATIONS = {1: 100, 100: 10, 1000: 3}  # batches of a run, by their size
ASKED = tuple(filter(None, os.environ.get("BENCH_CASES", "").split(",")))


def is_asked(case: str) -> bool:
    """Tell whether somebody wants a case; by default everybody wants all."""
    return not ASKED or case.startswith(ASKED)


def prepare() -> dict[str, Any]:
    """Fill a fresh database: books with few plans and with many, a hundred books, rich buyers."""
    from django.db import connection

    from common import tenancy
    from marketplace.catalog.models import Listing
    from tests import cast, databases
    from tests.catalog import supply

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    with tenancy.acting_as_platform():
        provider = cast.organization("Bench")
        market: dict[str, Any] = {"hot": rounds.open_book(provider, region="520100", plans=60)}
        market["wide"] = supply.listed(provider, cards=CARDS, price="3", region="510116")
        market["targets"] = [
            supply.listed(provider, cards=CARDS, region="640500").pk for _ in range(10)
        ]
        market["one"] = supply.listed(provider, cards=CARDS, price="3", region="340000")
    with databases.admin(environment.DATABASE) as owner:
        owner.execute("SET session_replication_role = replica")
        if is_asked("clear_10000"):
            copy_plans(owner, market["wide"])
        copy_books(owner, market["one"])
        owner.execute("SET session_replication_role = origin")
        owner.execute("CREATE TABLE bench_row (id uuid PRIMARY KEY, state text, payload jsonb)")
        owner.execute("CREATE TABLE bench_line (id uuid PRIMARY KEY, row_id uuid, amount bigint)")
        owner.execute("CREATE TABLE bench_stock (listing_id uuid PRIMARY KEY, free bigint)")
        owner.execute(
            "GRANT SELECT, INSERT, UPDATE ON bench_row, bench_line, bench_stock TO suanpan_app"
        )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO bench_stock VALUES (%s, %s)",
            [(key, 10**15) for key in market["targets"]],
        )
    with tenancy.acting_as_platform():
        market["books"] = list(Listing.objects.filter(hub__startswith="B"))
    assert len(market["books"]) == MANY_BOOKS
    return market


# One more plan and one more listing a copy; prices differ by tenths of a fen.
PLANS = """
    SELECT {columns} FROM generate_series(1, %(copies)s) AS n,
        pricing_rateplan like_it, jsonb_populate_record(like_it, jsonb_build_object(
            'id', md5('plan' || n)::uuid, 'seq', nextval('pricing_rateplan_seq'),
            'code', 'bench-' || n)) AS copy
    WHERE like_it.id = %(plan)s
"""
VERSIONS = """
    SELECT {columns} FROM pricing_rateplan p, pricing_rateplanversion like_it,
        jsonb_populate_record(like_it, jsonb_build_object(
            'id', md5('version' || p.id)::uuid, 'plan_id', p.id, 'plan_seq', p.seq,
            'components', jsonb_set(like_it.components, '{{0,tiers,0,unit_price}}',
                to_jsonb((2 + p.seq * 7919 %% 10007 / 2000.0)::numeric(9, 4)::text)))) AS copy
    WHERE like_it.id = %(version)s AND p.code LIKE 'bench-%%'
"""
LISTINGS = """
    SELECT {columns} FROM pricing_rateplan p, catalog_listing like_it,
        jsonb_populate_record(like_it, jsonb_build_object(
            'id', md5('listing' || p.id)::uuid, 'seq', nextval('catalog_listing_seq'),
            'plan_version_id', md5('version' || p.id)::uuid,
            'resource_id', md5('resource' || p.id)::uuid)) AS copy
    WHERE like_it.id = %(like)s AND p.code LIKE 'bench-%%'
"""
BOOKS = """
    SELECT {columns} FROM generate_series(1, %(copies)s) AS n,
        catalog_book like_it, jsonb_populate_record(like_it, jsonb_build_object(
            'id', like_it.id + 1000 + n, 'hub', 'B' || n)) AS copy
    WHERE like_it.id = %(book)s
"""
LISTINGS_OF_BOOKS = """
    SELECT {columns} FROM catalog_book b, catalog_listing like_it,
        jsonb_populate_record(like_it, jsonb_build_object(
            'id', md5('of book' || b.id)::uuid, 'seq', nextval('catalog_listing_seq'),
            'book_id', b.id, 'hub', b.hub,
            'resource_id', md5('resource of book' || b.id)::uuid)) AS copy
    WHERE like_it.id = %(like)s AND b.hub LIKE 'B%%'
"""
RESOURCES = """
    SELECT {columns} FROM catalog_listing l, identity_computeresource like_it,
        jsonb_populate_record(like_it, jsonb_build_object(
            'id', l.resource_id, 'serial', 'B' || lpad(l.seq::text, 7, '0'),
            'identifier', left(like_it.identifier, -9) || lpad(l.seq::text, 9, '0'))) AS copy
    WHERE like_it.id = %(resource)s AND NOT EXISTS
        (SELECT FROM identity_computeresource known WHERE known.id = l.resource_id)
"""


def copy(owner: Any, table: str, rows: str, values: dict[str, Any]) -> None:
    """Write copies of a row that differ in what `rows` says."""
    found = owner.execute(
        "SELECT quote_ident(column_name) FROM information_schema.columns"
        " WHERE table_name = %s AND is_generated = 'NEVER'",
        [table],
    ).fetchall()
    names = [name for (name,) in found]
    chosen = rows.format(columns=", ".join(f"copy.{name}" for name in names))
    owner.execute(
        f"INSERT INTO {table} ({', '.join(names)}) OVERRIDING SYSTEM VALUE {chosen}", values
    )


def copy_plans(owner: Any, like: Any) -> None:
    """Fill the book of a listing with copies of it, each under a plan of its own."""
    plan = owner.execute(
        "SELECT plan_id FROM pricing_rateplanversion WHERE id = %s", [like.plan_version_id]
    ).fetchone()[0]
    values = {"copies": MANY_PLANS - 1, "like": like.pk, "plan": plan}
    values |= {"version": like.plan_version_id, "resource": like.resource_id}
    copy(owner, "pricing_rateplan", PLANS, values)
    copy(owner, "pricing_rateplanversion", VERSIONS, values)
    copy(owner, "catalog_listing", LISTINGS, values)
    copy(owner, "identity_computeresource", RESOURCES, values)


def copy_books(owner: Any, like: Any) -> None:
    """Make many books that hold one listing each."""
    values = {"copies": MANY_BOOKS, "like": like.pk, "book": like.book_id}
    values["resource"] = like.resource_id
    copy(owner, "catalog_book", BOOKS, values)
    copy(owner, "catalog_listing", LISTINGS_OF_BOOKS, values)
    copy(owner, "identity_computeresource", RESOURCES, values)


def analyse() -> None:
    """Tell the planner what is there: the state that a market reaches by itself in a while."""
    from tests import databases

    with databases.admin(environment.DATABASE) as owner:
        owner.execute("VACUUM ANALYZE")


def bare() -> float:
    """Do what no clearing can do without: one UPDATE and one INSERT of 500 rows a commit."""
    from django.db import connection, transaction

    batches = [[uuid4() for _ in range(SET)] for _ in range(4)]
    with connection.cursor() as cursor:
        for ids in batches:
            cursor.execute("INSERT INTO bench_row SELECT unnest(%s::uuid[]), 'PLACED', NULL", [ids])
    started = time.perf_counter()
    for ids in batches:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE bench_row SET state = 'CLEARED', payload = '[]' WHERE id = ANY(%s)", [ids]
            )
            cursor.execute(
                "INSERT INTO bench_line SELECT unnest(%s::uuid[]), unnest(%s::uuid[]), 1",
                [[uuid4() for _ in ids], ids],
            )
    return len(batches) * SET / (time.perf_counter() - started)


def measured(name: str, unit: str, run: Callable[[int], float]) -> Case:
    """Run a case beside the reference, in turns; the first turn of both warms up."""
    ours, theirs = [], []
    for number in range(RUNS + 1):
        ours.append(run(number))
        theirs.append(bare())
    case = Case(name, unit, ours[1:], {BARE: median(theirs[1:])})
    beside = f"{median(ours[1:]) / median(theirs[1:]):.4f} of {median(theirs[1:]):,.0f}"
    load = os.getloadavg()[0]
    sys.stderr.write(f"{name}: {median(ours[1:]):,.0f} {unit}; {beside}; load {load:.1f}\n")
    return case


def place_cases(market: dict[str, Any], buyer_id: Any) -> list[Case]:
    """Return how fast batches of orders are placed."""
    hot = market["hot"]
    cases = []
    for name, named in (("named", True), ("requirement", False)):
        if is_asked(f"place_batch_{name}"):
            run = lambda turn, named=named: rounds.place(  # noqa: E731 - one line says it
                buyer_id, rounds.wishes(hot, count=SET, turn=turn, named=named)
            )
            cases.append(measured(f"place_batch_{name}", RATE, run))
            rounds.clear([hot.book_id], orders=(RUNS + 1) * SET)
    return cases


def clear_cases(market: dict[str, Any], buyer_id: Any) -> list[Case]:
    """Return how fast one book, one with very many plans, and many books clear."""
    cases = []
    for name, listing in (("hot_book", market["hot"]), ("10000_plans", market["wide"])):
        if is_asked(f"clear_{name}"):

            def run(turn: int, listing: Any = listing) -> float:
                rounds.place(buyer_id, rounds.wishes(listing, turn=turn))
                rounds.place(buyer_id, rounds.wishes(listing, turn=turn + 8))
                return rounds.clear([listing.book_id], orders=2 * rounds.ORDERS)

            cases.append(measured(f"clear_{name}_durable", RATE, run))
    if is_asked("clear_100_books"):

        def run_all(turn: int) -> float:
            for listing in market["books"]:
                rounds.place(buyer_id, rounds.wishes(listing, count=50, turn=turn))
            ids = [each.book_id for each in market["books"]]
            return rounds.clear(ids, orders=50 * MANY_BOOKS)

        cases.append(measured("clear_100_books_durable", RATE, run_all))
    return cases


def allocation_cases(targets: Sequence[Any]) -> list[Case]:
    """Return how fast capacity is set aside, beside an UPDATE that counts one number down."""
    cases = []
    for place, batch in enumerate(ALLOCATIONS):
        if is_asked(f"allocate_batch_{batch}"):
            ours, hand = [], []
            for number in range(RUNS):
                ours.append(allocate(targets, batch, place * RUNS + number))
                hand.append(count_down(targets, batch))
            cases.append(Case(f"allocate_batch_{batch}", RATE, ours, {HAND: median(hand)}))
    return cases


def allocate(targets: Sequence[Any], batch: int, number: int) -> float:
    """Set capacity aside for one batch after the other; return orders a second."""
    from django.db import transaction

    from common.period import Period
    from marketplace.catalog import services
    from marketplace.catalog.contracts import AllocationRequest

    turns = ALLOCATIONS[batch]

    def period(turn: int, order: int) -> Any:
        days = timedelta(days=1 + number * 3_000 + turn, hours=order % 8)
        return Period(rounds.NOW + days, rounds.NOW + days + timedelta(hours=2))

    batches = [
        [
            AllocationRequest(uuid4(), targets[order % len(targets)], period(turn, order), 1000)
            for order in range(batch)
        ]
        for turn in range(turns)
    ]
    started = time.perf_counter()
    for requests in batches:
        with transaction.atomic():
            result = services.allocate(requests=requests, at=rounds.NOW)
        if result.refused:
            message = f"{len(result.refused)} orders were refused"
            raise RuntimeError(message)
    return turns * batch / (time.perf_counter() - started)


def count_down(targets: Sequence[Any], batch: int) -> float:
    """Do the least that any seller must: one number goes down. Return orders a second."""
    from django.db import connection, transaction

    turns = ALLOCATIONS[batch]
    keys = [targets[order % len(targets)] for order in range(batch)]
    started = time.perf_counter()
    for _ in range(turns):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE bench_stock s SET free = free - taken FROM"
                " (SELECT id, count(*) * 1000 AS taken FROM unnest(%s::uuid[]) AS id GROUP BY id) t"
                " WHERE s.listing_id = t.id AND free >= taken",
                [keys],
            )
    return turns * batch / (time.perf_counter() - started)


def run() -> dict[str, Any]:
    """Return the benchmark's result."""
    from tests.orders import cast

    market = prepare()
    analyse()
    buyer = cast.buyer(str(Decimal(90_000_000)))
    # The first rounds fill tables that were empty when they were analysed.
    rounds.place(buyer.pk, rounds.wishes(market["hot"], turn=20))
    rounds.clear([market["hot"].book_id], orders=rounds.ORDERS)
    analyse()
    cases = [*place_cases(market, buyer.pk), *clear_cases(market, buyer.pk)]
    cases += allocation_cases(market["targets"])
    if is_asked("place_one_http") or is_asked("place_to_cleared"):
        cases += arriving.cases(market["hot"], buyer, is_asked)
    cases += calls.cases(is_asked)
    return report("clearing", cases)


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
