"""Storage and a network beside cards: named by the provider, ordered and read by the buyer."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from common import clock, moments, tenancy
from identity.contracts import Role
from marketplace.orders.models import Order
from tests import cast
from tests.orders.side_by_side import Set
from tests.settlement.cast import HOUR

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
LOCAL = "%Y-%m-%dT%H:%M:%S"


@pytest.fixture
def made() -> Set:
    return Set()


@pytest.fixture
def buyer(made):
    return cast.signed_in(cast.member(made.cards.buyer, Role.BUYER))


@pytest.fixture
def provider(made):
    return cast.signed_in(cast.member(made.cards.provider, Role.PROVIDER))


def typed(**more):
    starts_at = (clock.now() + HOUR).astimezone(moments.market_zone()).strftime(LOCAL)
    return {
        "key": str(uuid4()),
        "units": "2",
        "starts_at": starts_at,
        "length": "3",
        "length_unit": "hour",
        "storage_gb": "720",
        "network_gb": "1350",
    } | more


def test_a_buyer_sees_the_total_and_orders_all_of_it(made, buyer):
    address = reverse("portal:order-place", args=[made.cards.listing.pk])
    said = typed()

    quoted = buyer.post(address, said, headers=ENGLISH)

    assert "¥500.60" in quoted.text  # 72.00 + 3.60 + 425.00
    assert "for data moved" in quoted.text
    quotes = {each["input"]: each["quote"].pk for each in quoted.context["beside"]}
    assert quotes.keys() == {"storage_quote", "network_quote"}
    said |= quotes | {"quote_id": quoted.context["quote"].pk, "action": "order"}
    placed = buyer.post(address, said, headers=ENGLISH, follow=True)

    assert "Ordered together" in placed.text
    assert "¥500.60" in placed.text
    with tenancy.acting_as_platform():
        rows = Order.objects.order_by("pk").values_list("state", "units_milli", "quote_id")
        assert [row[:2] for row in rows] == [
            ("CLEARED", 2000),
            ("CLEARED", 720_000),
            ("CLEARED", 1000),
        ]
        assert {row[2] for row in rows} >= set(quotes.values())
        last = Order.objects.order_by("pk").last()
    shelf = buyer.get(reverse("portal:order", args=[last.pk]), headers=ENGLISH)
    assert "Ordered together" in shelf.text
    told = buyer.get(f"/api/v1/orders/{last.pk}").json()["together"]
    assert sum(each["gross_minor"] for each in told) == 500_60


def test_too_much_beside_it_is_said_at_its_field_and_orders_nothing(made, buyer):
    address = reverse("portal:order-place", args=[made.cards.listing.pk])

    refused = buyer.post(address, typed(storage_gb="10001"), headers=ENGLISH)
    both = buyer.post(address, typed(network_gbps="1"), headers=ENGLISH)

    assert "storage_gb" in refused.context["form"].errors
    assert "network_gb" in both.context["form"].errors
    with tenancy.acting_as_platform():
        assert not Order.objects.exists()


def test_a_stranger_reads_what_can_be_ordered_with_a_listing(made):
    page = Client().get(f"/market/{made.cards.listing.pk}/", headers=ENGLISH)
    assert "Can be ordered with it" in page.text
    assert f'href="/market/{made.shelf.listing.pk}/"' in page.text


def test_a_provider_says_what_stands_beside_a_listing(made, provider, buyer):
    address = reverse("portal:listing-beside", args=[made.cards.listing.pk])
    page = provider.get(address, headers=ENGLISH)
    assert made.shelf.listing.number in page.text
    assert "一并订购" in provider.get(address, headers={"Accept-Language": "zh-hans"}).text

    provider.post(
        address,
        {"key": str(uuid4()), "storage": "", "network": str(made.pipe.listing.pk)},
        headers=ENGLISH,
    )

    listing = reverse("portal:listing", args=[made.cards.listing.pk])
    shown = buyer.get(listing, headers=ENGLISH).text
    assert made.pipe.listing.number in shown
    assert made.shelf.listing.number not in shown


def test_programs_say_and_order_it_too(made, provider, buyer):
    address = f"/api/v1/listings/{made.cards.listing.pk}/beside"
    both = {"storage_id": str(made.shelf.listing.pk), "network_id": str(made.pipe.listing.pk)}
    told = provider.put(
        address,
        both | {"network_id": None},
        content_type="application/json",
        headers={"Idempotency-Key": "a"},
    )
    assert told.json()["network"] is None
    assert told.json()["storage"]["number"] == made.shelf.listing.number
    wrong = provider.put(
        address,
        both | {"network_id": both["storage_id"]},
        content_type="application/json",
        headers={"Idempotency-Key": "b"},
    )
    assert wrong.json()["code"] == "listing_beside_refused"
    period = Set.period_from(clock.now())
    order = {
        "listing_id": str(made.cards.listing.pk),
        "units_milli": 2000,
        "starts_at": period.starts_at.isoformat(),
        "ends_at": period.ends_at.isoformat(),
        "beside": [{"listing_id": both["storage_id"], "units_milli": 10_001_000}],
    }
    headers = {"Idempotency-Key": "one"}
    refused = buyer.post("/api/v1/orders", order, content_type="application/json", headers=headers)
    assert refused.json()["code"] == "capacity_exhausted"
    order["beside"][0]["units_milli"] = 720_000
    headers = {"Idempotency-Key": "two"}
    placed = buyer.post("/api/v1/orders", order, content_type="application/json", headers=headers)
    assert (placed.status_code, placed.json()["state"]) == (201, "CLEARED")
    assert placed.json()["beside_id"] is None
