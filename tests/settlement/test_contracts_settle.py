"""A contract ends when its time is over and its use is charged: holds go back, a record stays."""

from datetime import timedelta

import pytest

from common import tenancy
from common.canonical import content_hash
from ledger import selectors as ledger
from marketplace.catalog.models import Allocation
from marketplace.orders import services as orders
from marketplace.orders.contracts import NotCancellable, OrderState
from marketplace.orders.models import Order, OrderCover
from marketplace.settlement import records, selectors, services
from marketplace.settlement.contracts import ContractState, Side
from tests.settlement.cast import HOUR, NOON, Market, fen, is_balanced

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=2)


@pytest.fixture
def market() -> Market:
    return Market()


def state_of(order: Order) -> str:
    with tenancy.acting_as_platform():
        return Order.objects.get(pk=order.pk).state


def test_what_was_not_used_goes_back(market):
    order = market.order(cards=8, hours=2)
    market.use(order, "6", hour=0)

    settled = market.settle()

    assert (settled.contracts, settled.gross_minor, settled.released_minor) == (1, 7_200, 12_000)
    assert market.contract(order).state == ContractState.SETTLED
    assert state_of(order) == OrderState.SETTLED
    assert market.cash() == ("99928.00", "99928.00")
    assert (market.payable(), market.fees()) == ("69.84", "2.16")
    assert is_balanced()


def test_the_record_says_what_was_traded(market):
    programme = market.voucher("5000.00", share="0.30")
    order = market.order(cards=8, hours=2)
    market.use(order, "5", hour=1)

    market.settle()

    (record,) = market.records(order)
    assert (record.kind, record.gross_minor, record.fee_minor) == ("TRADE", 6_000, 180)
    assert record.assets == f"CNY:42.00;VCH-{programme}:18.00"
    assert (record.buyer_uscc, record.provider_uscc) == (market.buyer.uscc, market.provider.uscc)
    assert (record.plan, record.rule, record.fee_rule) == (
        "standard v1",
        "accelerator-hours v1",
        "v1",
    )
    assert record.standard_hours == 5
    assert record.content_hash == content_hash(records.trade_content(record))


def test_an_order_that_was_never_used_is_billed_nothing(market):
    programme = market.voucher("5000.00")
    order = market.order(cards=8, hours=3)

    market.settle()

    (record,) = market.records(order)
    assert (record.gross_minor, record.fee_minor, record.assets) == (0, 0, "")
    assert market.charges(order) == []
    assert market.cash() == ("100000.00", "100000.00")
    assert market.claim(programme) == "0.00"
    with tenancy.acting_as_platform():
        assert Allocation.objects.get(order_id=order.pk).state == "RELEASED"


def test_a_voucher_counts_with_what_it_paid_in_the_end(market):
    market.voucher("5000.00", share="0.50")
    order = market.order(cards=8, hours=1)
    market.use(order, "2")

    market.settle()

    with tenancy.acting_as_platform():
        cover = OrderCover.objects.get(order=order)
    assert (cover.amount_minor, cover.counted_minor) == (4_800, 1_200)


def test_nothing_settles_before_its_time(market):
    order = market.order(hours=2)

    early = market.settle(at=NOON + 2 * HOUR + timedelta(minutes=4))

    assert early.contracts == 0
    assert market.contract(order).state == ContractState.ACTIVE


def test_a_contract_waits_for_a_window_that_is_still_open(market):
    order = market.order(hours=1)
    market.use(order, "1")
    services.charge_due(now=LATER)

    waiting = services.settle_due(now=LATER)

    assert waiting.contracts == 0
    assert market.settle().contracts == 1
    assert [record.gross_minor for record in market.records(order)] == [1_200]


def test_contracts_that_wait_hold_no_others_up(market):
    waiting = [market.order(cards=1, hours=1) for _ in range(3)]
    for order in waiting:
        market.use(order, "1")
    services.charge_due(now=LATER)
    free = Market()
    unused = free.order(cards=1, hours=2)
    services.charge_due(now=LATER)

    assert services.settle_due(now=LATER, limit=2).contracts == 1
    assert len(free.records(unused)) == 1
    assert [market.records(order) for order in waiting] == [[], [], []]


def test_a_contract_waits_for_use_that_is_not_charged_yet(market):
    order = market.order(hours=1)
    market.use(order, "1")
    services.charge_due(now=LATER)
    with tenancy.acting_as_platform():
        from metering import services as metering

        metering.close_windows(now=LATER)

    assert services.settle_due(now=LATER).contracts == 0


def test_settling_again_settles_nothing(market):
    order = market.order()
    market.settle()

    assert market.settle().contracts == 0
    assert len(market.records(order)) == 1


def test_less_use_found_after_settlement_is_given_back_under_a_record_of_its_own(market):
    """Readings only add up, so the lower figure comes as a revised usage record."""
    programme = market.voucher("5000.00", share="0.25")
    order = market.order(cards=8)
    market.use(order, "8")
    market.settle()
    assert market.cash() == ("99928.00", "99928.00")
    market.revise(order, "4")

    services.charge_due(now=LATER + HOUR)

    first, second = market.records(order)
    assert (second.kind, second.corrects_id, second.corrects_number) == (
        "CORRECTION",
        first.pk,
        first.number,
    )
    assert (second.gross_minor, second.voucher_minor, second.cash_minor, second.fee_minor) == (
        -4_800,
        -1_200,
        -3_600,
        -144,
    )
    assert second.assets == f"CNY:-36.00;VCH-{programme}:-12.00"
    assert second.content_hash == content_hash(records.trade_content(second))
    assert market.cash() == ("99964.00", "99964.00")
    # 36.00 in cash less the fee of 3 % of 48.00 in all.
    assert (market.payable(), market.fees(), market.claim(programme)) == ("34.56", "1.44", "12.00")
    assert is_balanced()


def test_more_use_found_after_settlement_is_recorded_and_not_collected(market):
    order = market.order(cards=8)
    market.use(order, "2")
    market.settle()

    market.use(order, "3")
    market.charge(at=LATER + HOUR)

    charge = market.charges(order)[-1]
    assert (charge.rated_minor, charge.gross_minor, charge.remark) == (
        3_600,
        0,
        "after_settlement",
    )
    assert market.cash() == ("99976.00", "99976.00")
    assert market.records(order)[-1].gross_minor == 0


def test_records_are_numbered_without_gaps(market):
    orders = [market.order(cards=1, hours=1) for _ in range(3)]
    market.settle()

    numbers = sorted(market.records(order)[0].sequence for order in orders)

    assert numbers == list(range(numbers[0], numbers[0] + 3))


def test_records_add_up_to_the_ledger(market):
    programme = market.voucher("5000.00", share="0.30")
    for cards in (1, 2, 5):
        order = market.order(cards=cards, hours=2)
        market.use(order, f"{cards * 7 // 9}.7", hour=1)
    market.settle()

    with tenancy.acting_as_platform():
        found = list(selectors.trade_records())
        lines = {(line.asset, line.kind): line for line in ledger.trial_balance()}
    payable, fees = lines[("CNY", "provider_payable")], lines[("CNY", "platform_fee")]
    claims = lines[(f"VCH-{programme}", "voucher_claim")]
    assert sum(record.cash_minor for record in found) == payable.credits
    assert sum(record.fee_minor for record in found) == fees.credits == payable.debits
    assert sum(record.voucher_minor for record in found) == claims.credits


def test_a_statement_adds_up_a_month(market):
    for hour in (0, 1):
        order = market.order(cards=4, hours=2)
        market.use(order, "4", hour=hour)
    market.settle()

    with tenancy.acting_as(market.provider.pk):
        (sold,) = selectors.statements(organization_id=market.provider.pk, side=Side.PROVIDER)
        overview = selectors.provider_overview(provider_id=market.provider.pk)
    with tenancy.acting_as(market.buyer.pk):
        (bought,) = selectors.statements(organization_id=market.buyer.pk, side=Side.BUYER)

    assert (sold.trades, sold.gross_minor, sold.fee_minor, sold.net_minor) == (2, 9_600, 288, 9_312)
    assert (bought.gross_minor, bought.fee_minor, bought.net_minor) == (9_600, 0, 9_600)
    assert sold.month_starts_at.isoformat() == "2026-11-01T00:00:00+08:00"
    assert overview.payable_minor == fen("93.12")
    assert (overview.settled_contracts, overview.net_minor) == (2, 9_312)


def test_an_order_that_was_begun_is_not_cancelled_by_a_clock_that_is_behind(market):
    """A cancellation reads its clock, waits for the order's lock, and finds a contract opened."""
    order = market.order(hours=1)
    services.open_contracts(now=NOON)

    with pytest.raises(NotCancellable), tenancy.acting_as(market.buyer.pk):
        orders.cancel_order(
            order_id=order.pk, buyer_id=market.buyer.pk, now=NOON - timedelta(milliseconds=1)
        )

    market.use(order, "1")
    assert market.settle().gross_minor == 1_200
    assert market.cash() == ("99988.00", "99988.00")
