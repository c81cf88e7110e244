"""What the page of an order says that came to nothing."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from common import tenancy
from identity.contracts import Role
from marketplace.orders import services
from tests import cast
from tests.catalog.supply import listed
from tests.orders.cast import NOW, buyer, clear, place, wish

pytestmark = pytest.mark.django_db


def page_of(order, organization) -> str:
    client = cast.signed_in(cast.member(organization, Role.BUYER))
    with override("en"):
        client.cookies["django_language"] = "en"
        return client.get(reverse("portal:order", args=[order.pk])).content.decode()


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
    assert "ended before anything was held" in page


def test_a_cancelled_order_holds_nothing_either():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing))
    with tenancy.acting_as(haichao.pk):
        services.cancel_order(order_id=order.pk, buyer_id=haichao.pk, now=NOW)

    page = page_of(order, haichao)

    assert "Was to be paid in cash" in page
    assert "Held in cash" not in page
