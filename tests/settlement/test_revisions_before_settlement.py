"""Whatever was revised before the settlement, what is collected is the price of the last figure."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import tenancy
from common.ids import uuid7
from ledger import services as ledger
from ledger.contracts import Op, Transfer
from marketplace import accounts
from marketplace.settlement import services
from marketplace.settlement.models import ContractFunds
from tests.settlement.cast import NOON, Market, balance, is_balanced

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=2)


def funds_of(market: Market, order) -> list[tuple[int, int, int]]:
    """Return what each source was captured, returned and released."""
    with tenancy.acting_as_platform():
        found = ContractFunds.objects.filter(contract__order=order).order_by("position")
        return list(found.values_list("captured_minor", "returned_minor", "released_minor"))


def spend_everything(market: Market) -> None:
    """Have the buyer put all that is free on another hold."""
    cash = accounts.buyer_cash(market.buyer.pk)
    payable = accounts.provider_payable(market.provider.pk)
    ledger.post(
        transfers=[
            Transfer(
                id=uuid7(),
                debit=cash,
                credit=payable,
                asset=accounts.CNY,
                amount=balance(cash).available,
                reason=accounts.TransferReason.ORDER_CASH,
                op=Op.HOLD,
            )
        ]
    )


def revised(market: Market, order, *figures: str, each_alone: bool = True) -> None:
    for figure in figures:
        market.revise(order, figure)
        if each_alone:
            services.charge_due(now=LATER)
    services.charge_due(now=LATER)


@pytest.mark.parametrize("each_alone", [True, False], ids=["one by one", "in one batch"])
def test_less_and_then_more_use_is_collected_in_full(each_alone):
    market = Market()
    order = market.order(cards=8)
    market.use(order, "8")
    if each_alone:
        market.charge()
    else:
        with tenancy.acting_as_platform():
            from metering import services as metering

            metering.close_windows(now=LATER)

    revised(market, order, "5", "8", each_alone=each_alone)

    assert market.contract(order).gross_minor == 9_600
    assert market.cash() == ("99904.00", "99904.00")
    assert market.settle().gross_minor == 9_600
    assert (market.payable(), market.fees()) == ("93.12", "2.88")
    assert is_balanced()


def test_what_is_given_back_before_the_settlement_stays_on_hold_until_then():
    market = Market()
    order = market.order(cards=8)
    market.use(order, "8")
    market.charge()

    revised(market, order, "5")

    # 60.00 are paid; the 36.00 that came back are the buyer's, and held for this order.
    assert market.cash() == ("99940.00", "99904.00")
    assert funds_of(market, order) == [(9_600, 3_600, 0)]
    market.settle()
    assert market.cash() == ("99940.00", "99940.00")
    assert funds_of(market, order) == [(9_600, 3_600, 3_600)]


def test_a_buyer_who_spends_all_that_is_free_cannot_spend_what_was_given_back():
    market = Market()
    order = market.order(cards=8)
    market.use(order, "8")
    market.charge()
    revised(market, order, "2")
    spend_everything(market)

    revised(market, order, "7")

    assert [charge.gross_minor for charge in market.charges(order)] == [9_600, -7_200, 6_000]
    assert [charge.uncollected_minor for charge in market.charges(order)] == [0, 0, 0]
    market.settle()
    assert market.cash() == ("99916.00", "12.00")
    assert is_balanced()


def test_after_the_settlement_more_use_is_not_collected_as_before():
    market = Market()
    order = market.order(cards=8)
    market.use(order, "8")
    market.settle()

    revised(market, order, "5", "8")

    last = market.charges(order)[-1]
    assert (last.rated_minor, last.gross_minor, last.remark) == (3_600, 0, "after_settlement")
    assert market.cash() == ("99940.00", "99940.00")


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    figures=st.lists(st.integers(0, 8000), min_size=1, max_size=5),
    together=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_vouchers_and_cash_pay_what_the_last_figure_alone_would_cost(db, figures, together):
    """In any order, in one batch or several, the ledger ends where one charge would have ended."""
    texts = [f"{figure / 1000:.3f}" for figure in figures]
    several, alone = Market(), Market()
    totals = []
    for market, revisions in ((several, texts), (alone, texts[-1:])):
        programme = market.voucher("5000.00", share="0.30")
        order = market.order(cards=8)
        market.use(order, "0.5")
        market.charge()
        for figure, is_alone in zip(revisions, together, strict=False):
            market.revise(order, figure)
            if is_alone:
                services.charge_due(now=LATER)
        market.settle()
        totals.append((market.cash(), market.payable(), market.claim(programme)))

    assert totals[0] == totals[1]
    assert is_balanced()
