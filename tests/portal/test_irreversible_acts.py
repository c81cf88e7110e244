"""What cannot be taken back says first what it does, and money asks for its amount twice."""

from uuid import uuid4

import pytest
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from marketplace import accounts
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import Listing
from marketplace.payments.models import Deposit
from marketplace.vouchers.models import ProgrammeFunding
from tests import cast, factories
from tests.catalog.supply import listed
from tests.settlement.cast import OPENED, Market

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def typed(**values) -> dict:
    return {"key": str(uuid4()), "amount_minor": "1,200.50", "reference": "BANK-1"} | values


@pytest.fixture
def finance():
    with tenancy.acting_as_platform():
        accounts.install_chart()
    return cast.signed_in(cast.member(cast.organization("Platform"), Role.FINANCE))


def test_a_deposit_shows_its_payee_before_anything_is_booked(finance):
    buyer = cast.organization("海潮", name_en="Haichao")

    sheet = finance.post(reverse("portal:deposits"), typed(uscc=buyer.uscc), headers=ENGLISH)

    assert sheet.status_code == 200
    assert "Haichao" in sheet.text
    assert "Book ¥1,200.50 for Haichao" in sheet.text
    assert 'name="reference" value="BANK-1"' in sheet.text
    assert Deposit.objects.count() == 0


@pytest.mark.parametrize(
    ("again", "told"),
    [
        ("", "Type the amount here."),
        ("1200.51", "This is not the amount above."),
        ("much", "plain digits"),
    ],
)
def test_another_amount_books_nothing_and_keeps_what_was_typed(finance, again, told):
    buyer = cast.organization("Buyer")
    sent = typed(uscc=buyer.uscc, step="confirm", confirmed_minor=again)

    refused = finance.post(reverse("portal:deposits"), sent, headers=ENGLISH)

    assert refused.status_code == 422
    assert told in refused.text
    assert 'name="amount_minor" value="1,200.50"' in refused.text
    assert Deposit.objects.count() == 0


def test_one_may_go_back_from_the_sheet_and_change_the_form(finance):
    buyer = cast.organization("Buyer")
    sent = typed(uscc=buyer.uscc, step="change")

    form = finance.post(reverse("portal:deposits"), sent, headers=ENGLISH)

    assert "Check and book" in form.text
    assert "BANK-1" in form.text
    assert Deposit.objects.count() == 0


def test_a_programme_is_funded_by_typing_the_amount_twice():
    with tenancy.acting_as_platform():
        accounts.install_chart()
    programme = factories.ProgrammeFactory(region="640500", pool="10", at=OPENED)
    issuer = cast.signed_in(cast.member(programme.issuer, Role.ISSUER))
    address = reverse("portal:programme-fund", args=[programme.pk])
    before = ProgrammeFunding.objects.count()

    sheet = issuer.post(address, typed(), headers=ENGLISH)
    shown = ProgrammeFunding.objects.count()
    done = issuer.post(
        address, typed(step="confirm", confirmed_minor="¥1200.50"), headers=ENGLISH, follow=True
    )

    assert "Put ¥1,200.50 into the pool" in sheet.text
    assert "not taken back" in sheet.text
    assert shown == before
    assert "The budget is in the pool." in done.text
    assert ProgrammeFunding.objects.count() == before + 1


def test_closing_a_listing_is_asked_first_and_pausing_is_offered():
    market = Market()
    market.order()
    provider = cast.signed_in(cast.member(market.provider, Role.PROVIDER))
    address = reverse("portal:listing-close", args=[market.listing.pk])

    asked = provider.get(address, headers=ENGLISH)
    moved = provider.post(
        reverse("portal:listing-move", args=[market.listing.pk]), {"move": "close"}
    )
    still = Listing.objects.get(pk=market.listing.pk).state
    key = {"key": str(uuid4())}
    closed = provider.post(address, key, headers=ENGLISH, follow=True)
    again = provider.post(address, key, headers=ENGLISH, follow=True)

    assert "1 cleared order goes on and is delivered as agreed." in asked.text
    assert "Pause instead" in asked.text
    assert moved.status_code == 400
    assert still == ListingState.OPEN
    assert "is closed." in closed.text
    assert again.status_code == 200
    assert Listing.objects.get(pk=market.listing.pk).state == ListingState.CLOSED


def test_nobody_elses_listing_can_be_closed():
    market = Market()
    stranger = cast.signed_in(cast.member(cast.organization("Other"), Role.PROVIDER))
    address = reverse("portal:listing-close", args=[market.listing.pk])

    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"key": str(uuid4())}).status_code == 404
    assert Listing.objects.get(pk=market.listing.pk).state == ListingState.OPEN


def test_an_order_that_would_be_rejected_is_no_primary_act():
    listing = listed()
    poor = factories.BuyerFactory(stem="Poor", cash="0.01")
    browser = cast.signed_in(cast.member(poor, Role.BUYER))
    address = reverse("portal:order-place", args=[listing.pk])
    form = browser.get(address).context["form"].initial

    quoted = browser.post(address, form | {"key": str(uuid4())}, headers=ENGLISH)

    assert "Place it all the same" in quoted.text
    assert "is missing." in quoted.text
    button = quoted.text.partition('value="order"')[2].partition(">")[0]
    assert "cm-btn--primary" not in button
