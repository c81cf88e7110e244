"""What was measured is charged once, within the holds, and the ledger agrees to the cent."""

from datetime import timedelta

import pytest

from common import tenancy
from marketplace.settlement import services
from marketplace.settlement.models import Contract
from tests.settlement.cast import HOUR, NOON, Market, is_balanced

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    return Market()


def test_use_is_charged_from_the_hold_and_the_fee_goes_to_the_market(market):
    order = market.order(cards=8, hours=2)
    assert market.cash() == ("100000.00", "99808.00")

    market.use(order, "6", hour=0)
    market.charge()

    (charge,) = market.charges(order)
    assert (charge.gross_minor, charge.cash_minor, charge.fee_minor) == (7_200, 7_200, 216)
    assert charge.lines[0]["unit_price"] == "12"
    # 72.00 are paid; of the hold of 192.00 the other 120.00 stay on hold.
    assert market.cash() == ("99928.00", "99808.00")
    assert (market.payable(), market.fees()) == ("69.84", "2.16")
    assert is_balanced()


def test_charging_again_charges_nothing(market):
    order = market.order()
    market.use(order, "1")
    market.charge()

    again = market.charge()

    assert (again.usage, again.charges) == (0, 0)
    assert len(market.charges(order)) == 1
    assert market.cash() == ("99988.00", "99988.00")


def test_voucher_and_cash_pay_in_the_orders_proportion(market):
    programme = market.voucher("5000.00", share="0.30")
    order = market.order(cards=8, hours=2)
    market.use(order, "5", hour=0)

    market.charge()

    (charge,) = market.charges(order)
    assert (charge.gross_minor, charge.voucher_minor, charge.cash_minor) == (6_000, 1_800, 4_200)
    assert charge.parts == {"CNY": 4_200, f"VCH-{programme}": 1_800}
    assert market.claim(programme) == "18.00"
    assert market.cash() == ("99958.00", "99865.60")
    assert is_balanced()


def test_thirds_of_a_fen_add_up_over_windows(market):
    market = Market(price="0.10")
    order = market.order(hours=3)
    for hour in range(3):
        market.use(order, "0.333333333333", hour=hour)

    market.charge()

    # A third of ten fen is 3.33…: three windows cost ten fen, not nine.
    assert sum(charge.gross_minor for charge in market.charges(order)) == 10


def test_late_use_is_charged_as_a_correction_of_the_first_charge(market):
    order = market.order(cards=8)
    market.use(order, "5")
    market.charge()

    market.use(order, "2")
    market.charge(at=NOON + timedelta(days=2, minutes=1))

    first, second = market.charges(order)
    assert (second.kind, second.corrects_id, second.revision) == ("CORRECTION", first.pk, 2)
    assert (first.gross_minor, second.gross_minor) == (6_000, 2_400)
    assert market.contract(order).gross_minor == 8_400
    assert market.cash() == ("99916.00", "99904.00")


def test_use_beyond_what_was_ordered_is_not_collected(market):
    order = market.order(cards=1, hours=2)
    market.use(order, "8", hour=0)

    market.charge()

    (charge,) = market.charges(order)
    assert (charge.rated_minor, charge.gross_minor, charge.uncollected_minor) == (
        1_200,
        1_200,
        0,
    )
    assert charge.remark == "beyond_order"
    assert (charge.measured_quantity, charge.quantity, charge.beyond_quantity) == (
        8 * 3600,
        3600,
        7 * 3600,
    )
    assert market.cash() == ("99988.00", "99976.00")


def test_use_outside_the_ordered_time_costs_nothing(market):
    order = market.order(hours=1)
    market.use(order, "1", hour=5)

    market.charge()

    (charge,) = market.charges(order)
    assert (charge.gross_minor, charge.remark) == (0, "outside_period")


def test_another_providers_readings_never_reach_an_order(market):
    order = market.order()
    stranger = Market()
    market.use(order, "1", meter=stranger.meter)

    charged = market.charge()

    assert (charged.unmatched, charged.charges) == (1, 0)
    assert market.charges(order) == []
    assert market.cash() == ("100000.00", "99988.00")


def test_use_measured_before_the_contract_was_opened_is_not_lost(market):
    order = market.order(hours=1, starts_at=NOON)
    market.use(order, "1")
    other = Market()
    # The contract opens when the order begins; until then the cursor passes the usage by.
    with tenancy.acting_as_platform():
        before = NOON - HOUR
        from metering import services as metering

        metering.close_windows(now=NOON + timedelta(days=2))
    services.charge_due(now=before)
    assert market.charges(order) == []

    other.charge()

    assert [charge.gross_minor for charge in market.charges(order)] == [1_200]


def test_a_chip_without_a_figure_is_charged_by_the_card_hour():
    market = Market(chip="G2", rule="card-hours", unit="unit_hour", price="3.50")
    order = market.order(cards=2, hours=1)
    market.use(order, "2")

    market.charge(at=NOON + timedelta(days=3))

    (charge,) = market.charges(order)
    assert (charge.gross_minor, charge.standard_hours) == (700, None)


def test_many_orders_are_charged_in_small_batches(market):
    orders = [market.order(cards=1) for _ in range(5)]
    for order in orders:
        market.use(order, "0.5")
    with tenancy.acting_as_platform():
        from metering import services as metering

        metering.close_windows(now=NOON + timedelta(days=2))

    runs = []
    while not runs or runs[-1].is_full:
        runs.append(services.charge_due(now=NOON + timedelta(days=2), limit=2))

    assert [market.contract(order).gross_minor for order in orders] == [600] * 5
    with tenancy.acting_as_platform():
        assert not Contract.objects.filter(is_behind=True).exists()
    assert market.cash() == ("99970.00", "99940.00")
