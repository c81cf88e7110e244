"""While the sample market is shown, orders and readings come in, bounded and by services."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from common import clock, tenancy
from marketplace.baselines import selectors as baselines
from marketplace.baselines.models import ReferencePrice
from marketplace.catalog.models import Listing
from marketplace.demo import sample
from marketplace.demo.trickle import RUNNING_MAX, Trickle
from marketplace.orders import services as orders
from marketplace.orders.models import Order
from metering.models import Reading as StoredReading

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    at = clock.now()
    with tenancy.acting_as_platform():
        sample.load(now=at)
    return at


def live() -> list[Order]:
    with tenancy.acting_as_platform():
        return list(Order.objects.filter(key__startswith="live-").order_by("id"))


ASKED = {
    "CORE_HOURS": {"unit_hours": "1000", "hours": "168"},
    "GB_MONTHS": {"gb": "1000", "months": "1"},
    "SERVE": {"model": "qwen-72b", "requests": "10", "tokens_a_request": "300", "hours": "24"},
    "CARD_HOURS": {"unit_hours": "1000", "hours": "168"},
    "TRAIN": {"parameters": "7000000000", "tokens": "14000000000", "hours": "720"},
}


def shows_answers_to_strangers():
    """Each need that the sample has capacity for has an offer, and prices have a reference."""
    for need, figures in ASKED.items():
        found = Client().get("/api/v1/calculator/offers", {"need": need, **figures}).json()
        assert found["offers"], need
    shown = Client().get("/prices/reference/", headers={"accept-language": "en"}).text
    for told in ("¥3.40", "¥3.06", "¥4.76", "¥2.90", "23:00", "30%"):
        assert told in shown, told
    with tenancy.acting_as_platform():
        (said,) = ReferencePrice.objects.all()
        # What card-hours of the sample cost to make is below what they are listed at.
        costs = baselines.costs_in_force(at=said.valid_from).baselines
        cost = next(each for each in costs if each.unit == "NVIDIA A100 80GB SXM")
        assert cost.per_standard_hour <= said.floor + Decimal("0.05")
        asked = Listing.objects.filter(chip="NVIDIA A100 80GB SXM")
        assert all(said.low < each.price_per_standard_hour < said.high for each in asked)


def test_orders_come_one_at_a_time_are_measured_and_bounded(now):
    shows_answers_to_strangers()
    trickle = Trickle.begin(now=now)

    first = trickle.step(now=now)
    again = trickle.step(now=now)
    (order,) = live()
    with tenancy.acting_as_platform():
        orders.clear_book(book_id=order.book_id, now=now + timedelta(seconds=2))
        before = StoredReading.objects.filter(subject=order.pk).count()
    _placed, readings = trickle.step(now=order.starts_at + timedelta(minutes=3))
    with tenancy.acting_as_platform():
        after = StoredReading.objects.filter(subject=order.pk).count()

    assert (first[0], again[0]) == (1, 0)
    assert (before, after) == (0, 1)
    assert readings >= 1

    for minutes in range(4, 400, 4):
        trickle.step(now=now + timedelta(minutes=minutes))
    assert len(live()) <= RUNNING_MAX + 1


def test_a_trickle_that_is_killed_goes_on_and_sends_nothing_twice(now):
    trickle = Trickle.begin(now=now)
    trickle.step(now=now)
    (order,) = live()
    with tenancy.acting_as_platform():
        orders.clear_book(book_id=order.book_id, now=now + timedelta(seconds=2))
    at = order.starts_at + timedelta(minutes=2)
    trickle.step(now=at)

    other = Trickle.begin(now=at)

    assert other.step(now=at)[1] == 0
    assert other.step(now=at + timedelta(minutes=1))[1] >= 1
