"""What goes wrong with one order or one listing stays with it: the book goes on clearing."""

from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from common import tenancy
from ledger import selectors as ledger
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import ListingNeedsReview, ListingState
from marketplace.catalog.models import Listing
from marketplace.orders import selectors, services
from marketplace.orders.contracts import OrderReviewCode, OrderState
from marketplace.orders.models import ClearingTry
from marketplace.orders.selectors import snapshots
from marketplace.orders.services import holding, recording
from tests.catalog.supply import listed
from tests.orders import cast
from tests.orders.cast import NOW, buyer, clear, needs, place, seen, wish

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class BreachError(Exception):
    """An expectation of a rule is broken."""


def raising(module, name, monkeypatch, *, hits, error=BreachError):
    """Let a function of the product fail when it meets what `hits`."""
    done = getattr(module, name)

    def fail_or_do(*args, **facts):
        if hits(*args, **facts):
            raise error
        return done(*args, **facts)

    monkeypatch.setattr(module, name, fail_or_do)


def reading(order, monkeypatch, **facts):
    raising(snapshots, "_demand", monkeypatch, hits=lambda each: each.pk == order.pk, **facts)


@pytest.fixture
def shop():
    return listed(cards=200)


@pytest.fixture
def haichao():
    return buyer("100000")


@pytest.mark.parametrize("place_in_line", [0, 3, 6])
def test_an_order_that_fails_is_set_aside_and_the_others_clear(
    shop, haichao, monkeypatch, place_in_line
):
    orders = [place(haichao, wish(shop), NOW + n * MINUTE / 60) for n in range(7)]
    poisoned = orders[place_in_line]
    reading(poisoned, monkeypatch)

    done = clear(shop, at=NOW + MINUTE)

    assert (done.cleared, done.rejected, done.set_aside) == (6, 0, 1)
    waiting = seen(poisoned)
    assert waiting.state == OrderState.PLACED
    assert (waiting.review_code, waiting.review_detail) == ("clearing_failed", "BreachError")
    assert waiting.review_since == NOW + MINUTE
    others = [seen(order) for order in orders if order.pk != poisoned.pk]
    assert {order.state for order in others} == {OrderState.CLEARED}
    assert {order.gross_minor for order in others} == {1008}
    # It is due no more, and costs the next rounds nothing.
    with tenancy.acting_as_platform():
        assert selectors.books_waiting(now=NOW + MINUTE, limit=9) == []
    assert clear(shop, at=NOW + MINUTE) == type(done)()


def test_rounds_of_the_parts_are_computed_again_like_others(shop, haichao, monkeypatch):
    orders = [place(haichao, wish(shop), NOW + n * MINUTE / 60) for n in range(5)]
    reading(orders[2], monkeypatch)

    clear(shop, at=NOW + MINUTE)

    with tenancy.acting_as_platform():
        numbers = {seen(order).round.number for order in orders if order != orders[2]}
        assert all(selectors.replay(number=number).is_right for number in numbers)


def test_several_poisoned_orders_are_found_in_one_run(shop, haichao, monkeypatch):
    orders = [place(haichao, wish(shop), NOW + n * MINUTE / 60) for n in range(12)]
    bad = {order.pk for order in orders[::4]}
    raising(snapshots, "_demand", monkeypatch, hits=lambda each: each.pk in bad)

    done = clear(shop, at=NOW + MINUTE)

    assert (done.cleared, done.set_aside) == (9, 3)


@pytest.mark.parametrize(
    ("module", "name"), [(holding, "plan"), (recording, "_cleared_rows")], ids=["hold", "record"]
)
def test_what_fails_after_the_rule_is_found_too(shop, haichao, monkeypatch, module, name):
    sound, poisoned = (place(haichao, wish(shop)) for _ in range(2))

    def hits(done, *_args, **_facts):
        fills = done if module is holding else [each.fill for each in done.holds]
        return poisoned.pk in {fill.order_id for fill in fills}

    raising(module, name, monkeypatch, hits=hits)

    done = clear(shop)

    assert (done.cleared, done.set_aside) == (1, 1)
    assert seen(sound).state == OrderState.CLEARED
    assert cast.held_capacity(poisoned.pk) == 0
    with tenancy.acting_as_platform():
        assert ledger.transfers(group=poisoned.pk) == []


def test_an_order_alone_is_tried_three_times_because_the_fault_may_be_the_markets(
    shop, haichao, monkeypatch
):
    order = place(haichao, wish(shop))
    reading(order, monkeypatch)

    for _try in range(2):
        with pytest.raises(BreachError):
            clear(shop)
        assert not seen(order).needs_review

    assert clear(shop).set_aside == 1
    assert seen(order).review_code == OrderReviewCode.CLEARING_FAILED


def test_a_fault_of_the_surroundings_is_no_orders(shop, haichao, monkeypatch):
    order = place(haichao, wish(shop))
    with monkeypatch.context() as patch:
        reading(order, patch, error=OperationalError)
        with pytest.raises(OperationalError):
            clear(shop)

    assert not seen(order).needs_review
    assert clear(shop).cleared == 1


def test_an_order_that_waits_for_a_check_can_be_tried_again(shop, haichao, monkeypatch):
    order, _other = (place(haichao, wish(shop)) for _ in range(2))
    with monkeypatch.context() as patch:
        reading(order, patch)
        clear(shop)

    services.retry_order(order_id=order.pk)

    assert not seen(order).needs_review
    assert clear(shop).cleared == 1
    assert seen(order).state == OrderState.CLEARED


def test_its_buyer_may_cancel_it(shop, haichao, monkeypatch):
    order, _other = (place(haichao, wish(shop)) for _ in range(2))
    reading(order, monkeypatch)
    clear(shop)

    with tenancy.acting_as(haichao.pk):
        services.cancel_order(order_id=order.pk, buyer_id=haichao.pk, now=NOW)

    assert seen(order).state == OrderState.CANCELLED


def unreadable(listing, monkeypatch):
    """Let the plan of a listing be one that no rule can read."""
    raising(
        snapshots,
        "_first_name",
        monkeypatch,
        hits=lambda chip: chip == listing.chip,
    )


def test_a_listing_that_no_round_can_read_leaves_the_market_and_the_orders_clear(
    haichao, monkeypatch
):
    poisoned, sound = listed(chip="A100", price="1"), listed(chip="H100", price="9")
    orders = [place(haichao, needs(hub=sound.hub)) for _ in range(5)]
    unreadable(poisoned, monkeypatch)

    done = clear(sound)

    assert (done.cleared, done.set_aside) == (5, 0)
    assert {seen(order).listing_id for order in orders} == {sound.pk}
    with tenancy.acting_as_platform():
        listing = Listing.objects.get(pk=poisoned.pk)
    assert (listing.state, listing.review_code) == (ListingState.PAUSED, "clearing_failed")
    with tenancy.acting_as(poisoned.provider_id), pytest.raises(ListingNeedsReview):
        catalog.resume_listing(listing_id=poisoned.pk, provider_id=poisoned.provider_id, now=NOW)

    catalog.retry_listing(listing_id=poisoned.pk)

    with tenancy.acting_as_platform():
        assert Listing.objects.get(pk=poisoned.pk).state == ListingState.OPEN


def test_a_listing_that_fails_only_when_it_is_sold_is_set_aside_and_not_its_orders(
    haichao, monkeypatch
):
    poisoned, sound = listed(chip="A100", price="1"), listed(chip="H100", price="9")
    orders = [place(haichao, needs(hub=sound.hub)) for _ in range(5)]
    raising(
        holding,
        "plan",
        monkeypatch,
        hits=lambda fills, **_facts: poisoned.pk in {fill.listing_id for fill in fills},
    )

    done = clear(sound)

    assert (done.cleared, done.set_aside) == (5, 0)
    assert {seen(order).listing_id for order in orders} == {sound.pk}
    with tenancy.acting_as_platform():
        assert Listing.objects.get(pk=poisoned.pk).review_code == "clearing_failed"


class KilledError(BaseException):
    """The worker is gone; nobody catches it."""


def test_an_order_with_which_workers_die_is_set_aside_and_the_others_clear(
    shop, haichao, monkeypatch
):
    orders = [place(haichao, wish(shop), NOW + n * MINUTE / 60) for n in range(16)]
    poisoned = orders[5]
    reading(poisoned, monkeypatch, error=KilledError)

    deaths = 0
    for _ring in range(40):
        try:
            while clear(shop, at=NOW + MINUTE).is_full:
                continue
        except KilledError:
            deaths += 1

    assert deaths <= 8
    assert seen(poisoned).review_code == OrderReviewCode.WORKER_DIED
    states = {seen(order).state for order in orders if order.pk != poisoned.pk}
    assert states == {OrderState.CLEARED}
    with tenancy.acting_as_platform():
        assert not ClearingTry.objects.exists()


UNSOUND = {
    "lines that are no list": ("lines", "'{}'"),
    "no line": ("lines", "'[]'"),
    "a line without an amount": ("lines", """'[{"unit": "unit_hour"}]'"""),
    "an amount with a fraction": (
        "lines",
        "jsonb_set(lines, '{0,amount_minor}', '10.5')",
    ),
    "an amount as text": ("lines", """jsonb_set(lines, '{0,amount_minor}', '"1008"')"""),
    "a negative amount": ("lines", "jsonb_set(lines, '{0,amount_minor}', '-1008')"),
    "another sum": ("lines", "jsonb_set(lines, '{0,amount_minor}', '1007')"),
    "a unit that nobody knows": ("lines", """jsonb_set(lines, '{0,unit}', '"token"')"""),
    "a quantity that is none": ("lines", """jsonb_set(lines, '{0,quantity}', '"NaN"')"""),
    "chips that are no list": ("chips", """'"H100"'"""),
    "a chip that is a number": ("chips", "'[100]'"),
    "a chip without a name": ("chips", """'[""]'"""),
    "too many chips": ("chips", "(SELECT jsonb_agg(n::text) FROM generate_series(1, 17) AS n)"),
    "a long chip": ("chips", "jsonb_build_array(repeat('x', 61))"),
    "vouchers that are null": ("voucher_ids", "'null'"),
    "a voucher that is no id": ("voucher_ids", """'["V-1"]'"""),
    "units beyond all measure": ("units_milli", "1000000001"),
    "ten years": ("ends_at", "starts_at + interval '10 years'"),
    "a price below nothing": ("gross_minor", "-1"),
    "no price of a named listing": ("lines", "NULL"),
}


@pytest.mark.parametrize(("column", "value"), UNSOUND.values(), ids=UNSOUND)
def test_an_order_that_breaks_an_expectation_cannot_be_written(shop, haichao, column, value):
    order = place(haichao, wish(shop))
    with pytest.raises(IntegrityError) as refused:
        copied(order, {"number": "'O-1'", "key": "'other'", column: value})

    # A trigger that looks at the promised price may be quicker than the CHECK.
    assert refused.value.__cause__.diag.constraint_name.startswith("order_")


@pytest.mark.parametrize(
    "value", [value for column, value in UNSOUND.values() if column == "lines"][:9]
)
def test_unsound_lines_cannot_be_written_when_an_order_clears(shop, haichao, value):
    order = place(haichao, wish(shop))
    clear(shop, at=NOW + MINUTE)

    with (
        pytest.raises(IntegrityError) as refused,
        tenancy.acting_as_platform(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE orders_order SET lines = {value} WHERE id = %s", [order.pk])

    assert refused.value.__cause__.diag.constraint_name.startswith("order_")


def copied(row, changes):
    """Write a row again with other values of some columns, past every service."""
    fields = [field for field in row._meta.concrete_fields if not field.generated]
    names = [field.column for field in fields]
    values = {"id": "gen_random_uuid()"} | changes
    table = row._meta.db_table
    with tenancy.acting_as_platform(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)})"
            f" SELECT {', '.join(values.get(name, name) for name in names)}"
            f" FROM {table} WHERE id = %s",
            [row.pk],
        )


COMPONENTS = {
    "no list": "'{}'",
    "empty": "'[]'",
    "a price that is a number": """'[{"code": "a", "unit": "unit_hour",
        "tiers": [{"from": "0", "unit_price": 1.5}]}]'""",
    "a negative price": """'[{"code": "a", "unit": "unit_hour",
        "tiers": [{"from": "0", "unit_price": "-1"}]}]'""",
    "a price beyond the limit": """'[{"code": "a", "unit": "unit_hour",
        "tiers": [{"from": "0", "unit_price": "1000000.01"}]}]'""",
    "not a number": """'[{"code": "a", "unit": "unit_hour",
        "tiers": [{"from": "0", "unit_price": "NaN"}]}]'""",
    "tiers that fall": """'[{"code": "a", "unit": "unit_hour", "tiers": [
        {"from": "0", "unit_price": "1"}, {"from": "0", "unit_price": "2"}]}]'""",
    "a start that is not 0": """'[{"code": "a", "unit": "unit_hour",
        "tiers": [{"from": "1", "unit_price": "1"}]}]'""",
    "one code twice": """'[
        {"code": "a", "unit": "unit_hour", "tiers": [{"from": "0", "unit_price": "1"}]},
        {"code": "a", "unit": "unit_hour", "tiers": [{"from": "0", "unit_price": "1"}]}]'""",
    "an unknown unit": """'[{"code": "a", "unit": "card",
        "tiers": [{"from": "0", "unit_price": "1"}]}]'""",
    "no tiers": """'[{"code": "a", "unit": "unit_hour", "tiers": []}]'""",
}


@pytest.mark.parametrize("components", COMPONENTS.values(), ids=COMPONENTS)
def test_a_plan_version_that_rating_cannot_read_cannot_be_written(shop, components):
    later = {
        "version": "2",
        "published_at": "now()",
        "starts_at": "now() + interval '9 years'",
    }

    # What is no list at all stops the comparison with the former prices already.
    refusals = "rate_plan_version_components_are_sound|cannot extract elements"
    with pytest.raises((IntegrityError, DataError), match=refusals):
        copied(shop.plan_version, later | {"components": components})


# --- What is nobody's fault, and the ways out ----------------------------------------------------
def test_locks_that_others_hold_for_long_put_no_order_under_suspicion(shop, haichao, monkeypatch):
    order = place(haichao, wish(shop))

    def busy(*_args, **_facts):
        raise OperationalError("canceling statement due to lock timeout") from LockNotAvailable()

    with monkeypatch.context() as patch:
        patch.setattr(holding, "post", busy)
        for _ring in range(9):
            with pytest.raises(OperationalError):
                clear(shop)

    assert clear(shop).cleared == 1
    assert seen(order).review_code == ""


@pytest.mark.parametrize("after", [-MINUTE, timedelta(days=400)], ids=["before", "long after"])
def test_a_buyer_may_cancel_what_was_set_aside_and_nobody_waits_for_it_any_more(
    shop, haichao, monkeypatch, after
):
    poisoned, sound = (place(haichao, wish(shop)) for _ in range(2))
    reading(poisoned, monkeypatch)
    clear(shop)
    at = cast.START + after
    page = selectors.is_cancellable(seen(poisoned), at=at), selectors.is_cancellable(sound, at=at)

    services.cancel_order(order_id=poisoned.pk, buyer_id=haichao.pk, now=at)

    assert page == (True, after < timedelta(0))
    with tenancy.acting_as_platform():
        assert seen(poisoned).state == OrderState.CANCELLED
        assert list(selectors.orders_for_review()) == []
