"""Operators halt and resume a book on its page; buyers and providers read why nothing clears."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.orders import services
from marketplace.orders.models import BookHalt
from tests import cast
from tests.catalog import supply
from tests.orders.cast import HOUR, buyer, place, wish

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def listing():
    return supply.listed()


@pytest.fixture
def office():
    return cast.organization("Office")


def page(listing):
    return reverse("portal:book-trade", args=[listing.resource_class, listing.hub])


def send(browser, address, **values):
    sent = {"key": str(uuid4()), **values}
    return browser.post(address, sent, headers=ENGLISH, follow=True)


def test_an_operator_halts_at_once_and_sees_it_stand_there(listing, office):
    operator = cast.signed_in(cast.member(office, Role.OPERATOR))

    empty = send(operator, page(listing), length="once", reason="")
    said = send(operator, page(listing), length="once", reason="wrong prices")

    assert empty.status_code == 422
    assert "Trading is halted for one hour" in said.text
    assert said.text.count("wrong prices") >= 2  # In the note and among the halts.
    assert operator.get(page(listing)).context["form"].initial["length"] == "until"
    again = send(operator, page(listing), length="once", reason="again")
    assert (again.status_code, "halted already" in again.text) == (422, True)
    assert BookHalt.objects.count() == 1


def test_an_operator_proposes_a_long_halt_and_nothing_is_halted_yet(listing, office):
    operator = cast.signed_in(cast.member(office, Role.OPERATOR))

    said = send(operator, page(listing), length="until", reason="a broken meter")

    assert "waits until another operator approves" in said.text
    assert not BookHalt.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"), [(Role.AUDITOR, 200), (Role.BUYER, 403), (Role.PROVIDER, 403)]
)
def test_auditors_read_it_and_nobody_else_acts(listing, office, role, status):
    browser = cast.signed_in(cast.member(office, role))

    shown = browser.get(page(listing), headers=ENGLISH)
    send(browser, page(listing), length="once", reason="mine")

    assert shown.status_code == status
    assert "<textarea" not in shown.text
    assert not BookHalt.objects.exists()


def test_who_trades_reads_why_on_listing_order_form_and_waiting_order(listing, office):
    owner = buyer("100")
    now = timezone.now().replace(microsecond=0)
    order = place(owner, wish(listing, start=now + HOUR), at=now)
    by = Person(cast.member(office, Role.OPERATOR).pk, office.pk)
    services.halt_book(
        resource_class=listing.resource_class,
        hub=listing.hub,
        reason="wrong prices",
        by=by,
        now=now,
    )
    browser = cast.signed_in(cast.member(owner, Role.BUYER))

    for address in (
        reverse("portal:listing", args=[listing.pk]),
        reverse("portal:order-place", args=[listing.pk]),
        reverse("portal:order", args=[order.pk]),
    ):
        shown = browser.get(address, headers=ENGLISH)
        assert "Trading in this book is halted." in shown.text, address
        assert "wrong prices" in shown.text, address
