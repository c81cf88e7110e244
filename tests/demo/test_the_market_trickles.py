"""While the sample market is shown, orders and readings come in, bounded and by services."""

from datetime import timedelta

import pytest

from common import clock, tenancy
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


def test_orders_come_one_at_a_time_are_measured_and_bounded(now):
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
