"""A member may order up to so much at once, and up to so much a month; both hold at the hold."""

from uuid import uuid4

import pytest

from common import tenancy
from identity.contracts import Role
from marketplace.budgets import services
from marketplace.budgets.contracts import CapPeriod, CapWish
from tests import cast as people
from tests.budgets import cast as budgets
from tests.instant import at_once
from tests.orders.cast import NOW, buyer


def wish(of, person, amount, **facts):
    return CapWish(uuid4(), of.pk, None, person.pk, amount, **facts)


def take(*wishes):
    with tenancy.acting_as_platform():
        return [each.left_minor for each in services.take(wishes, at=NOW)]


@pytest.fixture
def acme(db):
    return buyer("1000")


def test_a_member_keeps_to_an_order_and_to_a_month_and_others_do_not(acme):
    lin, other = people.member(acme, Role.BUYER), people.member(acme, Role.BUYER)
    order = budgets.cap(acme, "50", person_id=lin.pk, period=CapPeriod.ORDER)
    month = budgets.cap(acme, "80", person_id=lin.pk, by=other)

    assert take(wish(acme, lin, 5001)) == [5000]
    assert take(wish(acme, lin, 5000)) == []
    assert take(wish(acme, lin, 4000)) == [3000]
    assert take(wish(acme, other, 90_000)) == []
    assert budgets.used(month) == 5000
    assert budgets.room(order).used_minor == 0


def test_of_a_long_order_the_whole_counts_and_later_parts_are_let(acme):
    lin = people.member(acme, Role.BUYER)
    budgets.cap(acme, "50", person_id=lin.pk, period=CapPeriod.ORDER)

    assert take(wish(acme, lin, 1000, whole_minor=6000)) == [5000]
    assert take(wish(acme, lin, 1000, whole_minor=5000)) == []
    assert take(wish(acme, lin, 6000, part=2)) == []


def test_a_limit_set_at_one_instant_with_a_hold_stands_before_or_after_it(fresh_database):
    acme = buyer("1000")
    lin, other = people.member(acme, Role.BUYER), people.member(acme, Role.BUYER)
    budgets.cap(acme, "100", person_id=lin.pk, period=CapPeriod.ORDER, by=other)
    stopped = []

    wrong = at_once(
        lambda: stopped.extend(take(wish(acme, lin, 7000))),
        lambda: budgets.cap(acme, "50", person_id=lin.pk, period=CapPeriod.ORDER, by=other),
    )

    assert wrong == []
    assert stopped in ([], [5000])
    assert take(wish(acme, lin, 7000)) == [5000]
