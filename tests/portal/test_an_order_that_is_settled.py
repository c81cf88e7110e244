"""Once an order is settled, its page says what was paid instead of what is held."""

import pytest
from django.urls import reverse

from identity.contracts import Role
from tests import cast
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db


def test_a_settled_order_says_what_was_paid_and_a_running_one_what_is_held():
    market = Market(price="12.00")
    order = market.order(cards=2)
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    english = {"Accept-Language": "en"}
    address = reverse("portal:order", args=[order.pk])

    def page_of(part=""):
        answer = buyer.get(address, {"part": part}, headers=english).content.decode()
        return " ".join(answer.split()).replace("> ", ">").replace(" <", "<")

    running = page_of()
    market.use(order, "1")
    market.settle()
    settled = page_of()
    entries = page_of("ledger")

    assert "Held in cash" in running
    assert "Paid in cash" not in running
    assert "Paid in cash</dt><dd>¥12.00" in settled
    assert "Was held in cash</dt><dd>¥24.00" in settled
    assert "¥12.00 in all" in settled
    assert "so far" not in settled
    assert "Total: Held" in entries
    assert "Total: Captured" in entries
