"""
One plan with prices of compute, storage and data moved: each is charged by its own, by hand.

Cards are ¥12 an hour. A GB-month (720 GB for an hour) is ¥1.20, at least ¥0.50 a contract. Data
moved is ¥0.50 for the first 100 GB and ¥0.30 from there; a gigabit a second moves at most 450 GB
in an hour.
"""

import json
import sys
from decimal import Decimal

import pytest
from django.utils import translation

from common import tenancy
from common.period import Period
from identity.models import Organization
from marketplace.catalog.contracts import OfferRefused
from marketplace.orders import selectors, verify_clearing
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderWish, Requirement
from marketplace.orders.models import Order
from marketplace.settlement import selectors as settlement
from marketplace.settlement.selectors.rerating import charges_document
from pricing import draft_selectors, plan_terms, verify_price, wording
from pricing import selectors as pricing
from tests.orders.side_by_side import ALL_IN_ONE, CARDS, KEPT, LEAST, MOVED
from tests.pricing.timed_plans import terms
from tests.settlement.beside_compute import NETWORK, STORAGE, install_rules, read
from tests.settlement.cast import HOUR, NOON, Market, is_balanced

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules():
    install_rules()


def three() -> tuple[Market, Market, Market]:
    cards = Market(terms=ALL_IN_ONE)
    shelf = Market(resource=STORAGE, rule="storage-hours", beside=cards)
    return cards, shelf, Market(resource=NETWORK, rule="bytes-moved", beside=cards)


def lines(said) -> list[tuple[str, str, Decimal, int]]:
    return [
        (each["sold_as"], each["component"], Decimal(each["quantity"]), each["amount_minor"])
        for each in said
    ]


def test_each_thing_is_held_measured_and_charged_by_its_own_prices():
    cards, shelf, pipe = three()

    computed = cards.order(cards=2, hours=3)
    kept = shelf.order(cards=720, hours=3)
    moved = pipe.order(cards=1, hours=3)

    assert lines(computed.lines) == [("compute", "cards", 6, 72_00)]
    assert lines(kept.lines) == [("storage", "kept", 3, 3_60), ("storage", "minimum", 1, 0)]
    assert lines(moved.lines) == [
        ("network", "moved", 100, 50_00),
        ("network", "moved", 1250, 375_00),
    ]
    assert {each.lines[0]["rating_rule"] for each in (computed, kept, moved)} == {"rate-4"}
    assert cards.cash() == ("100000.00", "99499.40")  # 72.00 + 3.60 + 425.00 are held.

    cards.use(computed, "2")
    cards.use(computed, "1.5", hour=1)
    assert read(shelf, kept, 180, "gb") == []  # A quarter of a GB-month: ¥0.30, and the least.
    assert read(pipe, moved, 150 * 10**9, "byte") == []
    cards.settle()

    charged = {
        each: [line for charge in market.charges(each) for line in lines(charge.lines)]
        for market, each in ((cards, computed), (shelf, kept), (pipe, moved))
    }
    assert charged[computed] == [
        ("compute", "cards", 2, 24_00),
        ("compute", "cards", Decimal("1.5"), 18_00),
    ]
    assert charged[kept] == [
        ("storage", "kept", Decimal("0.25"), 30),
        ("storage", "minimum", 1, 20),
    ]
    assert charged[moved] == [
        ("network", "moved", 100, 50_00),
        ("network", "moved", 50, 15_00),
    ]
    assert cards.cash() == ("99892.50", "99892.50")  # 42.00 + 0.50 + 65.00
    assert is_balanced()
    with tenancy.acting_as_platform():
        for market, each in ((cards, computed), (shelf, kept), (pipe, moved)):
            assert verify_price.check_charges(charges_document(market.contract(each))) == []


def test_a_near_buyer_moves_data_at_its_class_of_latency_and_pays_the_rest_as_others():
    near = {"path": {"otherwise": "1", "values": {"le-5ms": "0.8"}}}
    said = terms(CARDS, KEPT, MOVED | {"factors": ["path"]}, factors=near)
    cards = Market(terms=said)
    pipe = Market(resource=NETWORK, rule="bytes-moved", beside=cards)
    with tenancy.acting_as_platform():
        Organization.objects.filter(pk=cards.buyer.pk).update(region=pipe.listing.region)
    computed, moved = cards.order(), pipe.order()
    cards.use(computed, "1")
    assert read(pipe, moved, 150 * 10**9, "byte") == []

    cards.settle()

    (of_cards,), (of_pipe,) = cards.charges(computed), pipe.charges(moved)
    assert of_cards.gross_minor == 12_00
    assert [each["amount_minor"] for each in of_pipe.lines] == [40_00, 12_00]  # × 0.8
    assert of_pipe.lines[0]["factors"] == [["path", "le-5ms", "0.8"]]
    assert "path" in of_pipe.lines[0]["evidence"]
    assert cards.cash() == ("99936.00", "99936.00")


def test_who_names_no_listing_gets_the_cards_at_their_own_price_and_a_script_agrees(monkeypatch):
    monkeypatch.setitem(sys.modules, "verify_price", verify_price)  # They lie side by side.
    cards, _shelf, _pipe = three()
    book = cards.listing.book
    with tenancy.acting_as(cards.buyer.pk):
        placed = orders.place_order(
            buyer_id=cards.buyer.pk,
            wish=OrderWish(
                key="any",
                units_milli=2000,
                period=Period(NOON, NOON + 3 * HOUR),
                requirement=Requirement(book.resource_class, book.hub, ()),
            ),
            placed_at=NOON - HOUR,
        )
    with tenancy.acting_as_platform():
        number = orders.clear_book(book_id=book.pk, now=NOON - HOUR).round_number
        order = Order.objects.get(pk=placed.pk)
        stored = selectors.round_file(number=number)

    assert (order.state, order.gross_minor) == ("CLEARED", 72_00)
    assert lines(order.lines) == [("compute", "cards", 6, 72_00)]
    assert verify_clearing.check(json.loads(json.dumps(stored))).faults == []


def test_a_listing_shows_the_price_of_what_it_sells_and_no_other():
    cards, shelf, pipe = three()

    shown = {
        each.listing.headline_unit: each.listing.headline_price for each in (cards, shelf, pipe)
    }

    assert shown == {"unit_hour": 12, "gb_month": Decimal("1.2"), "gb_moved": Decimal("0.5")}
    assert cards.listing.price_per_unit_hour == 12
    assert shelf.listing.price_per_unit_hour is None


def test_a_plan_without_a_price_for_storage_sells_none():
    cards = Market(terms=terms(CARDS, MOVED))

    with pytest.raises(OfferRefused) as refused:
        Market(resource=STORAGE, rule="storage-hours", beside=cards)
    assert refused.value.field == "plan_version_id"


def test_a_months_use_is_tried_thing_by_thing():
    cards, shelf, pipe = three()
    computed, kept, moved = (
        cards.order(cards=2, hours=3),
        shelf.order(cards=720, hours=3),
        pipe.order(cards=1, hours=3),
    )
    cards.use(computed, "2")
    assert read(shelf, kept, 720, "gb") == []
    assert read(pipe, moved, 150 * 10**9, "byte") == []
    cards.charge()
    plan = cards.listing.plan_version.plan
    dearer = ALL_IN_ONE | {"components": [CARDS | {"unit_price": "13"}, KEPT, LEAST, MOVED]}
    card = draft_selectors.drafting.drafted_card(plan_terms.parse(dearer), plan=plan, version=2)

    with tenancy.acting_as(cards.provider.pk):
        made = settlement.simulate_month(
            provider_id=cards.provider.pk,
            plan_id=plan.pk,
            card=card,
            month=NOON.date().replace(day=1),
        )

    assert (made.brought_minor, made.would_bring_minor) == (
        24_00 + 1_20 + 65_00,
        26_00 + 1_20 + 65_00,
    )
    with translation.override("en"):
        told = list(wording.told(pricing.rate_card(cards.version.id).terms))
    assert [sentence.split("; ")[0] for sentence in told] == [
        "cards · for compute",
        "kept · for storage",
        "minimum · for storage",
        "moved · for data moved",
    ]
