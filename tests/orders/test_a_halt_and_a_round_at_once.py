"""A halt takes the lock that a round takes: what clears has cleared when the halt is there."""

import threading

from django.db import connections

from common import tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.orders import services
from marketplace.orders.models import Order
from tests import cast
from tests.cast import NOW
from tests.catalog import supply
from tests.orders.cast import START, buyer, clear, place, wish


def states():
    with tenancy.acting_as_platform():
        return sorted(Order.objects.values_list("state", flat=True))


def test_a_halt_waits_for_the_round_that_runs_and_none_begins_after_it(fresh_database):
    """A worker and an operator at once: whoever is first, nothing clears after the halt."""
    listing, office = supply.listed(cards=4), cast.organization("Office")
    by = Person(cast.member(office, Role.OPERATOR).pk, office.pk)
    owner = buyer("10000")
    for _each in range(4):
        place(owner, wish(listing, start=START))
    start = threading.Barrier(2)

    def clearing():
        start.wait()
        clear(listing)
        connections.close_all()

    worker = threading.Thread(target=clearing)
    worker.start()
    start.wait()
    services.halt_book(
        resource_class=listing.resource_class, hub=listing.hub, reason="wrong", by=by, now=NOW
    )
    worker.join()

    left = states()
    assert set(left) in ({"CLEARED"}, {"PLACED"})
    assert clear(listing).round_number == ""
    assert states() == left
