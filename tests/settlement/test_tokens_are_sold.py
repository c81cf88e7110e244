"""
Tokens of an API from the register to the settled charge, in figures that can be followed.

A resource of 8,000 tokens a second answers 28,800,000 in an hour. A price is for a thousand tokens
that are read; by the rule `api-tokens-out-4` a generated one counts as four.
"""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from common import clock, tenancy
from identity.contracts import CapacityUnit, ResourceClass, Role
from marketplace.catalog.contracts import OfferRefused
from marketplace.catalog.tokens import throughput_milli
from marketplace.demands import selectors as demands
from marketplace.orders.models import Order
from marketplace.orders.rating import LINE_KINDS
from marketplace.settlement.selectors import token_use
from marketplace.vouchers.contracts import LineKind
from pricing import rules as pricing_rules
from pricing.contracts import RateUnit
from tests import cast, factories
from tests.settlement.beside_compute import install_rules, read
from tests.settlement.cast import OPENED, Market

pytestmark = pytest.mark.django_db
API = {
    "name": "API",
    "resource_class": ResourceClass.AI,
    "capacity_unit": CapacityUnit.TPS,
    "specification": {"nodes": 1, "tps": 8_000},
    "total_milli": 8_000_000,
}


@pytest.fixture(autouse=True)
def _rules():
    install_rules()


def api(rule="api-tokens-out-4", price="0.02", **more):
    """Return a market that sells 8,000 tokens a second at ¥20.00 a million tokens read."""
    return Market(resource=API, rule=rule, price=price, unit="ktoken", **more)


def line(said):
    return said["unit"], Decimal(said["quantity"]), said["amount_minor"]


def test_tokens_are_committed_by_throughput_and_held_for_all_that_it_answers():
    market = api()
    order = market.order(cards=1000)  # 60,000 a minute for an hour
    assert [line(each) for each in order.lines] == [("ktoken", 3_600, 72_00)]
    assert market.cash() == ("100000.00", "99928.00")


def test_tokens_read_and_generated_are_charged_at_their_weights():
    market = api()
    order = market.order(cards=1000)
    assert read(market, order, 1_000_000, "api-token") == []
    assert read(market, order, 200_000, "api-token-out") == []
    market.settle()

    (charge,) = market.charges(order)
    assert (charge.unit, charge.quantity) == ("api-token", 1_800_000)
    assert [line(each) for each in charge.lines] == [("ktoken", 1_800, 36_00)]
    assert market.cash() == ("99964.00", "99964.00")
    assert LINE_KINDS[RateUnit.KTOKEN] == LineKind.COMPUTE


def test_tokens_may_count_alike():
    market = api(rule="api-tokens")
    order = market.order(cards=1000)
    assert read(market, order, 1_000_000, "api-token") == []
    assert read(market, order, 200_000, "api-token-out") == []
    market.settle()

    (charge,) = market.charges(order)
    assert [line(each) for each in charge.lines] == [("ktoken", 1_200, 24_00)]


def test_no_more_is_charged_than_was_committed():
    market = api()
    order = market.order(cards=1000)
    assert read(market, order, 4_000_000, "api-token") == []  # The API could, the order not.
    market.charge()

    (charge,) = market.charges(order)
    assert (charge.quantity, charge.beyond_quantity) == (3_600_000, 400_000)
    assert (charge.gross_minor, charge.remark) == (72_00, "beyond_order")


def test_a_throughput_has_no_cards_for_alternatives():
    listing = api().listing
    now = clock.now()
    cards = factories.ListingFactory(at=now, available_from=now - timedelta(hours=2))
    starts = now.replace(microsecond=0) + timedelta(hours=1)
    subject = {
        "units_milli": 2000,
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=1)).isoformat(),
    }

    def others(each):
        asked = subject | {"listing_id": str(each.pk)}
        with tenancy.acting_as_platform():
            return demands.alternatives_to(subject=asked, gross_minor=1, at=now)

    assert [each.listing.pk for each in others(cards).offers] == [cards.pk]
    assert (others(listing).offers, others(listing).why_none) == ((), "other_unit")


def test_more_than_the_api_can_answer_is_refused():
    market = api()
    assert read(market, market.order(), 28_800_001, "api-token") == ["above_capacity"]


@pytest.mark.parametrize(
    ("made_of", "rule", "unit"),
    [
        (API, "api-tokens", "unit_hour"),
        (API, "api-tokens", "gb_moved"),
        (API, "bytes-moved", "ktoken"),
        ({"chip": "A100", "cards": 8}, "api-tokens", "ktoken"),
    ],
    ids=["hours", "bytes", "measured", "cards"],
)
def test_what_is_not_sold_by_tokens_cannot_be_offered_so(made_of, rule, unit):
    provider = factories.OrganizationFactory(stem="Provider")
    with pytest.raises(OfferRefused):
        factories.ListingFactory(
            provider=provider,
            resource=factories.ResourceFactory(provider=provider, **made_of),
            version=factories.RatePlanVersionFactory(
                provider=provider, price="1", unit=unit, at=OPENED
            ),
            rule=rule,
            at=OPENED,
            available_from=OPENED,
        )


def test_no_sql_promises_tokens_at_another_price():
    order = api().order(cards=1000)
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(o) FROM orders_order o WHERE id = %s", [order.pk])
        cheaper = (
            "INSERT INTO orders_order SELECT (jsonb_populate_record(o, jsonb_build_object("
            "'id', gen_random_uuid(), 'number', 'O-1', 'key', 'cheaper', 'state', 'PLACED',"
            " 'gross_minor', 1, 'lines', jsonb_set(lines, '{0,amount_minor}', '1')))).*"
            " FROM orders_order o WHERE id = %s"
        )
        with pytest.raises(DatabaseError, match="not what a quote promised"), transaction.atomic():
            cursor.execute(cheaper, [order.pk])
    assert Order.objects.filter(gross_minor=1).count() == 0


def test_a_thousand_tokens_is_exact():
    assert pricing_rules.ktokens(Decimal("0.000001")) == Decimal("0.000000001")


def test_a_buyer_types_millions_of_tokens_and_gets_the_throughput_that_answers_them():
    market = api()
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    address = f"/market/{market.listing.pk}/order/"
    english = {"accept-language": "en"}
    shown = buyer.get(address, headers=english).content.decode()
    assert "A million tokens generated" in shown
    assert "¥80.00" in shown
    assert "480,000 tokens a minute" in shown

    local = (clock.now() + timedelta(hours=8, minutes=5)).strftime("%Y-%m-%dT%H:%M:%S")
    typed = {
        "key": uuid4(),
        "units": "1",
        "tokens": "3.6",
        "starts_at": local,
        "length": "1",
        "length_unit": "hour",
        "action": "quote",
    }
    quoted = buyer.post(address, typed, headers=english).content.decode()
    assert "3,600 thousand tokens" in quoted
    assert "¥72.00" in quoted


@given(st.decimals("0.000001", 10**6, places=6), st.integers(1, 366 * 86_400))
def test_a_throughput_answers_all_and_hardly_more(millions, seconds):
    milli = throughput_milli(Fraction(millions) * 10**6, seconds)
    assert milli * seconds >= millions * 10**9
    assert milli == 1 or (milli - 1) * seconds < millions * 10**9


def asked(client, address, **said):
    starts_at = (clock.now() + timedelta(hours=1)).replace(microsecond=0)
    body = {
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
        **said,
    }
    return client.post(
        f"/api/v1/{address}",
        body,
        content_type="application/json",
        headers={"idempotency-key": str(uuid4())},
    )


@pytest.mark.parametrize(
    ("said", "milli"),
    [
        ({"tokens_in": 2_800_000, "tokens_out": 200_000}, 1_000_000),  # 2.8 + 4 · 0.2 millions
        ({"tokens_in": 3_600_001}, 1_000_001),
        ({"tokens_out": 900_001}, 1_000_002),  # up to the next thousandth
        ({"millions_in": "2.8", "millions_out": "0.2"}, 1_000_000),
        ({"units_milli": 1_000_000}, 1_000_000),
    ],
)
def test_the_api_takes_tokens_instead_of_a_throughput(said, milli):
    market = api()
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    quote = asked(buyer, "quotes", listing_id=str(market.listing.pk), **said)
    assert quote.status_code == 201, quote.content
    placed = asked(buyer, "orders", listing_id=str(market.listing.pk), **said)
    assert placed.status_code == 201, placed.content
    assert placed.json()["units_milli"] == milli


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"tokens_in": 0},
        {"tokens_in": 1, "units_milli": 1},
        {"tokens_in": 1, "millions_out": "1"},
        {"tokens_in": 1.5},
        {"tokens_in": -1},
        {"millions_in": "0.0000001"},
    ],
    ids=str,
)
def test_two_ways_or_none_of_saying_how_much_are_refused(said):
    market = api()
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    refused = asked(buyer, "orders", listing_id=str(market.listing.pk), **said)
    assert refused.status_code == 400


def test_what_sells_no_tokens_is_not_asked_in_tokens():
    market = Market()
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    refused = asked(buyer, "orders", listing_id=str(market.listing.pk), tokens_in=1)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_sold_by_tokens")


def test_an_orders_page_says_what_became_of_its_tokens():
    market = api()
    order = market.order(cards=1000)
    assert read(market, order, 1_000_000, "api-token") == []
    assert read(market, order, 200_000, "api-token-out") == []
    market.settle()

    with tenancy.acting_as(market.buyer.pk):
        found = token_use(Order.objects.get(pk=order.pk))
    assert (found.committed, found.used, found.left) == (3_600_000, 1_800_000, 1_800_000)
    assert (found.a_minute, found.most_a_minute) == (60_000, 30_000)
    assert (found.read, found.generated, found.is_kept) == (1_000_000, 200_000, True)
    buyer = cast.signed_in(cast.member(market.buyer, Role.BUYER))
    said = buyer.get(f"/api/v1/orders/{order.pk}/tokens").json()
    assert (said["used"], said["left"], said["most_a_minute"]) == ("1800000", "1800000", "30000")
    shown = buyer.get(f"/orders/{order.pk}/", headers={"accept-language": "en"}).content.decode()
    for text in ("1,000,000 read, 200,000 generated", "60,000 tokens a minute", "¥80.00 generated"):
        assert text in shown


def test_more_than_was_committed_is_said_to_be_beyond():
    market = api()
    order = market.order(cards=1000)
    assert read(market, order, 4_000_000, "api-token") == []
    market.charge()
    with tenancy.acting_as(market.buyer.pk):
        found = token_use(Order.objects.get(pk=order.pk))
    assert (found.used, found.beyond, found.left, found.is_kept) == (3_600_000, 400_000, 0, False)
    assert found.most_a_minute > found.a_minute
