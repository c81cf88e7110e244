"""Listings whose plans say terms take part in call rounds: each asks by the order's own rate."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from common import tenancy
from identity.contracts import Role
from marketplace.catalog.contracts import RoundAbsence
from marketplace.catalog.rules import round_absence
from marketplace.orders import rules as orders_rules
from marketplace.orders.contracts import Offer
from marketplace.rounds import pricing, selectors, terms_asks
from marketplace.rounds import terms as round_terms
from marketplace.rounds.packing import FIRST_RULE, NEVER, AskedOrder, Bin, BinChoice, Puzzle
from marketplace.rounds.terms_asks import PricedFor, parts_of, with_asks
from marketplace.rounds.verify_round import check
from pricing.contracts import RateCard
from tests import cast
from tests.catalog import supply
from tests.orders.cast import buyer
from tests.pricing.timed_plans import card, plans, terms
from tests.rounds.cast import FROM, HOUR, asks, decided, option, orders_of, place, scheduled, seen

DAY_AND_NIGHT = [
    {"band": "peak", "from": "08:00", "until": "24:00"},
    {"band": "valley", "from": "00:00", "until": "08:00"},
]
TIMED = {
    "code": "usage",
    "model": "unit",
    "unit": "standard_hour",
    "unit_price": "4",
    "bands": {"peak": "1.5", "valley": "0.5"},
}
MIDNIGHT = (24 - FROM.astimezone(ZoneInfo("Asia/Shanghai")).hour) % 24  # hours from the beginning
NONE = UUID(int=0)
ENGLISH = {"Accept-Language": "en"}
FORMER = ("call-1", "call-2")  # published before asks depended on the order, or on who asks


@pytest.mark.django_db
def test_of_a_timed_and_a_flat_listing_each_serves_when_it_is_the_cheaper():
    with tenancy.acting_as_platform():
        timed = supply.listed_under_terms([TIMED], cards=8, bands=DAY_AND_NIGHT)
    flat = supply.listed(cards=8, price="3.00", chip="A100", region="640500")
    row = scheduled(delivers_until=FROM + 48 * HOUR, hubs=(timed.hub, flat.hub))
    night = place(row, buyer("10000", "Night"), asks(500, option(hours=4, start=MIDNIGHT)))
    day = place(
        row,
        buyer("10000", "Day"),
        asks(500, option(cards=2, hours=4, start=MIDNIGHT + 10, least=1)),
    )

    over = decided(row)

    # At night the timed listing asks 4.00 × 0.5, by day 4.00 × 1.5; the flat one asks 3.00 always.
    # At 2.00 the divisible order of the day goes short, so the price for both is 3.00.
    assert over.price_minor == 300
    (by_night,), (by_day,) = orders_of(night), orders_of(day)
    assert (by_night.listing_id, by_day.listing_id) == (timed.pk, flat.pk)
    assert by_night.gross_minor == round(by_night.standard_hours * 300)
    assert (seen(night).why, seen(day).why) == ("filled", "filled")
    document = selectors.result(row.pk).document
    of_timed, of_flat = (
        next(
            bin_
            for bin_, each in zip(document["puzzle"]["bins"], document["listings"], strict=True)
            if each["listing"] == str(listing.pk)
        )
        for listing in (timed, flat)
    )
    assert document["rule"] == "call-3"
    assert sorted(of_timed["asks"]) == [200, 600]
    assert (of_flat["asks"], of_flat["ask"]) == ([], 300)
    assert check(document).is_right
    swapped = deepcopy(document)
    for bin_ in swapped["puzzle"]["bins"]:
        bin_["asks"].reverse()
    assert not check(swapped).is_right


@pytest.mark.parametrize("rule", FORMER)
def test_a_round_that_was_published_before_is_verified_as_it_was(rule):
    document = json.loads(Path(__file__).with_name(f"{rule}.json").read_text(encoding="utf-8"))

    assert document["rule"] == rule
    assert all(("asks" in bin_) == (rule == "call-2") for bin_ in document["puzzle"]["bins"])
    assert "group_prices" not in document
    assert check(document).is_right
    figures = round_terms.puzzle(document["puzzle"])
    assert pricing.decide(figures)[0] == document["answer"]["price"]
    document["answer"]["price"] += 1
    assert not check(document).is_right


def test_the_first_in_turn_raises_the_price_too_but_not_in_rounds_of_the_first_rule():
    dear = Bin(free=(8000,) * 8, ask=200, asks=(600, 200), factor=1000)
    flat = Bin(free=(8000,) * 8, ask=300, factor=1000)
    day = BinChoice(where=0, first=4, last=8, most=2000, least=1000, is_spread=True, priced=0)
    night = BinChoice(where=0, first=0, last=4, most=1000, least=1000, priced=1)
    orders = AskedOrder(500, (day,), is_divisible=True), AskedOrder(500, (night,))
    puzzle = Puzzle((dear, flat), ((0, 1),), orders, rule=pricing.NAME)

    assert pricing.decide(puzzle)[0] == 300
    assert pricing.decide(replace(puzzle, rule=FIRST_RULE))[0] == 200


PLANS = [
    terms(TIMED, bands=DAY_AND_NIGHT),
    terms({"code": "usage", "model": "graduated", "unit": "standard_hour", "tiers": [
        {"from": "0", "unit_price": "3.18"}, {"from": "7.5", "unit_price": "2.01"}]}),
    terms({"code": "usage", "model": "volume", "unit": "standard_hour", "tiers": [
        {"from": "0", "unit_price": "4"}, {"from": "10", "unit_price": "2.505"}]}),
    terms({"code": "usage", "model": "package", "unit": "unit_hour", "block": "5",
           "price": "9.99"}),
    terms({"code": "usage", "model": "unit", "unit": "unit_hour", "unit_price": "0.333333"},
          {"code": "fee", "model": "flat", "price": "20", "per": "month"},
          {"code": "least", "model": "minimum", "price": "30", "per": "contract"}),
    terms({"code": "kept", "model": "reserved", "unit_price": "2", "discount": "0.3"}),
    terms({"code": "paid", "model": "prepaid", "unit": "standard_hour", "hours": "12",
           "price": "20", "unit_price": "1.5"}),
]  # fmt: skip


def offer_of(factor: Decimal) -> Offer:
    return Offer(
        listing_id=NONE, provider_id=NONE, provider_uscc="", resource_class="AI", chip="A100",
        is_open=True, accepts_vouchers=True, available_from=FROM, available_until=None,
        total_milli=8000, taken=(), plan_version_id=NONE, rule_version_id=NONE, factor=factor,
    )  # fmt: skip


def rated(plan: RateCard, offer: Offer, units: int, first: int, last: int) -> int:
    lines = orders_rules.price(
        plan,
        units_milli=units,
        seconds=(last - first) * 3600,
        factor=offer.factor,
        rule_version_id=NONE,
        starts_at=FROM + first * HOUR,
    )
    return sum(line.amount_minor for line in lines)


@given(
    some.one_of(some.sampled_from(PLANS), plans()),
    some.sampled_from([Decimal(1), Decimal("3.2"), Decimal("0.333")]),
    some.integers(0, 20),
    some.integers(1, 30),
    some.sampled_from([(1000, 1000), (500, 1500), (1, 1)]),
    some.integers(1, 8000),
    some.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_what_a_round_pays_at_the_ask_is_no_less_than_the_plan_asks_and_no_fen_more(
    data, factor, first, hours, sold, most, is_spread
):
    plan, offer, (step, least) = card(data), offer_of(factor), sold
    bin_ = Bin(free=(8000,) * 60, least=least, step=step)
    priced = PricedFor(first, first + hours, least if is_spread else most, most, is_spread)

    (asking,) = with_asks([(offer, plan)], [bin_], [priced], begins=FROM)

    ask = asking.asks[0]
    sells = range(-(-least // step) * step, min(most, 8000) + 1, step)
    units = [most] if not is_spread else list(sells)[:: max(len(sells) // 40, 1)]
    if not is_spread and (most < least or most % step):
        units = []
    assert ask == NEVER or units
    for each in units:
        in_hours = Fraction(each * hours, 1000) * Fraction(factor)
        owed = rated(plan, offer, each, first, first + hours)
        assert ask * in_hours >= owed
        if not is_spread and ask < NEVER:
            assert (ask - 1) * in_hours < owed or ask == 0


@given(some.integers(1, 500), some.integers(1, 4000), some.integers(1, 40), some.booleans())
@settings(max_examples=60, deadline=None)
def test_parts_that_are_rated_stand_for_all_that_may_be_sold(step, most, least, is_spread):
    bin_ = Bin(free=(3000, 2500), least=least, step=step)

    parts = list(parts_of(bin_, PricedFor(0, 2, 1, most, is_spread)))

    assert all(high <= low * 1.0625 + step for low, high in parts)
    sold = range(1, min(most, 2500) + 1) if is_spread else [most]
    for units in sold:
        may_be = units >= least and units % step == 0
        assert any(low <= units <= high for low, high in parts) >= may_be


def test_beyond_what_is_rated_a_round_is_served_by_plans_without_terms(monkeypatch):
    monkeypatch.setattr(terms_asks, "RATED_MAX", 1)
    plan, offer, bin_ = card(PLANS[0]), offer_of(Decimal(1)), Bin(free=(8000,) * 60)
    priced = [PricedFor(first, first + 2, 1000, 1000, False) for first in (0, 2)]

    (asking,) = with_asks([(offer, plan)], [bin_], priced, begins=datetime(2026, 3, 2, tzinfo=UTC))

    assert asking.asks[0] < NEVER == asking.asks[1]


@pytest.mark.django_db
def test_who_takes_no_part_is_told_why_on_its_page_and_over_the_api():
    acme = buyer("10000")
    person = cast.member(acme, Role.BUYER)
    browser = cast.signed_in(person)
    listing = supply.listed_vcpu()
    other = supply.listed(cards=8)

    def told(which) -> tuple:
        address = f"/api/v1/listings/{which.pk}"
        absence = browser.get(address, headers=ENGLISH).json()["call_round_absence"]
        page = browser.get(f"/market/{which.pk}/", headers=ENGLISH).text
        return absence and absence["code"], "It takes part in no call round" in page

    assert told(listing) == ("round_no_standard_hours", True)
    assert told(other) == (None, False)
    assert "the rule that it is measured by" in RoundAbsence.NO_FACTOR.label
    assert round_absence(None, None) == RoundAbsence.NO_FACTOR
    assert round_absence(Decimal(1), None) == RoundAbsence.OTHER_UNIT
    assert round_absence(Decimal(1), Decimal("3.18")) is None
