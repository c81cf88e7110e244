"""A suspension waits for what was begun, and what begins afterwards sees it."""

import threading

from django.db import connections, transaction

from common import tenancy
from identity import suspensions
from identity.contracts import OrganizationSuspended
from marketplace.orders import services
from marketplace.orders.models import Order
from tests.cast import NOW
from tests.catalog import supply
from tests.identity import standing
from tests.orders.cast import buyer, clear, place, wish


def test_no_order_outlives_a_suspension_that_was_agreed_on_while_it_was_placed(fresh_database):
    listing, owner = supply.listed(cards=4), buyer("1000")
    first, second = standing.operators()
    proposed = suspensions.propose_suspension(
        organization_id=owner.pk, reason="bills unpaid", by=first, now=NOW
    )
    done = threading.Event()

    def suspending():
        standing.agree(proposed, first, second, at=NOW, act=services.confirm_suspension)
        done.set()
        connections.close_all()

    with transaction.atomic():  # An order that is placed and not committed yet.
        place(owner, wish(listing))
        worker = threading.Thread(target=suspending)
        worker.start()
        assert not done.wait(0.2)  # It waits for the order.
    worker.join()

    with tenancy.acting_as_platform():
        assert list(Order.objects.values_list("state", flat=True)) == ["CANCELLED"]
    assert clear(listing).cleared == 0


def test_of_orders_that_race_with_a_suspension_none_waits_afterwards(fresh_database):
    listing, owner = supply.listed(cards=4), buyer("1000")
    first, second = standing.operators()
    proposed = suspensions.propose_suspension(
        organization_id=owner.pk, reason="bills unpaid", by=first, now=NOW
    )
    start, refused = threading.Barrier(5), []

    def ordering():
        start.wait()
        for _each in range(5):
            try:
                place(owner, wish(listing))
            except OrganizationSuspended as refusal:
                refused.append(refusal)
        connections.close_all()

    workers = [threading.Thread(target=ordering) for _each in range(4)]
    for worker in workers:
        worker.start()
    start.wait()
    standing.agree(proposed, first, second, at=NOW, act=services.confirm_suspension)
    for worker in workers:
        worker.join()

    with tenancy.acting_as_platform():
        states = set(Order.objects.values_list("state", flat=True))
        assert Order.objects.count() + len(refused) == 20
    assert states <= {"CANCELLED"}
