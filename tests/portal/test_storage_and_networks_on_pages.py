"""The pages say GB, Gbit/s, GB-month and GB moved where storage and networks are sold."""

import pytest
from django.urls import reverse

from identity.contracts import Role
from tests import cast
from tests.settlement.beside_compute import install_rules, network, read, storage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules():
    install_rules()


def pages(market, order, language):
    """Return what buyer and provider read about a listing, an order and its use."""
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    listing = market.listing.pk
    addresses = {
        "market": reverse("portal:market"),
        "table": reverse("portal:market") + "?view=table",
        "listing": reverse("portal:listing", args=[listing]),
        "form": reverse("portal:order-place", args=[listing]),
        "order": reverse("portal:order", args=[order.pk]),
        "charges": reverse("portal:order", args=[order.pk]) + "?part=charges",
    }
    found = {}
    for name, address in addresses.items():
        answer = buyer.get(address, headers={"Accept-Language": language})
        assert answer.status_code == 200, name
        found[name] = " ".join(answer.content.decode().split())
    return found


def test_storage_is_told_in_gigabytes_and_months():
    market = storage()
    order = market.order(cards=720)
    assert read(market, order, 360, "gb") == []
    market.charge()

    english, chinese = (pages(market, order, each) for each in ("en", "zh-hans"))

    assert "10,000 GB" in english["market"]
    assert "GB-month" in english["market"]
    assert "GB·月" in chinese["market"]
    assert "¥ per GB-month" in english["listing"]
    assert "GB" in english["form"]
    assert "720 GB" in english["order"]
    assert "720 GB" in chinese["order"]


def test_a_network_is_told_by_its_width_and_what_it_moved():
    market = network()
    order = market.order(cards=1)
    assert read(market, order, 10 * 10**9, "byte") == []
    market.charge()

    english, chinese = (pages(market, order, each) for each in ("en", "zh-hans"))

    assert "10 Gbit/s" in english["market"]
    assert "GB moved" in english["listing"]
    assert "GB 流量" in chinese["listing"]
    assert "1 Gbit/s" in english["order"]
