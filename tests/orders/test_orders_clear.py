from datetime import timedelta

import pytest

from common import tenancy
from marketplace.orders import frozen, rules
from marketplace.orders.contracts import OrderState, RefusalCode
from marketplace.orders.models import ClearingRound, OrderCover
from tests.catalog.supply import listed
from tests.orders import cast
from tests.orders.cast import buyer, clear, needs, place, programme, seen, voucher, wish
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db

# One H100 card-hour is 3.169872 standard hours; at 3.18 that is 10.08 (10.08019296 rounded).
CARD_HOUR = yuan("10.08")
LATER = cast.NOW + timedelta(minutes=1)


def test_cash_alone_pays_and_is_held():
    listing = listed()
    haichao = buyer("100")

    order = place(haichao, wish(listing))
    cleared = clear(listing)

    order = seen(order)
    assert (cleared.cleared, cleared.rejected, cleared.is_full) == (1, 0, False)
    assert order.state == OrderState.CLEARED
    assert (order.gross_minor, order.voucher_minor, order.cash_minor) == (CARD_HOUR, 0, CARD_HOUR)
    assert cast.cash(haichao) == (yuan("100"), yuan("100") - CARD_HOUR)
    assert cast.held_capacity(order.pk) == 1


def test_a_voucher_pays_its_rate_and_cash_the_rest():
    listing = listed()
    haichao = buyer("100")
    card = voucher(haichao, "50", programme())

    order = place(haichao, wish(listing, cards="2"))
    clear(listing)

    order = seen(order)
    assert (order.gross_minor, order.voucher_minor, order.cash_minor) == (2016, 605, 1411)
    assert cast.left(card) == (yuan("50"), yuan("50") - 605)
    assert cast.cash(haichao) == (yuan("100"), yuan("100") - 1411)
    with tenancy.acting_as_platform():
        cover = OrderCover.objects.get(order=order)
    assert (cover.amount_minor, cover.base_minor, cover.limited_by) == (605, 2016, "RATE")
    assert cast.told_of(order) == ["placed", "cleared"]
    assert cast.told_of(order, to=haichao.pk) == ["placed", "cleared"]
    # Whoever provides it is told of nothing before.
    assert cast.told_of(order, to=order.provider_id) == ["cleared"]


def test_without_funds_an_order_is_rejected_and_nothing_stays():
    listing = listed()
    haichao = buyer("10.07")

    order = place(haichao, wish(listing))
    cleared = clear(listing)

    order = seen(order)
    assert (cleared.cleared, cleared.rejected) == (0, 1)
    assert order.state == OrderState.REJECTED
    assert order.refusal_code == RefusalCode.INSUFFICIENT_FUNDS
    assert cast.cash(haichao) == (1007, 1007)
    assert cast.held_capacity(order.pk) == 0


def test_capacity_goes_to_who_came_first_and_the_next_is_told():
    listing = listed(cards=8)
    haichao = buyer("1000")

    first = place(haichao, wish(listing, cards="5"))
    second = place(haichao, wish(listing, cards="4"), at=cast.NOW + timedelta(seconds=1))
    third = place(haichao, wish(listing, cards="3"), at=cast.NOW + timedelta(seconds=2))
    clear(listing, at=cast.NOW + timedelta(seconds=3))

    assert [seen(order).state for order in (first, second, third)] == [
        OrderState.CLEARED,
        OrderState.REJECTED,
        OrderState.CLEARED,
    ]
    assert seen(second).refusal_code == RefusalCode.CAPACITY_EXHAUSTED


def test_a_voucher_that_is_insisted_on_cannot_pay_twice():
    listing = listed()
    haichao = buyer("1000")
    card = voucher(haichao, "3.02", programme())

    first = place(haichao, wish(listing, voucher_ids=(card.pk,)))
    second = place(haichao, wish(listing, voucher_ids=(card.pk,)), at=LATER)
    clear(listing, at=LATER)

    assert seen(first).state == OrderState.CLEARED
    assert seen(second).state == OrderState.REJECTED
    assert seen(second).refusal_code == RefusalCode.VOUCHER_REFUSED
    assert cast.left(card) == (302, 0)


def test_a_requirement_is_filled_by_the_cheapest_listing_with_room():
    dear = listed(cards=8, price="5.00")
    cheap = listed(cards=2, price="2.00")
    other = listed(cards=8, price="1.00", chip="A100")
    haichao = buyer("1000")

    orders = [place(haichao, needs("H100", hub=cheap.hub, cards="2")) for _ in range(2)]
    clear(cheap)

    assert {seen(order).listing_id for order in orders} == {cheap.pk, dear.pk}
    assert other.book_id == cheap.book_id


def test_a_requirement_that_nothing_meets_says_so():
    listing = listed()
    haichao = buyer("1000")

    order = place(haichao, needs("G3", hub=listing.hub))
    clear(listing)

    assert seen(order).refusal_code == RefusalCode.NO_ELIGIBLE_LISTING


def test_a_round_can_be_computed_again_from_what_it_stored():
    listing = listed()
    haichao = buyer("1000")
    voucher(haichao, "50", programme())
    for seconds, cards in enumerate(("1", "8", "2")):
        place(haichao, wish(listing, cards=cards), at=cast.NOW + timedelta(seconds=seconds))
    number = clear(listing, at=LATER).round_number

    with tenancy.acting_as_platform():
        stored = ClearingRound.objects.get(number=number)
    again = frozen.plain_snapshot(rules.clear(frozen.thawed_snapshot(stored.whole_snapshot)))

    assert frozen.hash_of(stored.whole_snapshot) == stored.input_hash
    assert again == stored.result
    assert frozen.hash_of(again) == stored.output_hash
    assert [lap["step"] for lap in stored.steps] == [
        "SNAPSHOT",
        "MATCH",
        "ALLOCATE",
        "HOLD",
        "RECORD",
    ]
    assert (stored.order_count, stored.cleared_count, stored.rejected_count) == (3, 2, 1)
