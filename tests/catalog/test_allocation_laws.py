from itertools import pairwise
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalog import rules
from marketplace.catalog.contracts import AllocationRequest, ListingState, ListingTerms
from marketplace.catalog.timeline import Slot, SlotChanges, Timeline
from tests.cast import NOW
from tests.catalog.supply import hours

LISTING = uuid4()
TERMS = ListingTerms(
    id=LISTING,
    seq=1,
    provider_id=uuid4(),
    resource_id=uuid4(),
    book_id=1,
    state=ListingState.OPEN,
    total_milli=10,
    available_from=NOW,
    available_until=None,
    plan_version_id=uuid4(),
    rule_version_id=uuid4(),
    standard_factor=None,
    accepts_vouchers=True,
)
orders = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 10), st.integers(1, 10)), max_size=30
)


def request(start: int, length: int, milli: int) -> AllocationRequest:
    return AllocationRequest(uuid4(), LISTING, hours(start, start + length), milli)


@given(asked=orders)
def test_at_no_moment_is_more_sold_than_there_is_and_nothing_that_fits_is_refused(asked):
    requests = [request(*order) for order in asked]

    result, _ = rules.allocate(requests, terms={LISTING: TERMS}, slots=[])

    sold = dict.fromkeys(range(31), 0)
    allocated = set(result.allocated)
    for (start, length, milli), made in zip(asked, requests, strict=True):
        window = range(start, start + length)
        fits = all(sold[hour] + milli <= TERMS.total_milli for hour in window)
        assert (made.order_id in allocated) == fits
        for hour in window if fits else ():
            sold[hour] += milli


@given(first=orders, second=orders)
def test_two_batches_sell_what_one_would(first, second):
    whole = [request(*order) for order in first + second]

    at_once, _ = rules.allocate(whole, terms={LISTING: TERMS}, slots=[])
    before, timelines = rules.allocate(whole[: len(first)], terms={LISTING: TERMS}, slots=[])
    stored = store(timelines, {})
    after, _ = rules.allocate(whole[len(first) :], terms={LISTING: TERMS}, slots=stored.values())

    assert before.allocated + after.allocated == at_once.allocated


@given(asked=orders)
def test_giving_everything_back_leaves_no_slot(asked):
    requests = [request(*order) for order in asked]
    result, timelines = rules.allocate(requests, terms={LISTING: TERMS}, slots=[])
    stored = store(timelines, {})

    given_back = [made for made in requests if made.order_id in set(result.allocated)]
    back = rules.timelines_for(given_back, terms={LISTING: TERMS}, slots=stored.values())
    for made in given_back:
        back[LISTING].give(made.period, made.milli)

    assert store(list(back.values()), stored) == {}


def store(timelines: list[Timeline], stored: dict[int, Slot]) -> dict[int, Slot]:
    """Do in memory what the database does with changes; rows must never overlap."""
    changes = SlotChanges()
    for timeline in timelines:
        timeline.changes(changes)
    rows = {key: slot for key, slot in stored.items() if key not in changes.removed}
    for key, ends_at, change in changes.kept:
        old = rows[key]
        rows[key] = Slot(key, LISTING, old.starts_at, ends_at, old.free_milli + change)
    for listing_id, _seq, starts_at, ends_at, _total, free in changes.made:
        rows[len(rows) + 10_000 + len(stored)] = Slot(
            len(rows) + 10_000 + len(stored), listing_id, starts_at, ends_at, free
        )
    in_order = sorted(rows.values(), key=lambda slot: slot.starts_at)
    assert all(a.ends_at <= b.starts_at for a, b in pairwise(in_order))
    return rows
