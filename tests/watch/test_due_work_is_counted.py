"""Each kind of due work: by one bounded statement, by an index, with the age of the oldest."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock, tenancy
from common import due as bounds
from config import due, sweepers
from marketplace.settlement import services as settlement
from tests.catalog.supply import listed
from tests.orders.cast import buyer, place, wish
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db
# Tables so small that any plan reads them whole, and that never grow with the market's days.
SMALL = {"settlement_chargingcursor", "ledger_checkpoint", "metering_energy_countingplace"}


def read(name: str, *, at=None) -> bounds.Due:
    (work,) = [work for work in due.WORK if work.name == name]
    with tenancy.acting_as_platform():
        return work.read(at or clock.read())


def test_every_sweeper_has_its_due_rows_or_says_why_not():
    assert {work.name for work in due.WORK} == due.SWEEPERS.keys()
    swept = {*due.SWEEPERS.values(), *due.WITHOUT_ROWS}

    assert swept == sweepers.SECONDS.keys()
    assert not set(due.SWEEPERS.values()) & due.WITHOUT_ROWS.keys()
    assert len({work.name for work in due.WORK}) == len(due.WORK)


@pytest.mark.parametrize("work", due.WORK, ids=lambda work: work.name)
def test_each_kind_is_read_by_indexes_and_bounded(work):
    with tenancy.acting_as_platform():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            work.read(clock.read())
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            for query in seen.captured_queries[1:]:
                cursor.execute("EXPLAIN (FORMAT JSON, COSTS OFF) " + query["sql"])
                (plan,) = cursor.fetchone()[0]
                assert list(_whole_tables(plan["Plan"])) == []
    statements = [it["sql"] for it in seen.captured_queries[1:]]
    assert len(statements) <= 2
    assert f"LIMIT {bounds.ROWS_MAX}" in statements[-1]


def _whole_tables(plan: dict):
    if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] not in SMALL:
        yield plan["Relation Name"]
    for inner in plan.get("Plans", []):
        yield from _whole_tables(inner)


def test_an_order_that_nobody_clears_grows_late():
    order = place(buyer("100"), wish(listed()))
    then = order.placed_at

    found = read("orders", at=then + timedelta(minutes=6))

    assert (found.rows, found.oldest_at) == (1, then)
    assert found.seconds(then + timedelta(minutes=6)) == 360
    (work,) = [work for work in due.WORK if work.name == "orders"]
    assert work.is_late(found, now=then + timedelta(minutes=6))
    assert not work.is_late(found, now=then + timedelta(minutes=4))
    assert found.seconds(then - timedelta(minutes=1)) == 0  # A clock that is behind.


def test_what_is_charged_and_settled_is_due_no_more(db):
    market = Market()
    order = market.order(hours=1)
    market.use(order, "1")
    later = order.ends_at + timedelta(days=2)
    assert read("windows", at=later).rows == 1
    market.charge()
    assert read("windows", at=later).rows == 0
    assert read("usage").rows == 0
    assert read("settlements", at=later).rows == 1

    settlement.settle_due(now=later)

    assert read("settlements", at=later).rows == 0


def test_the_sealer_is_as_far_behind_as_its_oldest_entry(db):
    assert read("seals").rows == 0
    buyer("100")

    behind = read("seals")
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*), min(recorded_at) FROM ledger_transfer")
        assert (behind.rows, behind.oldest_at) == cursor.fetchone()
