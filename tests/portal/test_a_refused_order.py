"""What the page of an order says that came to nothing."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from common import tenancy
from identity.contracts import Role
from marketplace.orders import services
from marketplace.orders.contracts import RefusalCode
from tests import cast
from tests.catalog.supply import listed
from tests.orders.cast import NOW, buyer, clear, place, wish

pytestmark = pytest.mark.django_db


def page_of(order, organization, part: str = "") -> str:
    client = cast.signed_in(cast.member(organization, Role.BUYER))
    with override("en"):
        client.cookies["django_language"] = "en"
        address = reverse("portal:order", args=[order.pk])
        answer = client.get(address, {"part": part}).content.decode()
    return " ".join(answer.split())


def test_a_rejected_order_says_what_it_would_have_cost():
    listing = listed()
    poor = buyer()
    order = place(poor, wish(listing))
    clear(listing)

    page = page_of(order, poor)

    assert "Would have cost in cash" in page
    assert "Held in cash" not in page
    assert "never exceeds the hold" not in page
    assert "Nothing is held; this is" in page
    assert "ended before anything was held" in page_of(order, poor, "ledger")


def test_a_rejected_order_says_why_in_words_and_offers_ways_on():
    listing = listed()
    poor = buyer()
    order = place(poor, wish(listing))
    clear(listing)

    page = page_of(order, poor)

    assert "The prepaid balance did not cover the cash part." in page
    assert RefusalCode.INSUFFICIENT_FUNDS.value not in page
    assert "is-done" not in page
    assert f'/market/{listing.pk}/order/?again={order.pk}"' in page
    assert "Cheaper listings" in page
    assert "Your prepaid account" in page
    assert RefusalCode.INSUFFICIENT_FUNDS.value in page_of(order, poor, "evidence")


def test_changing_and_ordering_again_begins_with_what_was_asked_before():
    listing = listed()
    poor = buyer()
    order = place(poor, wish(listing, cards="3", use_vouchers=False))
    clear(listing)
    client = cast.signed_in(cast.member(poor, Role.BUYER))

    again = client.get(reverse("portal:order-place", args=[listing.pk]), {"again": order.pk})
    stranger = cast.signed_in(cast.member(buyer(), Role.BUYER))
    other = stranger.get(reverse("portal:order-place", args=[listing.pk]), {"again": order.pk})

    assert again.context["form"].initial["units"] == "3"
    assert not again.context["form"].initial["use_vouchers"]
    assert other.context["form"].initial["units"] != "3"


def test_a_cancelled_order_holds_nothing_either():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing))
    with tenancy.acting_as(haichao.pk):
        services.cancel_order(order_id=order.pk, buyer_id=haichao.pk, now=NOW)

    page = page_of(order, haichao)

    assert "Was to be paid in cash" in page
    assert "Held in cash" not in page
