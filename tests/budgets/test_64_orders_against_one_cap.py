"""Real threads: holds against one cap at one instant never pass it; without it they would."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connections

from common import tenancy
from marketplace.budgets import services
from marketplace.budgets.contracts import CapPeriod, CapWish
from tests.budgets import cast as budgets
from tests.orders.cast import NOW, buyer

THREADS = 64


@pytest.fixture
def acme(fresh_database):
    return buyer("100")


def at_once(work):
    start = threading.Barrier(THREADS)

    def run(number):
        try:
            start.wait(timeout=30)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def take_of(acme):
    def take(_number):
        with tenancy.acting_as_platform():
            return len(services.take([CapWish(uuid4(), acme.pk, None, None, 700)], at=NOW))

    return take


def test_64_at_once_never_pass_a_cap_and_without_it_they_do(acme):
    loose = budgets.cap(acme, "1000", period=CapPeriod.TOTAL)
    cap = budgets.cap(acme, "100")

    stopped = at_once(take_of(acme))

    assert stopped.count(0) == 14
    assert budgets.used(cap) == budgets.used(loose) == 9800
    # The negative control: the same with the check off passes what the cap allowed.
    with tenancy.acting_as(acme.pk):
        services.end_cap(
            cap_id=cap.pk, organization_id=acme.pk, by_id=budgets.keeper(acme).pk, now=NOW
        )
    assert at_once(take_of(acme)).count(0) == THREADS
    assert budgets.used(loose) > 10_000


def test_giving_back_and_taking_at_once_leave_the_sum_of_what_is_held(acme):
    cap = budgets.cap(acme, "100")
    orders = [uuid4() for _each in range(10)]
    with tenancy.acting_as_platform():
        wanted = [CapWish(each, acme.pk, None, None, 1000) for each in orders]
        assert services.take(wanted, at=NOW) == []

    def work(number):
        with tenancy.acting_as_platform():
            if number % 2:
                services.return_room([orders[number % 10]])
                return None
            return len(services.take([CapWish(uuid4(), acme.pk, None, None, 1000)], at=NOW))

    at_once(work)

    assert budgets.used(cap) <= 10_000  # And it is what its takes add up to.
