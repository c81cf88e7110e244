"""The plan editor on pages: fields instead of JSON, a draft's page, price groups, commitments."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from common import clock, tenancy
from common.digits import HALF_WIDTH
from identity.contracts import Role
from marketplace.portal import plan_charts
from marketplace.portal.plan_form import PlanTermsForm, initial_of
from pricing import plan_templates, plan_terms, rules
from pricing.contracts import RateUnit
from pricing.models import PriceGroupEntry, RatePlanDraft, RatePlanVersion
from tests import cast as people
from tests.pricing.timed_plans import card, terms, unit
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def typed(said, **more):
    """Return what somebody types who writes these terms into the fields."""
    values = {name: value for name, value in initial_of(said, "autumn").items() if value}
    return values | {"parts": str(len(said["components"])), "key": str(uuid4())} | more


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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("c0_price", "five"),
        ("c0_price", ""),
        ("c0_price", "-5"),
        ("c0_code", "Usage 1"),
        ("c0_bands", "noon 2"),
        ("c0_increment", "0"),
        ("zone", "Mars"),
        ("times", "peak 10:00"),
        ("times", "peak 10:00 15:00\nvalley 14:00 20:00"),
        ("holidays", "tomorrow"),
        ("tables", "group inside x"),
    ],
)
def test_a_fault_stands_beside_its_field(field, value):
    form = PlanTermsForm(typed(terms(unit("5")), **{field: value}))

    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert "as text" not in str(form.errors) or field in ("c0_bands", "tables")


def test_times_of_one_band_and_of_other_days_may_overlap():
    times = "peak 10:00 15:00 workday\npeak 12:00 16:00 workday\nvalley 10:00 15:00 weekend"
    form = PlanTermsForm(typed(terms(unit("5")), times=times))

    assert form.is_valid(), form.errors


def test_a_night_is_one_line_and_two_times():
    form = PlanTermsForm(
        typed(terms(unit("5", bands={"valley": "0.5"})), times="valley 22:00 08:00")
    )

    assert form.is_valid(), form.errors
    times = [(each["from"], each["until"]) for each in form.cleaned_data["terms"]["bands"]]
    assert times == [("22:00", "24:00"), ("00:00", "08:00")]


@pytest.mark.parametrize(
    ("field", "text"),
    [("c0_price", "５"), ("times", "peak １0:00 15:00"), ("holidays", "２０２６-10-01")],
)
def test_figures_of_a_plan_are_written_in_half_width_digits(field, text):
    form = PlanTermsForm(typed(terms(unit("5"))) | {field: text})

    assert not form.is_valid()
    assert form.errors[field] == [str(HALF_WIDTH)]


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


def test_one_more_component_is_asked_for_without_losing_what_was_typed(market, provider):
    plan = market.listing.plan_version.plan_id
    page = send(provider, "plan-draft-new", plan, **typed(terms(unit("4")), add="1"))

    assert "Component 2" in page.text
    assert 'value="4"' in page.text
    with tenancy.acting_as_platform():
        assert not RatePlanDraft.objects.exists()


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
