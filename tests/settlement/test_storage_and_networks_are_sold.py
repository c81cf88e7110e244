"""
Storage and networks from the register to the settled charge, in figures that can be followed.

720 GB for an hour are one GB-month (a month is 30 days, 720 hours). A gigabit a second moves at
most 450 GB in an hour.
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from identity.services.resources import InvalidSpecification
from marketplace.catalog.contracts import OfferRefused
from marketplace.orders.rating import LINE_KINDS
from marketplace.vouchers.contracts import LineKind
from metering.contracts import MeterRefused
from pricing import rules as pricing_rules
from pricing.contracts import RateUnit
from tests import factories
from tests.settlement.beside_compute import (
    NETWORK,
    STORAGE,
    install_rules,
    network,
    read,
    storage,
)
from tests.settlement.cast import NOON, OPENED, Market

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules():
    install_rules()


def line(said):
    return said["unit"], Decimal(said["quantity"]), said["amount_minor"]


def test_storage_is_ordered_measured_and_charged_by_the_gb_month():
    market = storage()
    order = market.order(cards=720)  # units of the resource: 720 GB for an hour
    assert [line(each) for each in order.lines] == [("gb_month", 1, 120)]
    assert market.cash() == ("100000.00", "99998.80")

    assert read(market, order, 360, "gb") == []  # Half of it was filled, for the hour.
    market.settle()

    (charge,) = market.charges(order)
    assert (charge.unit, charge.quantity) == ("gb-second", 360 * 3600)
    assert [line(each) for each in charge.lines] == [("gb_month", Decimal("0.5"), 60)]
    assert market.cash() == ("99999.40", "99999.40")
    assert LINE_KINDS[RateUnit.GB_MONTH] == LineKind.STORAGE


def test_a_month_of_storage_is_thirty_days():
    market = storage()

    order = market.order(cards=100, hours=720)

    assert [line(each) for each in order.lines] == [("gb_month", 100, 120_00)]


def test_a_network_is_ordered_by_its_width_and_charged_by_the_gb_moved():
    market = network()
    order = market.order(cards=1)
    assert [line(each) for each in order.lines] == [("gb_moved", 450, 225_00)]
    assert market.cash() == ("100000.00", "99775.00")

    assert read(market, order, 10 * 10**9, "byte") == []
    market.settle()

    (charge,) = market.charges(order)
    assert (charge.unit, charge.quantity) == ("byte", 10 * 10**9)
    assert [line(each) for each in charge.lines] == [("gb_moved", 10, 5_00)]
    assert market.cash() == ("99995.00", "99995.00")
    assert LINE_KINDS[RateUnit.GB_MOVED] == LineKind.NETWORK


def test_no_more_is_charged_than_the_ordered_width_moves():
    market = network()
    order = market.order(cards=1)

    assert read(market, order, 460 * 10**9, "byte") == []  # The resource could, the order not.
    market.charge()

    (charge,) = market.charges(order)
    assert (charge.quantity, charge.beyond_quantity) == (450 * 10**9, 10 * 10**9)
    assert (charge.gross_minor, charge.remark) == (225_00, "beyond_order")


def test_levels_and_bytes_above_the_capacity_are_refused():
    shelf, pipe = storage(), network()

    assert read(shelf, shelf.order(cards=720), 10_001, "gb") == ["above_capacity"]
    assert read(pipe, pipe.order(), 4500 * 10**9 + 1, "byte") == ["above_capacity"]
    assert read(shelf, shelf.order(cards=720), 1, "byte") == ["unit_mismatch"]


def test_a_counter_of_bytes_moves_the_same_money():
    market = network(rule="bytes-moved-counter")
    order = market.order(cards=1)

    for second, stands in ((0, 5 * 10**9), (600, 12 * 10**9), (1200, 3 * 10**9)):
        at = NOON + timedelta(seconds=second)
        ends = at + timedelta(seconds=1)
        source = {"source": "eth0", "event_id": f"at {second}"}
        assert read(market, order, stands, "byte", ends_at=ends, **source, starts_at=at) == []
    market.charge()

    (charge,) = market.charges(order)
    assert [line(each) for each in charge.lines] == [("gb_moved", 10, 5_00)]  # 7, then 3 again


@pytest.mark.parametrize(
    ("made_of", "rule", "unit"),
    [
        (STORAGE, "storage-hours", "gb_moved"),
        (STORAGE, "storage-hours", "standard_hour"),
        (STORAGE, "storage-hours", "ktoken"),
        (STORAGE, "bytes-moved", "gb_moved"),
        (NETWORK, "bytes-moved", "unit_hour"),
        (NETWORK, "storage-hours", "gb_month"),
        ({"chip": "A100", "cards": 8}, "card-hours", "gb_month"),
        ({"chip": "A100", "cards": 8}, "storage-hours", "gb_month"),
    ],
    ids=["bytes", "standard", "tokens", "measured", "width", "shelf", "cards", "cards-shelf"],
)
def test_units_that_do_not_fit_are_refused_on_the_market(made_of, rule, unit):
    with pytest.raises(OfferRefused):
        Market(resource=made_of, rule=rule, unit=unit)


def test_a_meter_and_a_specification_must_fit_the_unit_too():
    with pytest.raises(MeterRefused):
        factories.MeterFactory(
            provider=(shelf := storage()).provider,
            resource=shelf.meter.resource,
            rule="bytes-moved",
            name="other",
            at=OPENED,
        )
    with pytest.raises(InvalidSpecification):
        factories.ResourceFactory(**STORAGE | {"specification": {"vcpu": 64, "gb": 1}})


def test_bandwidth_may_be_rented_by_the_hour():
    market = network(rule="bandwidth-hours", unit="unit_hour")
    order = market.order(cards=2)

    assert read(market, order, 1, "gbps") == []
    market.charge()

    (charge,) = market.charges(order)
    assert [line(each) for each in charge.lines] == [("unit_hour", 1, 50)]


def test_a_trial_is_charged_at_nothing_and_says_so():
    market = Market(
        rule="trial-core-hours",
        unit="unit_hour",
        resource={"vcpu": True, "cards": 64},
    )
    order = market.order(cards=1)

    assert read(market, order, 3600, "vcpu-second") == []
    market.settle()

    (charge,) = market.charges(order)
    assert (charge.remark, charge.gross_minor, charge.quantity) == ("trial", 0, 0)
    assert market.cash() == ("100000.00", "100000.00")


def test_months_and_gigabytes_are_rounded_once():
    assert pricing_rules.gb_months(Decimal(1)) == Decimal("0.000000385802")
    assert pricing_rules.gb_moved(Decimal(1)) == Decimal("0.000000001")
