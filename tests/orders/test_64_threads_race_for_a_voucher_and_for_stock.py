"""
Real threads on PostgreSQL.

A book's lock lets one worker clear it; below it stand the floor of every ledger account and the
count of every listing. The races without the book's lock show that each of the lower walls holds
alone, and the last one, with the floor taken out, that the race is real.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connections

from common import tenancy
from marketplace.catalog.models import Allocation
from marketplace.orders import locks, selectors, services
from marketplace.orders.contracts import OrderState, RefusalCode
from marketplace.orders.models import ClearingRound, Order
from marketplace.orders.services import trying
from tests import databases, environment
from tests.catalog.supply import listed
from tests.orders import cast
from tests.orders.cast import buyer, clear, place, programme, voucher, wish
from tests.vouchers.cast import rate

THREADS = 64
ONE_CARD_HOUR = 1008


def at_once(work):
    """Run the work in every thread at the same moment."""
    start = threading.Barrier(THREADS)

    def run(_number):
        try:
            start.wait(timeout=30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def drain(listing):
    """Clear a book as its task does, until nothing is left or another worker has it."""
    while clear(listing).is_full:
        continue


def without_the_lock(monkeypatch):
    """Let every worker in, and let all of them read before any of them writes."""
    everyone_has_read = threading.Barrier(THREADS)
    read = selectors.snapshot

    def snapshot(**facts):
        found = read(**facts)
        with suppress(threading.BrokenBarrierError):
            everyone_has_read.wait(timeout=20)
        return found

    monkeypatch.setattr(locks, "try_book", lambda _book_id: True)
    monkeypatch.setattr(locks, "voucher_payers", lambda _buyer_ids: None)
    monkeypatch.setattr(selectors, "snapshot", snapshot)
    # Where all clear at once, a try that has not ended is no sign of a worker that died.
    monkeypatch.setattr(trying, "_note", lambda *_try, **_facts: None)


def states():
    with tenancy.acting_as_platform():
        return [
            (order.state, order.refusal_code, order.voucher_minor) for order in Order.objects.all()
        ]


def count(found, state, code=""):
    return sum(1 for each in found if each[:2] == (state, code))


def late_refusals():
    with tenancy.acting_as_platform():
        return sum(len(each.late_refusals) for each in ClearingRound.objects.all())


def sold(listing):
    with tenancy.acting_as_platform():
        return Allocation.objects.filter(listing=listing, state="HELD").count()


@pytest.mark.parametrize("stock", [1, 7, 100])
def test_one_book_sells_what_it_has_and_each_order_once(fresh_database, django_db_blocker, stock):
    with django_db_blocker.unblock():
        listing = listed(cards=stock)
        haichao = buyer("100000")
        for _number in range(THREADS):
            place(haichao, wish(listing))

        at_once(lambda: drain(listing))
        drain(listing)  # What came while a worker was leaving.

        expected = min(stock, THREADS)
        assert count(states(), OrderState.CLEARED) == expected
        assert sold(listing) == expected
        assert late_refusals() == 0
        paid = expected * ONE_CARD_HOUR
        assert cast.cash(haichao) == (10_000_000, 10_000_000 - paid)


def test_without_the_books_lock_stock_is_still_sold_once(
    fresh_database, django_db_blocker, monkeypatch
):
    with django_db_blocker.unblock():
        listing = listed(cards=5)
        haichao = buyer("100000")
        for _number in range(THREADS):
            place(haichao, wish(listing))
        without_the_lock(monkeypatch)

        at_once(lambda: clear(listing, limit=1))

        found = states()
        assert late_refusals() == THREADS - 5, "the race did not happen"
        assert count(found, OrderState.CLEARED) == 5
        assert count(found, OrderState.REJECTED, RefusalCode.CAPACITY_EXHAUSTED) == THREADS - 5
        assert sold(listing) == 5
        assert cast.cash(haichao)[1] == 10_000_000 - 5 * ONE_CARD_HOUR


def race_for_a_voucher(monkeypatch):
    """Let 64 orders each want all that one voucher holds: ten card-hours' worth of ten orders."""
    listing = listed(cards=100)
    haichao = buyer("0")
    card = voucher(haichao, "100.80", programme(rates=[rate("1.00")]))
    for _number in range(THREADS):
        place(haichao, wish(listing, voucher_ids=(card.pk,)))
    without_the_lock(monkeypatch)

    at_once(lambda: clear(listing, limit=1))

    return card, listing


def test_without_the_books_lock_a_voucher_is_still_spent_once(
    fresh_database, django_db_blocker, monkeypatch
):
    with django_db_blocker.unblock():
        card, listing = race_for_a_voucher(monkeypatch)

        found = states()
        assert count(found, OrderState.CLEARED) == 10
        assert count(found, OrderState.REJECTED, RefusalCode.VOUCHER_REFUSED) == THREADS - 10
        assert cast.left(card) == (10_080, 0)
        assert sold(listing) == 10
        assert late_refusals() == THREADS - 10


def test_without_the_floor_the_voucher_is_overspent(fresh_database, django_db_blocker, monkeypatch):
    with django_db_blocker.unblock():
        take_the_floor_out = """
            CREATE OR REPLACE FUNCTION ledger_short(rule text, account bigint) RETURNS bigint
            LANGUAGE sql RETURN 1
        """
        with databases.admin(environment.DATABASE) as superuser:
            superuser.execute(take_the_floor_out)

        card, _listing = race_for_a_voucher(monkeypatch)

        assert count(states(), OrderState.CLEARED) == THREADS
        assert cast.left(card) == (10_080, 10_080 - THREADS * ONE_CARD_HOUR)


def test_an_order_is_cleared_or_cancelled_never_both(fresh_database, django_db_blocker):
    with django_db_blocker.unblock():
        listing = listed(cards=100)
        haichao = buyer("100000")
        orders = [place(haichao, wish(listing)) for _number in range(THREADS // 2)]
        todo = [order.pk for order in orders]

        def work():
            clear(listing, limit=3)
            with suppress(IndexError):
                services.cancel_order(order_id=todo.pop(), buyer_id=haichao.pk, now=cast.NOW)

        at_once(work)
        drain(listing)

        found = states()
        assert count(found, OrderState.CANCELLED) == THREADS // 2
        assert sold(listing) == 0
        assert cast.cash(haichao) == (10_000_000, 10_000_000)
