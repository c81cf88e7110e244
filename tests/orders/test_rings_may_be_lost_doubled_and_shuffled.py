import random

import pytest
import time_machine
from celery import current_app
from django.db import transaction

from common import tenancy
from config import bells
from marketplace.orders import services, tasks
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import ClearingRound, Order
from tests.catalog.supply import listed
from tests.orders import cast
from tests.orders.cast import NOW, buyer, place, seen, wish
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db
REGIONS = ["640500", "621000", "520100"]  # three places, three books


@pytest.fixture
def rings(monkeypatch):
    """Catch what is sent to the broker."""
    sent = []

    def send(name, kwargs=None, **_options):
        if not name.startswith("config.pulse."):  # Web processes try the doorbell now and then.
            sent.append((name, kwargs or {}))

    monkeypatch.setattr(current_app._get_current_object(), "send_task", send)
    return sent


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def test_placing_rings_once_committed_and_once_a_book(rings, django_capture_on_commit_callbacks):
    listing = listed()

    with django_capture_on_commit_callbacks(execute=True):
        place(buyer(), wish(listing))

    assert rings == [(*bells.BELLS["orders.waiting"], {"book_id": listing.book_id})]


def test_an_order_that_was_rolled_back_rings_nobody(rings, django_capture_on_commit_callbacks):
    listing = listed()
    haichao = buyer()

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        place(haichao, wish(listing))
        transaction.set_rollback(True)

    assert rings == []


def test_a_broker_that_is_away_loses_a_ring_and_no_order(
    monkeypatch, django_capture_on_commit_callbacks, caplog
):
    def refuse(*_names, **_options):
        message = "the broker is away"
        raise ConnectionError(message)

    monkeypatch.setattr(current_app._get_current_object(), "send_task", refuse)
    listing = listed()

    with django_capture_on_commit_callbacks(execute=True):
        order = place(buyer("100"), wish(listing))

    assert "common.ring.lost" in caplog.text
    assert cast.seen(order).state == OrderState.PLACED


def test_the_sweeper_rings_again_for_every_book_that_waits(
    rings, django_capture_on_commit_callbacks
):
    listings = [listed(region=region) for region in REGIONS]
    haichao = buyer()
    for listing in listings:
        place(haichao, wish(listing))
        place(haichao, wish(listing))

    with django_capture_on_commit_callbacks(execute=True):
        tasks.ring_overdue_books()

    (clear_book,) = bells.BELLS["orders.waiting"]
    assert {name for name, _names in rings} == {clear_book}
    books = sorted(names["book_id"] for _name, names in rings)
    assert books == sorted(listing.book_id for listing in listings)


@pytest.mark.parametrize("seed", range(3))
def test_deliveries_in_any_order_and_number_clear_each_order_once(seed):
    listings = [listed(region=region, cards=3) for region in REGIONS]
    haichao = buyer("1000")
    for listing in listings:
        for _number in range(4):
            place(haichao, wish(listing))
    deliveries = [listing.book_id for listing in listings] * 3
    random.Random(seed).shuffle(deliveries)  # noqa: S311 - a repeatable shuffle, no secret

    for book_id in deliveries:
        tasks.clear_book(book_id=book_id, a_newer_argument=True)

    with tenancy.acting_as_platform():
        states = list(Order.objects.values_list("state", flat=True))
        assert states.count(OrderState.CLEARED) == 9
        assert states.count(OrderState.REJECTED) == 3
        assert ClearingRound.objects.count() == 3
    assert cast.cash(haichao) == (yuan("1000"), yuan("1000") - 9 * 1008)


def test_one_delivery_drains_more_than_one_batch(settings):
    settings.ORDERS_CLEARING_BATCH_MAX = 2
    listing = listed()
    haichao = buyer("1000")
    for _number in range(5):
        place(haichao, wish(listing))

    tasks.clear_book(book_id=listing.book_id)

    with tenancy.acting_as_platform():
        assert list(
            ClearingRound.objects.order_by("number").values_list("order_count", flat=True)
        ) == [
            2,
            2,
            1,
        ]


def test_what_is_placed_while_a_round_runs_is_cleared_by_who_runs_it(monkeypatch):
    listing, haichao = listed(), buyer("1000")
    first, late = place(haichao, wish(listing)), []
    clear_book = services.clear_book

    def clear_and_place(**asked):
        done = clear_book(**asked)
        if not late:  # Its ring finds the book locked, and leaves.
            late.append(place(haichao, wish(listing)))
        return done

    monkeypatch.setattr(services, "clear_book", clear_and_place)
    tasks.clear_book(book_id=listing.book_id)

    assert {seen(each).state for each in (first, *late)} == {OrderState.CLEARED}


def test_a_round_waits_a_moment_for_company_and_a_full_one_does_not(monkeypatch, settings):
    waited = []
    monkeypatch.setattr(tasks.time, "sleep", waited.append)
    settings.ORDERS_CLEARING_WINDOW_MS = 40
    listing, haichao = listed(), buyer("1000")

    tasks.clear_book(book_id=listing.book_id)
    assert waited == [], "nothing is due"
    place(haichao, wish(listing))
    tasks.clear_book(book_id=listing.book_id)
    assert waited == [0.04]
    settings.ORDERS_CLEARING_BATCH_MAX = 1
    place(haichao, wish(listing))
    tasks.clear_book(book_id=listing.book_id)
    assert waited == [0.04]
