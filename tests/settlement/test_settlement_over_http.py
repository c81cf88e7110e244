"""Both parties read their contracts, charges, records and statements; strangers read nothing."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from identity.contracts import Role
from tests import cast
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    market = Market()
    market.voucher("5000.00", share="0.25")
    order = market.order(cards=4)
    market.use(order, "3")
    market.settle()
    market.traded = order
    return market


def member_of(organization, role: Role) -> Client:
    return cast.signed_in(cast.member(organization, role))


def results(browser: Client, path: str) -> list[dict]:
    answer = browser.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


@pytest.mark.parametrize("party", ["buyer", "provider"])
def test_a_party_reads_what_it_traded(market, party):
    browser = member_of(getattr(market, party), Role[party.upper()])

    (contract,) = results(browser, f"contracts?order={market.traded.pk}&state=SETTLED")
    (charge,) = results(browser, f"charges?contract={contract['id']}")
    (record,) = results(browser, "trade-records?kind=TRADE")

    assert (contract["gross_minor"], contract["voucher_minor"]) == (3_600, 900)
    assert charge["lines"][0]["unit_price"] == "12"
    assert record["number"] == "T-00000001"
    detail = browser.get(f"/api/v1/contracts/{contract['id']}").json()
    assert [(each["held_minor"], each["captured_minor"]) for each in detail["funds"]] == [
        (1_200, 900),
        (3_600, 2_700),
    ]
    assert browser.get("/api/v1/trade-records/T-00000001").json() == record


def test_statements_look_at_one_side(market):
    browser = member_of(market.provider, Role.PROVIDER)

    (sold,) = browser.get("/api/v1/statements").json()
    bought = browser.get("/api/v1/statements?side=BUYER").json()

    assert (sold["gross_minor"], sold["fee_minor"], sold["net_minor"]) == (3_600, 108, 3_492)
    assert bought == []
    assert browser.get("/api/v1/statements?side=BOTH").status_code == 400


def test_a_stranger_reads_nothing(market):
    browser = member_of(cast.organization("Stranger"), Role.BUYER)

    for path in ("contracts", "charges", "trade-records"):
        assert results(browser, path) == []
    assert browser.get("/api/v1/trade-records/T-00000001").status_code == 404


def test_the_fee_is_public(client):
    (rule,) = results(client, "fee-rules")

    assert (rule["version"], rule["rate"]) == (1, "0.030000")


@pytest.fixture
def exceeded() -> Market:
    """Return a market where three cards were reported for an order of one."""
    market = Market()
    order = market.order(cards=1, hours=2)
    market.use(order, "3")
    market.settle()
    market.traded = order
    return market


@pytest.mark.parametrize("party", ["buyer", "provider"])
def test_both_parties_read_what_was_measured_beyond_the_order(exceeded, party):
    browser = member_of(getattr(exceeded, party), Role[party.upper()])

    (contract,) = results(browser, f"contracts?order={exceeded.traded.pk}")
    (charge,) = results(browser, f"charges?contract={contract['id']}")
    (record,) = results(browser, "trade-records?kind=TRADE")

    assert charge["remark"] == "beyond_order"
    assert [Decimal(charge[name]) for name in ("measured_quantity", "quantity")] == [10_800, 3_600]
    assert {Decimal(each["beyond_quantity"]) for each in (contract, charge, record)} == {7_200}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh-hans",
            ("计量 3.00 卡时，其中 2.00 卡时 超出订单，不计费", "2.00 卡时 超出订单，不计费"),
        ),
        (
            "en",
            (
                "3.00 card-hours measured, 2.00 card-hours beyond the order, not charged",
                "2.00 card-hours beyond the order, not charged",
            ),
        ),
    ],
)
def test_the_pages_of_buyer_and_provider_say_what_was_beyond_the_order(exceeded, language, words):
    buyer = member_of(exceeded.buyer, Role.BUYER)
    provider = member_of(exceeded.provider, Role.PROVIDER)
    for browser in (buyer, provider):
        browser.cookies["django_language"] = language

    order_page = buyer.get(f"/orders/{exceeded.traded.pk}/").content.decode()
    settlement_page = provider.get(reverse("portal:settlement")).content.decode()

    assert words[0] in order_page
    assert words[1] in settlement_page
