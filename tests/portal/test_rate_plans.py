"""Rate plans: opened, published after a preview of what a buyer pays, with their notice said."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from common import clock, tenancy
from identity.contracts import Role
from marketplace.catalog.models import Listing
from marketplace.portal import rates_form
from marketplace.portal.desk.forms import SEEN
from pricing.models import RatePlan, RatePlanVersion
from tests import cast
from tests.catalog import supply
from tests.pricing import timed_plans

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def owner():
    return cast.organization("Provider")


@pytest.fixture
def provider(owner):
    return cast.signed_in(cast.member(owner, Role.PROVIDER))


def send(browser, page, *arguments, **values):
    address = reverse(f"portal:{page}", args=arguments)
    return browser.post(address, {"key": str(uuid4())} | values, headers=ENGLISH, follow=True)


def open_plan(browser, **changes):
    return send(browser, "plan-new", **({"code": "autumn", "name": "秋季"} | changes))


def publish(browser, plan_id, rates, **changes):
    """Send the prices, and once more with the preview that came."""
    values = {"key": str(uuid4()), "rates": rates, "first_day": ""} | changes
    preview = send(browser, "plan-version", plan_id, **values)
    if preview.status_code != 200:
        return preview
    seen = preview.context["main"][-1].seen
    return send(browser, "plan-version", plan_id, **values, **{SEEN: seen})


def versions() -> list[RatePlanVersion]:
    with tenancy.acting_as_platform():
        return list(RatePlanVersion.objects.order_by("version"))


def the_plan() -> RatePlan:
    with tenancy.acting_as_platform():
        return RatePlan.objects.get()


def test_a_plan_is_opened_and_says_its_first_prices_after_a_preview(provider):
    assert "No rate plans yet" in provider.get(reverse("portal:plans"), headers=ENGLISH).text
    opened = open_plan(provider)
    rates = "usage standard_hour 0 3.18\nusage standard_hour 1000 2.9"

    preview = send(provider, "plan-version", the_plan().pk, rates=rates)
    assert versions() == []
    page = publish(provider, the_plan().pk, rates)

    assert "Publish its first prices" in opened.text
    assert "¥318.00" in preview.text  # 100 hours
    assert "¥29,280.00" in preview.text  # 1,000 at 3.18 and 9,000 at 2.90
    assert "The prices are published." in page.text
    (made,) = versions()
    assert made.components == [
        {
            "code": "usage",
            "unit": "standard_hour",
            "tiers": [{"from": "0", "unit_price": "3.18"}, {"from": "1000", "unit_price": "2.9"}],
        }
    ]


def test_dearer_prices_are_said_to_hold_after_seven_days(provider, owner):
    version = supply.plan(owner, "3.18", code="autumn")
    plan_id = the_plan().pk

    preview = send(provider, "plan-version", plan_id, rates="usage standard_hour 0 3.5")
    soon = f"{clock.now().date() + timedelta(days=2)}"
    early = publish(provider, plan_id, "usage standard_hour 0 3.5", first_day=soon)
    publish(provider, plan_id, "usage standard_hour 0 3.5")

    assert "Somebody may pay more" in preview.text
    assert "¥350.00" in preview.text
    assert "What is different" in preview.text
    assert early.status_code == 422
    assert "7 days" in early.context["main"][-1].form.errors["first_day"][0]
    first, second = versions()
    assert first.pk == version
    assert second.starts_at >= clock.now() + timedelta(days=6, hours=23)


def test_cheaper_prices_hold_at_once(provider, owner):
    supply.plan(owner, "3.18", code="autumn")

    publish(provider, the_plan().pk, "usage standard_hour 0 3")

    assert versions()[1].starts_at <= clock.now()


@pytest.mark.parametrize(
    ("rates", "told"),
    [
        ("", "required"),
        ("usage standard_hour 0", "Line 1: four words"),
        ("usage card 0 3", "Line 1: the unit is one of"),
        ("usage standard_hour 0 3\nusage unit_hour 5 2", "Line 2: what one price is for"),
        ("usage standard_hour 1 3", "tiers start at 0"),
        ("usage standard_hour 0 -3", "not valid"),
        ("usage standard_hour 0 ３", "plain digits"),
        ("Usage standard_hour 0 3", "lower-case"),
        ("usage standard_hour 0 3.1234567", "not valid"),
        ("x" * 20_001, "at most 20000"),
    ],
    ids=[
        "empty",
        "short",
        "unit",
        "two units",
        "no zero",
        "less",
        "wide",
        "code",
        "digits",
        "long",
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(provider, owner, rates, told):
    supply.plan(owner, "3.18", code="autumn")

    page = publish(provider, the_plan().pk, rates)

    assert page.status_code == 422
    form = page.context["main"][-1].form
    assert told.lower() in str(form.errors["rates"]).lower()
    assert form["rates"].value() == rates
    assert len(versions()) == 1


def test_a_code_is_well_formed_and_used_once(provider):
    open_plan(provider)

    assert "code" in open_plan(provider).context["main"][0].form.errors
    assert "code" in open_plan(provider, code="Autumn 1").context["main"][0].form.errors


def test_sending_it_twice_publishes_once(provider, owner):
    supply.plan(owner, "3.18", code="autumn")
    values = {"key": str(uuid4()), "rates": "usage standard_hour 0 3", "first_day": ""}
    seen = send(provider, "plan-version", the_plan().pk, **values).context["main"][-1].seen

    for _n in range(2):
        send(provider, "plan-version", the_plan().pk, **values, **{SEEN: seen})

    assert len(versions()) == 2


def test_plans_of_others_look_like_none(provider):
    supply.plan(cast.organization("Other"), "3.18", code="theirs")
    plan_id = the_plan().pk

    assert provider.get(reverse("portal:plan", args=[plan_id])).status_code == 404
    assert publish(provider, plan_id, "usage standard_hour 0 1").status_code == 404
    buyer = cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))
    for page in ("plans", "plan-new"):
        assert buyer.get(reverse(f"portal:{page}")).status_code == 403
    assert len(versions()) == 1


def test_prices_are_read_as_they_are_written():
    parts = [
        {"code": "usage", "unit": "standard_hour", "tiers": [{"from": "0", "unit_price": "3"}]},
        {"code": "tokens", "unit": "ktoken", "tiers": [{"from": "0", "unit_price": "0.02"}]},
    ]

    assert rates_form.read(rates_form.written(parts)) == parts


def test_a_listing_is_renamed_by_its_provider_and_found_by_its_new_title(owner, provider):
    listing = supply.listed(owner)
    address = reverse("portal:listing-change", args=[listing.pk])

    shown = provider.get(address, headers=ENGLISH).text
    page = send(provider, "listing-change", listing.pk, title="新标题", title_en="Fresh title")
    empty = send(provider, "listing-change", listing.pk, title="", title_en="x")
    other = cast.signed_in(cast.member(cast.organization("Other"), Role.PROVIDER))

    assert "Publish new prices" in shown
    assert "The listing is changed." in page.text
    assert empty.status_code == 422
    assert send(other, "listing-change", listing.pk, title="their own").status_code == 404
    with tenancy.acting_as_platform():
        renamed = Listing.objects.get()
    assert (renamed.title, "fresh title" in renamed.search_text) == ("新标题", True)


TERMS = timed_plans.terms(
    timed_plans.unit("5", bands={"peak": "1.5"}), bands=timed_plans.PEAK_AND_VALLEY
)


def test_terms_are_published_as_json_and_told_in_words(provider):
    open_plan(provider)

    page = publish(provider, the_plan().pk, json.dumps(TERMS))

    assert "The prices are published." in page.text
    (made,) = versions()
    assert made.rating_rule == "rate-2"
    assert made.terms["bands"][0]["band"] == "peak"
    assert "peak × 1.5" in page.text
    assert "10:00–15:00, Asia/Shanghai, workdays" in page.text
    form = provider.get(reverse("portal:plan-version", args=[the_plan().pk]), headers=ENGLISH)
    assert "&quot;zone&quot;: &quot;Asia/Shanghai&quot;" in form.text


def test_each_fault_of_terms_is_a_sentence_beside_the_field(provider):
    open_plan(provider)
    wrong = json.dumps(TERMS | {"zone": "Mars", "to_minor": 7})

    page = send(provider, "plan-version", the_plan().pk, rates=wrong)
    broken = send(provider, "plan-version", the_plan().pk, rates="{")

    assert "The zone is a time zone" in page.text
    assert "Amounts are rounded up to 1, 10 or 100 minor units." in page.text
    assert "These terms are no JSON" in broken.text
    assert versions() == []


def test_a_new_listing_bears_a_plan_that_there_is_or_a_flat_price(provider, owner):
    resource = cast.resource(owner)
    supply.plan(cast.organization("Other"), "3", code="theirs")
    open_plan(provider)
    with tenancy.acting_as_platform():
        plan = RatePlan.objects.get(code="autumn")
    publish(provider, plan.pk, json.dumps(TERMS))
    (version,) = [each for each in versions() if each.plan_id == plan.pk]
    form = provider.get(reverse("portal:listing-new"), headers=ENGLISH).context["form"]
    offer = {"resource": str(resource.pk), "rule": str(next(iter(form.rules))), "title": "夜间"}
    offer |= {"rate_unit": "standard_hour", "plan": str(version.pk)}

    both = send(provider, "listing-new", **offer, unit_price="3")
    neither = send(provider, "listing-new", **(offer | {"plan": ""}))
    others = send(provider, "listing-new", **(offer | {"plan": str(uuid4())}))
    opened = send(provider, "listing-new", **offer)

    assert [key for key, _name in form.fields["plan"].choices] == ["", version.pk]
    assert both.context["form"].errors["unit_price"] == [
        "The plan says the price: leave this empty."
    ]
    assert neither.context["form"].errors["unit_price"] == ["Say a price."]
    assert list(others.context["form"].errors) == ["plan"]
    assert "is on the market" in opened.text
    with tenancy.acting_as_platform():
        assert Listing.objects.get().plan_version_id == version.pk
