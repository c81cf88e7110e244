"""The plan editor on pages: fields instead of JSON, a draft's page, price groups, commitments."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import example, given, settings

from common import clock, tenancy
from common.digits import HALF_WIDTH
from identity.contracts import Role
from marketplace.portal import plan_charts
from marketplace.portal.plan_form import PlanTermsForm
from marketplace.portal.plan_rows import initial_of
from pricing import plan_templates, plan_terms, rules
from pricing.contracts import RateUnit
from pricing.models import PriceGroupEntry, RatePlanDraft, RatePlanVersion
from pricing.plan_models import DayKind
from tests import cast as people
from tests.pricing.timed_plans import card, plans, terms, tiered, unit
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def typed(said, **more):
    """Return what somebody types who writes these terms into the fields, row by row."""
    return initial_of(said, "autumn") | {"key": str(uuid4())} | more


@given(said=plans())
@example(said=terms(unit("5"), factors={"group": {"otherwise": "1", "values": {"inside": "0.6"}}}))
@example(said=terms(tiered(("0", "5")), counted_by="buyer_year", fiscal_month=4, to_minor=100))
@settings(max_examples=25, deadline=None)
def test_what_a_plan_says_is_read_from_its_fields_as_it_was(said):
    for each in said.get("bands", ()):
        each["days"].sort(key=list(DayKind).index)  # Boxes know no order of their own.
    written = plan_terms.terms_json(plan_terms.parse(said))
    form = PlanTermsForm(typed(written))

    # Bands that overlap are refused when a plan is kept; nothing else of a sound plan is.
    assert form.is_valid() or next(iter(form.errors)).endswith("_from"), form.errors
    assert plan_terms.terms_json(plan_terms.parse(form.cleaned_data["terms"])) == written


@pytest.mark.parametrize("template", plan_templates.plan_templates(), ids=lambda each: each.code)
def test_every_template_is_read_from_fields_as_it_is_said(template):
    form = PlanTermsForm(typed(template.terms))

    assert form.is_valid(), form.errors
    said = plan_terms.parse(form.cleaned_data["terms"])
    assert said == plan_terms.parse(template.terms)


def test_kinds_of_tokens_are_drawn_apart():
    kinds = [
        unit(price) | {"code": kind, "unit": f"mtoken_{kind}"}
        for kind, price in {"in": "20", "out": "65"}.items()
    ]
    found = card(terms(*kinds))
    found = replace(found, rating_rule=rules.timed_rule(found.terms))

    for drawn in (plan_charts.over_quantity, plan_charts.over_the_day):
        series = drawn([("Draft", found), ("v1", found)], at=clock.now()).series
        assert [set(each.values) for each in series] == [{20}, {65}]
        assert str(RateUnit.MTOKEN_OUT.label) in series[1].label


def test_prices_of_several_things_are_drawn_apart():
    together = next(each for each in plan_templates.plan_templates() if each.code == "together")
    found = card(together.terms)
    found = replace(found, rating_rule=rules.timed_rule(found.terms))

    series = plan_charts.over_the_day([("Draft", found)], at=clock.now()).series

    assert [{str(value.normalize()) for value in each.values} for each in series] == [
        {"5"},
        {"0.3"},
        {"0.08"},
    ]


TIERED = tiered(("0", "5"), ("10", "4"))
PEAK = {"time0_band": "peak", "time0_from": "10:00", "time0_until": "15:00"}
FACTOR = {"fact0_kind": "group", "fact0_value": "inside", "fact0_by": "0.6"}


@pytest.mark.parametrize(
    ("said", "change", "field"),
    [
        (unit("5"), {"c0_price": "five"}, "c0_price"),
        (unit("5"), {"c0_price": ""}, "c0_price"),
        (unit("5"), {"c0_price": "-5"}, "c0_price"),
        (unit("5"), {"c0_code": "Usage 1"}, "c0_code"),
        (unit("5"), {"c0_by_peak": "101"}, "c0_by_peak"),
        (unit("5"), {"c0_by_peak": "2"}, "c0_by_peak"),  # The plan says no times.
        (unit("5"), {"c0_increment": "0"}, "c0_increment"),
        (unit("5"), {"zone": "Mars"}, "zone"),
        (unit("5"), {"holidays": "tomorrow"}, "holidays"),
        (unit("5"), PEAK | {"time0_until": ""}, "time0_until"),
        (unit("5"), PEAK | {"time0_from": "25:00"}, "time0_from"),
        (unit("5"), PEAK | {"time0_until": "10:00"}, "time0_until"),
        (unit("5"), PEAK | {"time0_band": ""}, "time0_band"),
        (unit("5"), PEAK | {"time0_days": ["sunday"]}, "time0_days"),
        (
            unit("5"),
            PEAK | {"time1_band": "valley", "time1_from": "14:00", "time1_until": "20:00"},
            "time1_from",
        ),
        (unit("5"), {"end_fee": "5"}, "end_notice"),
        (unit("5"), {"end_notice": "721"}, "end_notice"),
        (unit("5"), {"end_notice": "24", "end_fee": "-5"}, "end_fee"),
        (unit("5"), {"end_notice": "24", "end_gives_back": "1.1"}, "end_gives_back"),
        (unit("5"), {"end_notice": "24", "end_gives_back": "0.5"}, "end_gives_back"),
        (unit("5"), FACTOR | {"fact0_by": "x"}, "fact0_by"),
        (unit("5"), FACTOR | {"fact0_by": "1.1"}, "fact0_by"),
        (unit("5"), FACTOR | {"fact0_kind": ""}, "fact0_kind"),
        (unit("5"), FACTOR | {"fact0_value": "a b"}, "fact0_value"),
        (
            unit("5"),
            FACTOR | {name.replace("0", "1"): value for name, value in FACTOR.items()},
            "fact1_value",
        ),
        (TIERED, {"c0_tier0_price": ""}, "c0_tier0_price"),
        (TIERED, {"c0_tier0_until": "0"}, "c0_tier0_until"),
        (TIERED, {"c0_tier0_until": ""}, "c0_tier0_until"),
        (TIERED, {"c0_tier1_until": "20"}, "c0_tier1_until"),
        (TIERED, {"c0_tier1_until": "10", "c0_tier2_price": "3", "c0_tier2_until": ""},
         "c0_tier1_until"),
    ],
)  # fmt: skip
def test_a_fault_stands_beside_its_field(said, change, field):
    form = PlanTermsForm(typed(terms(said), **change))

    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert "as text" not in str(form.errors)
    assert "_hours" not in str(form.errors)


def test_times_of_one_band_and_of_other_days_may_overlap():
    rows = [("peak", "10:00", "15:00", "workday"), ("peak", "12:00", "16:00", "workday")]
    rows.append(("valley", "10:00", "15:00", "weekend"))
    times = {
        f"time{number}_{name}": [value] if name == "days" else value
        for number, row in enumerate(rows)
        for name, value in zip(("band", "from", "until", "days"), row, strict=True)
    }
    form = PlanTermsForm(typed(terms(unit("5")), **times))

    assert form.is_valid(), form.errors


def test_a_night_is_one_row_and_two_times():
    night = {"time0_band": "valley", "time0_from": "22:00", "time0_until": "08:00"}
    form = PlanTermsForm(typed(terms(unit("5")), c0_by_valley="0.5", **night))

    assert form.is_valid(), form.errors
    times = [(each["from"], each["until"]) for each in form.cleaned_data["terms"]["bands"]]
    assert times == [("22:00", "24:00"), ("00:00", "08:00")]


@pytest.mark.parametrize(
    "change", [{"c0_price": "５"}, PEAK | {"time0_from": "１0:00"}, {"holidays": "２０２６-10-01"}]
)
def test_figures_of_a_plan_are_written_in_half_width_digits(change):
    form = PlanTermsForm(typed(terms(unit("5")), **change))

    assert not form.is_valid()
    assert [*form.errors.values()] == [[str(HALF_WIDTH)]]


@pytest.fixture
def market():
    return Market(terms=terms(unit("5")) | {"zone": "UTC"})


@pytest.fixture
def provider(market):
    return people.signed_in(people.member(market.provider, Role.PROVIDER))


@pytest.fixture
def buyer(market):
    return people.signed_in(people.member(market.buyer, Role.BUYER))


def send(browser, page, *arguments, **values):
    address = reverse(f"portal:{page}", args=arguments)
    return browser.post(address, {"key": str(uuid4())} | values, headers=ENGLISH, follow=True)


def read(browser, page, *arguments, query=""):
    return browser.get(reverse(f"portal:{page}", args=arguments) + query, headers=ENGLISH)


def test_a_draft_is_written_looked_at_tried_published_and_dropped(market, provider):
    plan = market.listing.plan_version.plan_id
    begun = read(provider, "plan-drafts", plan)
    assert "Copy of version 1" in begun.text
    copied = read(provider, "plan-draft-new", plan, query="?version=1")
    assert 'value="usage"' in copied.text

    kept = send(provider, "plan-draft-new", plan, **typed(terms(unit("4")) | {"zone": "UTC"}))
    with tenancy.acting_as_platform():
        draft = RatePlanDraft.objects.get()
    assert "Published now it may hold at once." in kept.text
    assert "Price of a unit by quantity" in kept.text
    assert "¥5" in kept.text  # what is published
    month = f"{clock.now():%Y-%m}"
    assert f"?month={month}" in kept.text
    tried = read(provider, "plan-draft", draft.pk, query="?month=last")
    assert "It would have brought" in tried.text

    send(provider, "plan-draft-edit", draft.pk, **typed(terms(unit("6")) | {"zone": "UTC"}))
    dearer = read(provider, "plan-draft-publish", draft.pk)
    assert "seven days later" in dearer.text
    done = send(provider, "plan-draft-publish", draft.pk)
    assert "The prices are published." in done.text
    with tenancy.acting_as_platform():
        assert RatePlanVersion.objects.filter(plan_id=plan).count() == 2

    gone = send(provider, "plan-draft-drop", draft.pk)
    assert "No drafts" in gone.text


def test_a_draft_is_published_once_and_buyers_read_what_is_announced(market, provider, buyer):
    plan = market.listing.plan_version.plan_id
    send(provider, "plan-draft-new", plan, **typed(terms(unit("6")) | {"zone": "UTC"}))
    with tenancy.acting_as_platform():
        draft = RatePlanDraft.objects.get()

    early = f"{clock.now().date() + timedelta(days=2)}"
    soon = send(provider, "plan-draft-publish", draft.pk, first_day=early)
    send(provider, "plan-draft-publish", draft.pk)
    again = send(provider, "plan-draft-publish", draft.pk)
    shown = read(provider, "plan-draft", draft.pk)
    offered = read(buyer, "listing", market.listing.pk)

    assert soon.status_code == 422
    assert re.search(r"from \d{4}-\d\d-\d\d \d\d:\d\d \(UTC\+8\) on", soon.text)
    assert again.status_code == 422
    assert "Version 2 says the same already" in again.text
    assert "Published as version 2: these prices hold from" in shown.text
    assert "These prices are in force" not in shown.text
    assert "Publish…" not in shown.text
    with tenancy.acting_as_platform():
        assert RatePlanVersion.objects.filter(plan_id=plan).count() == 2
    assert re.search(r"From \d{4}-\d\d-\d\d \d\d:\d\d \(UTC\+8\) the price is: .*¥6", offered.text)


def test_rows_are_added_and_taken_away_without_losing_what_was_typed(market, provider):
    plan = market.listing.plan_version.plan_id
    said = typed(terms(unit("4"), tiered(("0", "3.5"), ("10", "2.5")) | {"code": "more"}))

    more = send(provider, "plan-draft-new", plan, **said, add="c")
    longer = send(provider, "plan-draft-new", plan, **said, add="c1_tier")
    shorter = send(provider, "plan-draft-new", plan, **said, away="c1_tier0")
    fewer = send(provider, "plan-draft-new", plan, **said, away="c0")
    other = send(provider, "plan-draft-new", plan, **said | {"c0_model": "package"}, show="0")
    odd = send(provider, "plan-draft-new", plan, **said, add="x", away="../c0")

    assert "Component 3" in more.text
    assert "Tier 3" in longer.text
    assert {'value="4"', 'value="3.5"', 'value="2.5"'} <= set(longer.text.split())
    assert 'value="3.5"' not in shorter.text
    assert 'value="2.5"' in shorter.text
    assert 'name="c0_model"' not in fewer.text
    assert 'name="c1_model"' in fewer.text
    assert "Units in a package" in other.text
    assert "Component 2" in odd.text
    with tenancy.acting_as_platform():
        assert not RatePlanDraft.objects.exists()


def test_days_of_a_calendar_are_filled_in_and_which_one_is_kept(market, provider):
    plan = market.listing.plan_version.plan_id
    times = {"time0_band": "peak", "time0_from": "10:00", "time0_until": "15:00"}
    said = typed(terms(unit("4")), c0_by_peak="2", holidays="2026-12-31", **times)

    filled = send(provider, "plan-draft-new", plan, **said, calendars=["cn-2026@1"], fill="1")
    send(provider, "plan-draft-new", plan, **said, calendars=["cn-2026@1"])

    assert "2026-09-27" in filled.text
    with tenancy.acting_as_platform():
        draft = RatePlanDraft.objects.get()
    assert draft.calendars == ["cn-2026@1"]
    assert {"2026-02-15", "2026-12-31"} <= {*draft.terms["holidays"]}
    assert "2026-10-10" in draft.terms["workdays"]
    again = read(provider, "plan-draft-edit", draft.pk)
    assert re.search(r'value="cn-2026@1"[^>]*checked', again.text)


def test_a_provider_enters_a_buyer_into_a_group_and_the_buyer_reads_it(market, provider, buyer):
    assert "Nobody is in a group" in read(provider, "price-groups").text
    assert "You are in no group" in read(buyer, "own-price-groups").text
    facts = {"uscc": market.buyer.uscc, "group": "inside", "reason": "of our faculty"}
    wrong = send(provider, "price-group-new", **(facts | {"uscc": "0" * 18}))
    assert wrong.status_code == 422

    entered = send(provider, "price-group-new", **facts)
    with tenancy.acting_as_platform():
        entry = PriceGroupEntry.objects.get()
    ended = send(provider, "price-group-end", entry.pk)

    assert "It is entered, and the buyer is told." in entered.text
    assert "Its end is announced" in ended.text
    assert "Inside" in read(buyer, "own-price-groups").text


def test_an_order_says_what_it_is_committed_to(market, buyer, provider):
    order = market.order(cards=2, hours=3)
    market.use(order, "1")
    market.charge()

    for browser in (buyer, provider):
        page = read(browser, "order-commitment", order.pk)
        assert page.status_code == 200
        assert "The plan commits to nothing" in page.text
        assert "Likely cost" in page.text
