"""What is charged stays in use of a cap, what is let go is free again, to the fen."""

import pytest

from marketplace.budgets.contracts import CapPeriod
from tests.budgets import cast as budgets
from tests.settlement.cast import OPENED, Market

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return Market()


@pytest.fixture
def cap(market):
    return budgets.cap(market.buyer, "1000", period=CapPeriod.TOTAL, now=OPENED)


def test_a_settled_order_keeps_what_it_was_charged(market, cap):
    order = market.order(cards=2, hours=2)
    assert budgets.used(cap) == 4800

    market.use(order, "1.5")
    market.charge()
    assert budgets.used(cap) == 4800
    market.settle()

    assert budgets.used(cap) == 1800


def test_an_order_without_use_gives_everything_back(market, cap):
    order = market.order(cards=2, hours=2)
    market.settle()

    assert market.contract(order).state == "SETTLED"
    assert budgets.used(cap) == 0


def test_less_use_found_after_settlement_is_free_again(market, cap):
    order = market.order(cards=2, hours=1)
    market.use(order, "2")
    market.settle()
    assert budgets.used(cap) == 2400

    market.revise(order, "1.25")
    market.charge()

    assert budgets.used(cap) == 1500


def test_vouchers_take_nothing_of_a_cap(market, cap):
    market.voucher("10.00")
    order = market.order(cards=1, hours=1)

    assert budgets.used(cap) == order.cash_minor == 1200 - order.voucher_minor
    assert order.voucher_minor > 0
