"""
What recording costs: clearing with and without it, and events by set beside a bare INSERT.

Rounds of 500 orders are cleared in turn with the record of events and, beside them, with recording
switched off, in orders a second. Sets of 500 events are recorded by the service (checked, with who
did it and whom they concern) and, beside it, inserted by hand into a table of the same columns with
no index but its key. Recording is also told in events a second: a market that clears 2,000 orders a
second records as many clearings, each in a row for the buyer and one for the provider.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any
from uuid import uuid4

from benchmarks import rounds
from benchmarks.report import Case, emit, report
from tests import environment  # sets the environment before Django reads it

RUNS = 5
SET = 500
SETS = 20
TARGET = 2_000  # cleared orders a second
WITHOUT, HAND = "without_recording", "hand_sql_insert"


def prepare() -> Any:
    """Return a listing that clears whatever is asked of it, in a fresh database."""
    from common import tenancy
    from tests import cast, databases
    from tests.catalog import supply

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    with tenancy.acting_as_platform():
        provider = cast.organization("Bench")
        listing = supply.listed(provider, chip="H100", cards=900_000)
    with databases.admin(environment.DATABASE) as owner:
        owner.execute(
            "CREATE TABLE bench_event"
            " (LIKE events_event INCLUDING DEFAULTS, PRIMARY KEY (id, place));"
            " GRANT INSERT ON bench_event TO suanpan_app"
        )
    return listing


@contextmanager
def switched_off() -> Iterator[None]:
    """Run a block in which nothing is recorded."""
    from identity.events import services as events

    kept = events.record
    events.record = lambda happened: [*happened] and None
    try:
        yield
    finally:
        events.record = kept


def events_a_second(concerned: list[Any]) -> float:
    """Record sets of events by the service; return events a second."""
    from django.db import transaction

    from identity.events import services as events
    from marketplace.orders.event_names import OrderEvent

    started = time.perf_counter()
    for _ in range(SETS):
        with transaction.atomic():
            events.record(
                events.Event(
                    name=OrderEvent.CLEARED,
                    object_kind="order",
                    object_id=uuid4(),
                    object_label="O-20261120-00001",
                    concerns=concerned,
                    facts={"round": "B-20261120-00001", "vouchers": 0, "gross_minor": 201_600},
                )
                for _ in range(SET)
            )
    return SETS * SET / (time.perf_counter() - started)


def hand_inserts_a_second(concerned: list[Any]) -> float:
    """Insert as many rows by hand, one statement a set; return events a second."""
    from django.db import connection, transaction

    started = time.perf_counter()
    for _ in range(SETS):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(INSERT, [SET, list(concerned)])
    return SETS * SET / (time.perf_counter() - started)


INSERT = """
    INSERT INTO bench_event (
        id, place, organization_id, name, object_kind, object_id, object_label, facts, happened_at,
        task, request_id)
    SELECT uuidv7(), place - 1, organization, 'orders.order.cleared', 'order',
           gen_random_uuid()::text, 'O-20261120-00001', '{"round": "B-20261120-00001"}', now(),
           '', ''
    FROM generate_series(1, %s), unnest(%s::uuid[]) WITH ORDINALITY AS c (organization, place)
"""


def main() -> None:
    """Measure in turns, so that what the machine does meanwhile meets both sides."""
    import django

    django.setup()
    listing = prepare()
    concerned = [listing.provider_id, uuid4()]
    cleared, cleared_bare, recorded, by_hand = [], [], [], []
    for run in range(RUNS + 1):
        one = rounds.orders_a_second(listing, 2 * run)
        with switched_off():
            other = rounds.orders_a_second(listing, 2 * run + 1)
        kept, bare = events_a_second(concerned), hand_inserts_a_second(concerned)
        if run:  # The first warms up.
            cleared.append(one)
            cleared_bare.append(other)
            recorded.append(kept)
            by_hand.append(bare)
    cases = [
        Case("clearing_recorded", "orders/s", cleared, {WITHOUT: median(cleared_bare)}),
        Case("record_sets_of_500", "events/s", recorded, {HAND: median(by_hand)}),
    ]
    emit(report("events", cases))
    sys.stderr.write(f"recording {TARGET:,} clearings takes {TARGET / median(recorded):.3f} s\n")


if __name__ == "__main__":
    main()
