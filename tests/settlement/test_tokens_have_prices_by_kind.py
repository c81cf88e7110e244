"""
Tokens of an API at a price by kind, from the order to the settled charge, in figures to follow.

¥20 a million read, ¥80 generated, ¥5 from a cache. By `api-tokens-kinds` a generated token takes as
much throughput as four that are read, one from a cache a quarter.
"""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from identity.contracts import Role
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import OfferRefused
from marketplace.orders.models import Order
from marketplace.settlement import selectors
from marketplace.settlement.models import Contract
from pricing import verify_price
from pricing.services import publish_version
from tests import cast
from tests.pricing.test_tokens_by_kind import PRICES, priced
from tests.settlement.beside_compute import install_rules, read
from tests.settlement.cast import Market
from tests.settlement.test_tokens_are_sold import API, asked, line

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules():
    install_rules()


def by_kind(rule="api-tokens-kinds", **prices):
    return Market(resource=API, rule=rule, terms=priced(**prices or PRICES))


def charges_of(market, order):
    with tenancy.acting_as_platform():
        contract = Contract.objects.select_related("order").get(order=order)
        return selectors.charges_document(contract)


def test_an_order_by_kind_is_held_at_the_price_of_each_kind():
    market = by_kind()
    # 1,000 tokens a second for an hour: 3.6 million as read; 2 read to 0.4 generated.
    order = market.order(cards=1000, token_mix=(("in", 2_000_000), ("out", 400_000)))
    assert [line(each) for each in order.lines] == [
        ("mtoken_in", Decimal(2), 40_00),
        ("mtoken_out", Decimal("0.4"), 32_00),
    ]
    assert (order.token_mix, order.gross_minor) == ({"in": "2000000", "out": "400000"}, 72_00)


def test_an_order_of_throughput_is_held_at_the_dearest_kind():
    order = by_kind(**PRICES | {"out": "99"}).order(cards=1000)
    # Generated: 0.9 million at ¥99; read: 3.6 million at ¥20; from a cache: 14.4 million at ¥5.
    assert (order.token_mix, order.gross_minor) == ({"out": "1"}, 89_10)


def test_each_kind_is_charged_at_its_own_price_and_the_script_says_the_same():
    market = by_kind()
    order = market.order(cards=1000, token_mix=(("in", 2_000_000), ("out", 400_000)))
    assert read(market, order, 1_000_000, "api-token") == []
    assert read(market, order, 200_000, "api-token-out") == []
    assert read(market, order, 400_000, "api-token-cached") == []
    market.settle()

    (charge,) = market.charges(order)
    assert charge.quantity == 1_900_000
    assert [line(each) for each in charge.lines] == [
        ("mtoken_in", Decimal(1), 20_00),
        ("mtoken_out", Decimal("0.2"), 16_00),
        ("mtoken_cached", Decimal("0.4"), 2_00),
    ]
    assert market.cash() == ("99962.00", "99962.00")
    assert verify_price.check_charges(charges_of(market, order)) == []


def test_a_correction_gives_back_what_each_kind_cost():
    market = by_kind()
    order = market.order(cards=1000, token_mix=(("in", 2_000_000), ("out", 400_000)))
    assert read(market, order, 1_000_000, "api-token") == []
    market.charge()
    assert read(market, order, 100_000, "api-token-out") == []
    market.charge()
    rated = [each.rated_minor for each in market.charges(order)]
    assert sum(rated) == 28_00
    assert verify_price.check_charges(charges_of(market, order)) == []


def test_beyond_the_throughput_each_kind_is_cut_in_proportion():
    market = by_kind()
    order = market.order(cards=1000)
    assert read(market, order, 3_600_000, "api-token") == []
    assert read(market, order, 900_000, "api-token-out") == []
    market.charge()
    (charge,) = market.charges(order)
    assert (charge.quantity, charge.beyond_quantity) == (3_600_000, 3_600_000)
    assert [line(each)[1] for each in charge.lines][:2] == [Decimal("1.8"), Decimal("0.45")]
    assert verify_price.check_charges(charges_of(market, order)) == []


@pytest.mark.parametrize(
    ("said", "milli", "gross"),
    [
        ({"tokens_in": 2_000_000, "tokens_out": 400_000}, 1_000_000, 72_00),
        ({"millions_in": "2", "millions_cached": "6.4"}, 1_000_000, 72_00),
        ({"tokens": 900_000}, 1_000_000, 72_00),
        ({"units_milli": 1_000_000}, 1_000_000, 72_00),
    ],
    ids=str,
)
def test_the_api_commits_tokens_by_kind_or_in_all(said, milli, gross):
    market = by_kind()
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    quote = asked(buyer, "quotes", listing_id=str(market.listing.pk), **said)
    assert (quote.status_code, quote.json().get("gross_minor")) == (201, gross), quote.content
    placed = asked(buyer, "orders", listing_id=str(market.listing.pk), **said)
    assert placed.status_code == 201, placed.content
    assert placed.json()["units_milli"] == milli


def test_a_quote_of_kinds_is_ordered_as_it_says():
    market = by_kind()
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    starts_at = (clock.now() + timedelta(hours=2)).replace(microsecond=0)
    said = {
        "listing_id": str(market.listing.pk),
        "tokens_in": 3_600_000,
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
    }
    quote = asked(buyer, "quotes", **said).json()
    placed = asked(buyer, "orders", **said, quote_id=quote["id"])
    assert placed.status_code == 201, placed.content
    why = buyer.get(f"/quotes/{quote['id']}/why/", headers={"accept-language": "en"}).text
    assert "million tokens read: 100.00 %" in why
    assert "million tokens generated: 4 ·" in why


def test_kinds_that_the_rule_does_not_weigh_are_not_sold():
    market = by_kind(rule="api-tokens-out-4")
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    refused = asked(buyer, "orders", listing_id=str(market.listing.pk), tokens_cached=1)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_sold_by_tokens")


@pytest.mark.parametrize(
    "change",
    [
        "jsonb_build_object('token_mix', '{\"in\": \"1\"}'::jsonb)",
        "jsonb_build_object('token_mix', NULL)",
        "jsonb_build_object('gross_minor', 1, 'lines',"
        " jsonb_set(lines, '{0,amount_minor}', '1') - 1)",
    ],
    ids=["mix", "none", "price"],
)
def test_no_sql_promises_kinds_at_another_price(change):
    order = by_kind().order(cards=1000, token_mix=(("in", 1), ("out", 1)))
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        copied = (
            "INSERT INTO orders_order SELECT (jsonb_populate_record(o, jsonb_build_object("
            "'id', gen_random_uuid(), 'number', 'O-1', 'key', 'other', 'state', 'PLACED',"
            f" 'quote_id', NULL) || {change})).* FROM orders_order o WHERE id = %s"
        )
        with pytest.raises(DatabaseError, match="not what a quote promised"), transaction.atomic():
            cursor.execute(copied, [order.pk])
    assert Order.objects.filter(key="other").count() == 0


def test_pages_tell_prices_by_kind_and_take_tokens_so():
    market = by_kind()
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    address = f"/market/{market.listing.pk}/order/"
    english = {"accept-language": "en"}
    shown = buyer.get(address, headers=english).content.decode()
    for text in ("A million tokens read from a cache", "¥80.00", "Tokens generated, in millions"):
        assert text in shown
    local = (clock.now() + timedelta(hours=8, minutes=5)).strftime("%Y-%m-%dT%H:%M:%S")
    typed = {
        "key": uuid4(),
        "units": "1",
        "tokens_in": "2",
        "tokens_out": "0.4",
        "starts_at": local,
        "length": "1",
        "length_unit": "hour",
        "action": "quote",
    }
    quoted = buyer.post(address, typed, headers=english).content.decode()
    for text in ("¥72.00", "¥40.00", "¥32.00"):
        assert text in quoted
    both = buyer.post(address, typed | {"tokens": "1"}, headers=english).content.decode()
    assert "Say tokens by kind or in all, not both." in both

    order = market.order(cards=1000, token_mix=(("in", 2_000_000), ("out", 400_000)))
    shown = buyer.get(f"/orders/{order.pk}/", headers=english).content.decode()
    assert "400,000 tokens of this kind are held for" in shown


def test_no_listing_is_priced_by_a_version_before_it_holds():
    market = by_kind()
    plan = market.listing.plan_version.plan
    now = clock.now()
    with tenancy.acting_as(market.provider.pk):
        to_come = publish_version(
            provider_id=market.provider.pk,
            plan_id=plan.pk,
            terms=priced(**PRICES | {"out": "70"}),
            now=now,
            starts_at=now + timedelta(days=30),
        )
        at_once = {
            "provider_id": market.provider.pk,
            "plans": {market.listing.pk: to_come.id},
            "now": now,
        }
        with pytest.raises(OfferRefused) as refused:
            catalog.change_plans(**at_once)
        assert refused.value.field == "plan_version_id"
