"""A row that fails alone is set aside, said in plain words, listed, and tried again."""

import json
from datetime import UTC, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse

from common import reviews, tenancy
from identity.contracts import Role
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import Listing
from marketplace.catalog.services import listings
from marketplace.orders.models import Order
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.contracts import VoucherState
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.services import returns
from pricing import services as pricing
from tests.cast import member, organization, signed_in
from tests.catalog.supply import listed
from tests.orders.cast import NOW, buyer, clear, place, programme, seen, voucher, wish

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def waiting():
    """Return an order that was set aside."""
    order = place(buyer("100"), wish(listed()))
    with tenancy.acting_as_platform():
        Order.objects.filter(pk=order.pk).update(
            **reviews.set_aside("clearing_failed", "KeyError: 'unit'", at=NOW)
        )
    return seen(order)


def run(*args):
    out = StringIO()
    call_command("needs_review", *args, stdout=out)
    return out.getvalue()


def test_the_page_says_in_both_languages_that_the_order_is_being_checked(waiting):
    client = signed_in(member(waiting.buyer, Role.BUYER))
    pages = {}
    for language in ("zh-hans", "en"):
        client.cookies["django_language"] = language
        path = reverse("portal:order", args=[waiting.pk])
        pages[language] = client.get(path).content.decode()

    assert "该订单未能清算，正等待平台运营方核查。" in pages["zh-hans"]
    assert "waits for a check by the market&#x27;s operator" in pages["en"]
    assert "You may wait, or cancel it." in pages["en"]
    # What went wrong inside is for operators, and not on the page.
    assert "KeyError" not in pages["en"]


def test_the_api_says_so_too_to_buyer_and_operator(waiting):
    buyer_client = signed_in(member(waiting.buyer, Role.BUYER))
    operator = signed_in(member(organization("Platform"), Role.OPERATOR))

    for client in (buyer_client, operator):
        reply = client.get(f"/api/v1/orders/{waiting.pk}").json()
        assert reply["needs_review"] is True
        assert reply["review_code"] == "clearing_failed"
        assert reply["review_since"].startswith("2026-11-20T")
        assert reply["review"]
        assert (reply["state"], reply["is_cancellable"]) == ("PLACED", True)
        assert reply["clearing"] is None
        assert "KeyError" not in json.dumps(reply)


def test_the_command_lists_what_waits_and_has_it_tried_again(waiting):
    assert waiting.number in run()
    (row,) = [json.loads(line) for line in run("--json", "--kind", "order").splitlines()]
    assert (row["kind"], row["number"], row["code"]) == (
        "order",
        waiting.number,
        "clearing_failed",
    )

    assert run("--retry", "order", waiting.number) == f"order {waiting.number} is tried again\n"

    assert run() == "Nothing waits for a check.\n"
    assert clear(waiting.wanted_listing).cleared == 1


@pytest.mark.parametrize("ids", [["order"], ["order", "O-1"], ["contractx", "1"]])
def test_what_does_not_wait_is_named(waiting, ids):
    with pytest.raises(CommandError):
        run("--retry", *ids)

    assert seen(waiting).needs_review


def test_a_voucher_that_cannot_be_swept_stops_no_other(monkeypatch):
    of = programme()
    cards = [voucher(buyer(), "10", of) for _ in range(5)]
    poisoned = cards[2]
    spare = returns._return_spare

    def fail_or_return(found, **facts):
        if poisoned.pk in {each.pk for each in found}:
            raise KeyError("programme")
        spare(found, **facts)

    later = NOW + timedelta(days=800)
    with monkeypatch.context() as patch:
        patch.setattr(returns, "_return_spare", fail_or_return)
        vouchers.expire_vouchers(now=later)

    with tenancy.acting_as_platform():
        states = {card.pk: card.state for card in Voucher.objects.all()}
        waiting = Voucher.objects.get(pk=poisoned.pk)
    assert waiting.review_code == "not_returned"
    assert {states[card.pk] for card in cards if card != poisoned} == {VoucherState.EXPIRED}
    assert states[poisoned.pk] == VoucherState.ACTIVE
    assert vouchers.expire_vouchers(now=later) == 0

    run("--retry", "voucher", poisoned.number)

    assert vouchers.expire_vouchers(now=later) == 1


def test_a_listing_whose_plan_cannot_be_followed_stops_no_other(monkeypatch):
    lots = [listed(price="3") for _ in range(4)]
    now = time_machine.escape_hatch.datetime.datetime.now(UTC)  # As the database sees it.
    for lot in lots:
        with tenancy.acting_as_platform():
            pricing.publish_version(
                provider_id=lot.provider_id,
                plan_id=lot.plan_version.plan_id,
                components=[
                    {
                        "code": "usage",
                        "unit": "standard_hour",
                        "tiers": [{"from": "0", "unit_price": "2.5"}],
                    }
                ],
                starts_at=now + MINUTE,
                now=now,
            )
    poisoned = lots[1]
    repriced = listings._repriced

    def fail_or_reprice(listing, card):
        if listing.pk == poisoned.pk:
            raise ValueError(card)
        return repriced(listing, card)

    monkeypatch.setattr(listings, "_repriced", fail_or_reprice)

    assert catalog.follow_plans(now=now + MINUTE) == 3

    with tenancy.acting_as_platform():
        waiting = Listing.objects.get(pk=poisoned.pk)
    assert (waiting.review_code, waiting.state) == ("plan_unreadable", ListingState.PAUSED)
    assert poisoned.number in run("--kind", "listing")
