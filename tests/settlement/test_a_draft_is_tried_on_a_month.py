"""Drafts are kept, tried on what a month brought, compared with the market, and published."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import clock, tenancy
from common.notice import NOTICE, NoticeTooShort
from common.period import Period
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.selectors.positions import price_of
from marketplace.settlement import selectors
from marketplace.settlement.contracts import SimulationTooLarge
from marketplace.settlement.selectors import simulating, summing
from pricing import draft_selectors, drafting, plan_terms
from pricing import services as pricing
from pricing.contracts import InvalidRates
from pricing.models import RatePlanVersion
from tests import factories
from tests.pricing.test_tokens_by_kind import priced
from tests.pricing.timed_plans import STARTS, card, flat, plans, terms, tiered, unit
from tests.settlement.beside_compute import install_rules, read
from tests.settlement.cast import NOON, Market
from tests.settlement.test_tokens_are_sold import api

pytestmark = pytest.mark.django_db
MONTH = NOON.date().replace(day=1)
UTC_ZONE = {"zone": "UTC"}


def used(market: Market) -> Market:
    """Let two orders be used in some hours, one corrected, all charged in one month."""
    first, second = market.order(cards=2, hours=3), market.order(cards=1, hours=2)
    for hour in range(3):
        market.use(first, "1.7", hour=hour)
    market.use(second, "0.5", hour=1, event_id="second")
    market.charge()
    market.revise(first, "0.4", hour=1)
    market.charge(at=NOON + timedelta(days=3))
    return market


def simulated(market: Market, said: dict):
    plan = market.listing.plan_version.plan
    with tenancy.acting_as(market.provider.pk):
        made = drafting.drafted_card(plan_terms.parse(said), plan=plan, version=9)
        return selectors.simulate_month(
            provider_id=market.provider.pk, plan_id=plan.pk, card=made, month=MONTH
        )


SAID = {
    "one price": terms(unit("5")) | UTC_ZONE,
    "tiers by band": terms(
        tiered(("0", "3.33"), ("1", "2"), bands={"peak": "1.5"}),
        bands=[{"band": "peak", "from": "13:00", "until": "14:00"}],
    )
    | UTC_ZONE,
    "a minimum": terms(unit("5", per="month"), flat("200", "month", "minimum")) | UTC_ZONE,
    "kept ready": terms({"code": "kept", "model": "ready", "unit_price": "3"}, unit("1"))
    | UTC_ZONE,
    "prepaid": terms(
        {"code": "usage", "model": "prepaid", "unit": "unit_hour", "hours": "3", "price": "9",
         "unit_price": "4"}
    )
    | UTC_ZONE,
    "standard hours": terms(unit("5", unit="standard_hour")) | UTC_ZONE,
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_a_month_under_what_was_in_force_brings_what_it_brought(name):
    market = used(Market(terms=SAID[name]))

    made = simulated(market, SAID[name])

    assert (made.contracts, made.charges) == (2, 5)
    assert made.would_bring_minor == made.brought_minor > 0


def test_a_month_under_a_draft_brings_what_the_draft_says():
    market = used(Market(terms=SAID["one price"]))

    made = simulated(market, terms(unit("10")) | UTC_ZONE)

    hours = Decimal("1.7") + Decimal("0.4") + Decimal("1.7") + Decimal("0.5")
    assert made.brought_minor == hours * 500
    assert made.would_bring_minor == hours * 1000


def test_a_month_of_weighed_tokens_is_tried_at_prices_by_kind():
    install_rules()
    market = api()
    order = market.order(cards=1000)
    for quantity, of in ((1_000_000, "api-token"), (200_000, "api-token-out")):
        assert read(market, order, quantity, of) == []
    market.charge()

    made = simulated(market, priced(**{"in": "20", "out": "65"}))

    assert made.brought_minor == 36_00  # 1 million, and four times 0.2, at ¥20
    assert made.would_bring_minor == 20_00 + 13_00


def test_tiers_of_a_buyers_month_count_its_contracts_as_one():
    said = terms(tiered(("0", "3"), ("4", "2")), counted_by="buyer_month") | UTC_ZONE
    market = used(Market(terms=said))

    made = simulated(market, said)

    # 4.3 hours in all; at charging the correction freed a lower tier of its own contract.
    assert made.would_bring_minor == 4 * 300 + 60
    assert made.brought_minor == made.would_bring_minor - 20


def test_another_month_and_another_provider_have_nothing():
    market = used(Market(terms=SAID["one price"]))
    another = factories.OrganizationFactory(stem="Another")
    plan = market.listing.plan_version.plan
    with tenancy.acting_as(another.pk):
        made = selectors.simulate_month(
            provider_id=another.pk, plan_id=plan.pk, card=card(SAID["one price"]), month=MONTH
        )

    assert (made.contracts, made.charges, made.would_bring_minor) == (0, 0, 0)


def test_of_other_models_contracts_are_rated_from_sums_and_few_charges_one_by_one(monkeypatch):
    market = used(Market(terms=SAID["one price"]))
    monkeypatch.setattr(simulating, "EXACT_MAX", 0)

    made = simulated(market, SAID["kept ready"])
    in_columns = simulated(market, SAID["one price"])

    assert (made.in_columns, made.in_sums, made.one_by_one) == (0, 5, 0)
    assert (in_columns.in_columns, in_columns.in_sums, in_columns.one_by_one) == (5, 0, 0)
    monkeypatch.setattr(summing, "_taken_back", lambda rows, _times: np.unique(rows["contract"]))
    with pytest.raises(SimulationTooLarge):
        simulated(market, SAID["kept ready"])


@st.composite
def charges(draw) -> tuple[list, list]:
    """Some charges of three contracts, with what is taken back, and what each agreed on."""
    start = draw(STARTS)
    rows = []
    for _ in range(draw(st.integers(1, 8))):
        begins = int(start.timestamp()) + draw(st.integers(0, 60)) * 1800
        quantity = draw(st.integers(-2, 9)) * 1_234_567
        lasts = draw(st.sampled_from([1800, 3600, 86_400]))
        rows.append((draw(st.integers(1, 3)), begins, begins + lasts, quantity))
    agreed = [
        Period(start, start + timedelta(hours=draw(st.integers(1, 90)))) for _contract in range(3)
    ]
    return rows, agreed


@given(said=plans(), used_and_agreed=charges())
@settings(max_examples=40, deadline=None)
def test_contracts_from_sums_come_to_what_they_come_to_charge_by_charge(said, used_and_agreed):
    made = card(said)
    figures, agreed = used_and_agreed
    rows = np.zeros(len(figures), simulating.ROW)
    for number, (contract, starts, ends, quantity) in enumerate(figures):
        row = rows[number]
        row["contract"], row["starts"], row["ends"], row["known"] = contract, starts, ends, 1
        row["quantity"], row["standard"] = quantity, 3 * quantity
    held = [simulating._Held(uuid4(), uuid4(), each, 1500, ()) for each in agreed]

    for place in {row[0] for row in figures}:
        own = rows[rows["contract"] == place]
        tally = simulating._Tally()
        simulating._from_sums(tally, made, own, held, {"region": "31"})
        assert tally.minor == simulating._one_by_one(made, own, held, {"region": "31"})
        assert tally.in_sums + tally.one_by_one == len(own)


def test_no_more_charges_are_read_than_are_rated_at_once(monkeypatch):
    market = used(Market(terms=SAID["one price"]))
    monkeypatch.setattr(simulating, "CHARGES_MAX", 3)
    read = []
    charged = simulating._charged
    monkeypatch.setattr(
        simulating, "_charged", lambda *asked: read.append(charged(*asked)) or read[-1]
    )

    with pytest.raises(SimulationTooLarge):
        simulated(market, SAID["one price"])

    assert len(read[0]) == 4


def test_a_position_is_told_from_three_other_providers_on():
    own = Market(price="12.00")
    prices = ["10.00", "11.00", "13.00"]

    def position():
        plan = own.listing.plan_version.plan
        with tenancy.acting_as(own.provider.pk):
            (found,) = catalog_selectors.market_positions(
                provider_id=own.provider.pk,
                plan_id=plan.pk,
                card=card(terms(unit("12.50")) | UTC_ZONE),
            )
        return found

    for price in prices[:2]:
        Market(price=price)
    assert (position().providers, position().middle) == (None, None)
    Market(price=prices[2])

    found = position()
    assert (found.providers, found.price, found.cheaper) == (3, Decimal("12.5"), 2)
    assert (found.low, found.middle, found.high) == (10, 11, 11)


def test_a_position_by_the_all_in_price_counts_what_an_order_comes_to():
    """A fee is nothing to the price of a unit-hour, and all of the difference here."""
    own = Market(price="12.00")
    for price in ("10.00", "12.00", "13.00"):
        Market(price=price)
    fee = {"code": "fee", "model": "flat", "price": "1000", "per": "contract"}

    def positions(*parts):
        plan = own.listing.plan_version.plan
        asked = {
            "provider_id": own.provider.pk,
            "plan_id": plan.pk,
            "card": card(terms(unit("12.00"), *parts) | UTC_ZONE),
        }
        with tenancy.acting_as(own.provider.pk):
            (by_hour,) = catalog_selectors.market_positions(**asked)
            (all_in,) = catalog_selectors.all_in_positions(**asked, at=clock.now())
        return by_hour, all_in

    plain, with_fee = positions(), positions(fee)
    assert [each.cheaper for each in plain] == [1, 1]
    assert [each.cheaper for each in with_fee] == [1, 2]
    assert plain[1].price < with_fee[1].price
    assert (with_fee[1].providers, with_fee[1].is_all_in) == (3, True)


def test_many_listings_of_one_provider_are_one_voice(django_assert_num_queries):
    own, two = Market(price="12.00"), [Market(price=price) for price in ("10.00", "11.00")]
    for price in ("9.00", "9.50", "14.00"):  # More listings, no more providers.
        Market(provider=two[0].provider, price=price)

    plan_id = own.listing.plan_version.plan_id

    def position():
        with tenancy.acting_as(own.provider.pk), django_assert_num_queries(2):
            (found,) = catalog_selectors.market_positions(
                provider_id=own.provider.pk,
                plan_id=plan_id,
                card=card(terms(unit("12.50")) | UTC_ZONE),
            )
        return found

    assert position().providers is None
    Market(price="13.00")
    found = position()
    assert (found.providers, found.low, found.middle, found.high) == (3, 9, 11, 11)
    assert found.cheaper == 2


def test_a_price_of_a_unit_hour_adds_standard_hours_by_their_factor():
    both = card(terms(unit("1"), unit("2", unit="standard_hour") | {"code": "more"}))

    assert price_of(both, Decimal("0.5")) == 2
    assert price_of(card(terms(unit("2", unit="standard_hour"))), None) is None
    assert price_of(card(SAID["prepaid"]), None) == 3  # ¥9 for three hours


@pytest.fixture
def plan():
    provider = factories.OrganizationFactory(stem="Provider")
    with tenancy.acting_as(provider.pk):
        made = pricing.create_plan(
            provider_id=provider.pk, code="plan", name="plan", now=clock.now()
        )
        pricing.publish_version(
            provider_id=provider.pk,
            plan_id=made.pk,
            components=[
                {"code": "usage", "unit": "unit_hour",
                 "tiers": [{"from": "0", "unit_price": "5"}]}
            ],
            now=clock.now(),
        )  # fmt: skip
    return made


def save(plan, said, **more):
    with tenancy.acting_as(plan.provider_id):
        return pricing.keep_plan_draft(
            provider_id=plan.provider_id, plan_id=plan.pk, name="cheaper", terms=said,
            now=clock.now(), **more,
        )  # fmt: skip


def test_a_lower_price_of_a_plan_of_tiers_holds_at_once_and_keeps_its_arithmetic(plan):
    made = save(plan, terms(unit("4")))
    with tenancy.acting_as(plan.provider_id):
        _first, is_worse = draft_selectors.earliest(made, now=clock.now())
        pricing.publish_draft(provider_id=plan.provider_id, draft_id=made.pk, now=clock.now())

        latest = RatePlanVersion.objects.filter(plan=plan).latest("version")
    assert not is_worse
    assert (latest.version, latest.rating_rule, latest.terms) == (2, "rate-1", None)


def test_a_cheaper_draft_without_a_moment_comes_after_what_is_announced(plan):
    dearer, cheaper = save(plan, terms(unit("6"))), save(plan, terms(unit("4")))
    with tenancy.acting_as(plan.provider_id):
        announced = pricing.publish_draft(
            provider_id=plan.provider_id, draft_id=dearer.pk, now=clock.now()
        )
        first, is_worse = draft_selectors.earliest(cheaper, now=clock.now())
        version = pricing.publish_draft(
            provider_id=plan.provider_id, draft_id=cheaper.pk, now=clock.now()
        )

    assert not is_worse
    assert version.starts_at == first > announced.starts_at > clock.now()


def test_a_dearer_draft_has_seven_days_and_its_difference_is_told_in_words(plan):
    made, now = save(plan, terms(unit("6"))), clock.now()
    with tenancy.acting_as(plan.provider_id):
        first, is_worse = draft_selectors.earliest(made, now=now)
        with pytest.raises(NoticeTooShort):
            pricing.publish_draft(
                provider_id=plan.provider_id,
                draft_id=made.pk,
                now=now,
                starts_at=now + timedelta(days=6),
            )
        version = pricing.publish_draft(
            provider_id=plan.provider_id, draft_id=made.pk, now=clock.now()
        )
        latest = draft_selectors.latest_version(plan.pk)
        before = draft_selectors.terms_of_version(RatePlanVersion.objects.get(plan=plan, version=1))
        after = draft_selectors.terms_of_version(latest)
        ((old, new),) = draft_selectors.difference(before, after)

    assert is_worse
    assert first == now + NOTICE
    assert version.starts_at >= now + NOTICE
    assert "5" in old
    assert "6" in new


def test_a_draft_is_changed_and_dropped_by_its_provider_alone(plan):
    made = save(plan, terms(unit("4")))
    save(plan, terms(unit("3")), draft_id=made.pk)
    another = factories.OrganizationFactory(stem="Another")
    with tenancy.acting_as(another.pk), pytest.raises(drafting.DraftNotFound):
        draft_selectors.draft(made.pk, provider_id=another.pk)
    with tenancy.acting_as(plan.provider_id):
        kept = draft_selectors.draft(made.pk, provider_id=plan.provider_id)
        assert kept.terms["components"][0]["unit_price"] == "3"
        pricing.drop_draft(provider_id=plan.provider_id, draft_id=made.pk)
        with pytest.raises(drafting.DraftNotFound):
            pricing.drop_draft(provider_id=plan.provider_id, draft_id=made.pk)


def test_a_draft_of_wrong_terms_says_every_fault(plan):
    with pytest.raises(InvalidRates):
        save(plan, terms(unit("four")))


def test_a_plan_has_so_many_drafts_and_no_more(plan, monkeypatch):
    monkeypatch.setattr(drafting, "DRAFTS_MAX", 1)
    save(plan, terms(unit("4")))

    with pytest.raises(drafting.TooManyDrafts):
        save(plan, terms(unit("4")))
