import pytest

from common import tenancy
from identity.contracts import CapacityUnit, ResourceClass
from marketplace.orders import selectors
from marketplace.orders.contracts import OrderState
from tests.catalog.supply import listed, listed_vcpu
from tests.orders.cast import buyer, clear, needs, place, seen, wish

pytestmark = pytest.mark.django_db

MACHINES = {
    "specification": {"nodes": 16},
    "resource_class": ResourceClass.GENERAL,
    "capacity_unit": CapacityUnit.NODE,
}


def general_machines(price):
    return listed(cards=16, facts=MACHINES, price=price, unit="unit_hour", rule="node-hours")


def eight(hub):
    return needs(hub=hub, resource_class="GENERAL", cards="8")


def test_eight_processors_never_become_eight_cheaper_machines():
    machines, processors = general_machines("0.01"), listed_vcpu()
    order = place(buyer("1000"), eight(machines.hub))

    clear(machines)

    assert machines.book_id == processors.book_id
    assert seen(order).listing_id == processors.pk


def test_where_only_machines_are_offered_processors_are_refused():
    machines = general_machines("0.01")
    order = place(buyer("1000"), eight(machines.hub))

    clear(machines)

    found = seen(order)
    assert (found.state, found.refusal_code) == (OrderState.REJECTED, "no_eligible_listing")


def test_machines_of_the_general_class_are_sold_by_name():
    machines = general_machines("10")
    order = place(buyer("1000"), wish(machines, cards="8"))

    clear(machines)

    assert seen(order).listing_id == machines.pk
    with tenancy.acting_as_platform():
        assert selectors.replay(number=seen(order).round.number).is_right
