"""From an amount on an order waits for another buyer of the organisation."""

import pytest

from common import tenancy
from common.errors import Refusal
from identity.approvals import services as approvals
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role, SecondPersonRequired
from marketplace.budgets.contracts import ApprovalRequired
from marketplace.orders import services
from marketplace.orders.models import Order
from tests import cast, factories
from tests.budgets import cast as budgets
from tests.orders.cast import NOW, buyer, clear, place, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return buyer("10000")


@pytest.fixture
def listing():
    return factories.ListingFactory()


def ask(acme, person, wanted):
    with tenancy.acting_as(acme.pk):
        return services.place_or_propose(
            buyer_id=acme.pk, wish=wanted, by=Person(person.pk, acme.pk), placed_at=NOW
        )


def confirm(acme, person, proposed):
    with tenancy.acting_as(acme.pk):
        return services.confirm_order(
            proposal_id=proposed.id, person_id=person.pk, organization_id=acme.pk, now=NOW
        )


def test_an_order_below_the_amount_is_placed_at_once(acme, listing):
    ada = cast.member(acme, Role.BUYER)
    budgets.cap(acme, "1000", approve_from_minor=100_000)

    assert isinstance(ask(acme, ada, wish(listing)), Order)


def test_an_order_from_the_amount_on_waits_and_is_placed_by_another_buyer(acme, listing):
    ada, bob = cast.member(acme, Role.BUYER), cast.member(acme, Role.BUYER)
    project = budgets.project(acme)
    budgets.cap(acme, "1000", approve_from_minor=1)
    proposed = ask(acme, ada, wish(listing, project_id=project.pk))
    assert isinstance(proposed, Proposed)
    assert not Order.objects.exists()

    with pytest.raises(SecondPersonRequired):
        confirm(acme, ada, proposed)
    order = confirm(acme, bob, proposed)
    clear(listing)

    with tenancy.acting_as_platform():
        order.refresh_from_db()
    assert (order.state, order.placed_by_id, order.project_id) == ("CLEARED", ada.pk, project.pk)


def test_a_refused_wish_places_nothing(acme, listing):
    ada, bob = cast.member(acme, Role.BUYER), cast.member(acme, Role.BUYER)
    budgets.cap(acme, "1000", approve_from_minor=1)
    proposed = ask(acme, ada, wish(listing))
    with tenancy.acting_as(acme.pk):
        approvals.refuse(
            proposal_id=proposed.id, by=Person(bob.pk, acme.pk), reason="too dear", now=NOW
        )

    with pytest.raises(Refusal):
        confirm(acme, bob, proposed)
    with tenancy.acting_as_platform():
        assert not Order.objects.exists()


def test_nobody_of_another_organisation_decides(acme, listing):
    theirs = buyer("1")
    ada, stranger = cast.member(acme, Role.BUYER), cast.member(theirs, Role.BUYER)
    budgets.cap(acme, "1000", approve_from_minor=1)
    proposed = ask(acme, ada, wish(listing))

    with pytest.raises(Refusal):
        services.confirm_order(
            proposal_id=proposed.id,
            person_id=stranger.pk,
            organization_id=theirs.pk,
            now=NOW,
        )


def test_several_orders_at_once_are_told_to_come_by_themselves(acme, listing):
    budgets.cap(acme, "1000", approve_from_minor=1)

    with pytest.raises(ApprovalRequired):
        place(acme, wish(listing))
