"""Caps that all holders of a programme share: what orders hold counts, to the fen, at once, too."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connections, transaction
from django.db.models import Sum

from common import tenancy
from marketplace.orders import services
from marketplace.orders.models import OrderCover
from marketplace.orders.selectors.caps import with_caps_left
from marketplace.orders.services import clearing
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.models import DishonestEntry
from tests.catalog.supply import listed
from tests.orders.cast import NOW, buyer, clear, place, programme, voucher, wish
from tests.vouchers.published import rules_2

NEXT_YEAR = NOW + timedelta(days=60)
BEFORE_IT_ENDS = 1.0  # seconds in which the other round would long be through
THIS = {"year": 2026, "quarter": None, "amount_minor": 100_00}
NEXT = {"year": 2027, "quarter": None, "amount_minor": 4_00}
BUDGETS = {
    "year": [THIS, NEXT],
    "quarter": [THIS, NEXT | {"amount_minor": 90_00}, NEXT | {"quarter": 1}],
}
WINDOW = {"opens": "2026-01-01T00:00:00+08:00", "closes": None, "cap_minor": 9_00}


def city(**changes):
    return programme("100000", **rules_2(publicity_days=0, rates=WHOLE, **changes))


WHOLE = [{"beneficiary": "ANY", "resource_class": "ANY", "chip_origin": "ANY", "share": "1"}]


def order_with(owner, listing, of):
    """Order for 3.02 yuan, which a voucher of last year pays as far as its programme allows."""
    card = voucher(owner, "3.02", of)
    start = NEXT_YEAR + timedelta(hours=1)
    return place(owner, wish(listing, start=start, voucher_ids=(card.pk,)), at=NEXT_YEAR)


def counted() -> int:
    with tenancy.acting_as_platform():
        return OrderCover.objects.aggregate(total=Sum("counted_minor"))["total"] or 0


@pytest.mark.django_db
@pytest.mark.parametrize("period", BUDGETS)
def test_orders_of_many_buyers_fill_a_budget_and_leave_it_when_cancelled(period):
    listing, of = listed(), city(budget=BUDGETS[period])
    owners = [buyer("100", name=name) for name in ("One", "Two", "Three")]
    orders = [order_with(each, listing, of) for each in owners]

    clear(listing, at=NEXT_YEAR)

    with tenancy.acting_as_platform():
        covers = list(OrderCover.objects.order_by("-amount_minor"))
        assert [each.amount_minor for each in covers] == [3_02, 98]
        assert covers[1].limited_by == "PROGRAMME_CAP"
        assert {each.quarter for each in covers} == {1}
        first = next(each for each in orders if each.pk == covers[0].order_id)
        services.cancel_order(order_id=first.pk, buyer_id=first.buyer_id, now=NEXT_YEAR)
    assert counted() == 98


@pytest.mark.django_db
def test_what_is_left_of_a_programme_and_a_window_is_known_to_the_fen():
    listing, haichao = listed(), buyer("100")
    of = city(limits={"programme_minor": 50_00}, windows=[WINDOW], budget=[THIS, NEXT])
    order_with(haichao, listing, of)
    clear(listing, at=NEXT_YEAR)

    with tenancy.acting_as_platform():
        card = voucher(haichao, "2", of)
        purses = vouchers_selectors.purses(holder_ids=[haichao.pk], at=NOW)
        purse = next(
            each
            for each in with_caps_left(purses, at=NOW)[haichao.pk]
            if each.number == card.number
        )

    assert (purse.programme_left_minor, purse.window_left_minor) == (50_00 - 3_02, 9_00 - 3_02)


def last_part_at_once() -> list[int]:
    """Let two buyers in two books race for the last 4 yuan of a budget; return the covers."""
    books = [listed(region="640500"), listed(region="520100")]
    of = city(budget=BUDGETS["year"])
    for listing, name in zip(books, ("One", "Two"), strict=True):
        order_with(buyer("100", name=name), listing, of)
    other = threading.Thread(target=clear_alone, args=(books[1],))
    with transaction.atomic():
        clear(books[0], at=NEXT_YEAR)
        other.start()
        other.join(timeout=BEFORE_IT_ENDS)
    other.join()
    with tenancy.acting_as_platform():
        return list(OrderCover.objects.order_by("amount_minor").values_list("amount_minor", flat=1))


def clear_alone(listing) -> None:
    try:
        clear(listing, at=NEXT_YEAR)
    finally:
        connections.close_all()


def test_two_orders_on_the_last_fen_of_a_budget_get_what_is_left(fresh_database, django_db_blocker):
    with django_db_blocker.unblock():
        assert last_part_at_once() == [98, 3_02]


def test_without_the_lock_of_the_caps_the_budget_is_broken(
    fresh_database, django_db_blocker, monkeypatch
):
    """The negative control: without its lock, the race of the test above happens."""
    monkeypatch.setattr(clearing.locks, "voucher_caps", lambda codes: None)
    with django_db_blocker.unblock():
        assert last_part_at_once() == [3_02, 3_02]


@pytest.mark.django_db
def test_a_programme_for_those_without_an_entry_pays_once_a_list_is_known():
    listing, haichao = listed(), buyer("100")
    of = city(beneficiaries={"clean_years": 3})
    card = voucher(haichao, "3.02", of)

    def paid() -> int:
        order = place(haichao, wish(listing, use_vouchers=True))
        clear(listing)
        with tenancy.acting_as_platform():
            return sum(OrderCover.objects.filter(order=order).values_list("amount_minor", flat=1))

    assert paid() == 0, "unknown is not yes"
    with tenancy.acting_as_platform():
        DishonestEntry.objects.create(
            uscc="91621000MA7B0X5R2N",
            listed_on=date(2020, 1, 1),
            source="court",
            reference="1",
            brought_at=NOW,
        )
    assert paid() == card.face_minor
