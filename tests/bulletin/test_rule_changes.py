"""Rule changes are public: dates, kinds, and what is different in the reader's language."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import translation

from common import clock, tenancy
from marketplace.bulletin import rule_changes
from marketplace.bulletin.contracts import RuleKind
from pricing import services as pricing
from tests.approvals import agreed
from tests.cast import NOW, organization
from tests.pricing.cards import component

pytestmark = pytest.mark.django_db
PAGE = "/rules/changes/"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def plan():
    with tenancy.acting_as_platform():
        provider = organization("Longdong", name_en="Longdong Compute")
        made = pricing.create_plan(
            provider_id=provider.pk, code="plan", name="昇腾价", name_en="Ascend", now=NOW
        )
        publish(made, "3.18", now=NOW)
        return made


def publish(plan, *prices, now=None, code="usage"):
    tiers = [("0", prices[0]), *((f"{100 * n}", price) for n, price in enumerate(prices) if n)]
    with tenancy.acting_as_platform():
        return pricing.publish_version(
            provider_id=plan.provider_id,
            plan_id=plan.pk,
            components=[component(*tiers, code=code)],
            now=now or clock.now(),
        )


def raise_fee():
    return agreed.fee("0.045", source="second notice", now=clock.now())


def listed(**query):
    return Client().get("/api/v1/rule-changes", query, headers={"Accept-Language": "en"})


def test_a_reader_who_is_nobody_sees_what_changes_and_when(plan):
    version = publish(plan, "3.50", "3.00")

    (change,) = listed(kind="RATE_PLAN").json()["results"]

    assert change["name"] == "Ascend"
    assert change["owner"] == "Longdong Compute"
    assert (change["version"], change["is_first"], change["is_worse"]) == (2, False, True)
    assert change["differences"] == [
        {"name": "usage, a standard hour from 0 on", "before": "¥3.18", "after": "¥3.50"},
        {"name": "usage, a standard hour from 100 on", "before": "", "after": "¥3.00"},
    ]
    told = clock.now() + timedelta(days=7)
    assert timedelta() <= told - version.starts_at < timedelta(minutes=1)


def test_a_first_price_changes_nothing_and_is_not_told(plan):
    assert listed(kind="RATE_PLAN").json()["results"] == []


def test_the_fee_and_the_shipped_rules_are_there_from_the_first_day():
    found = {change["kind"] for change in listed().json()["results"]}

    assert found == {"MEASUREMENT", "FEE"}


def test_a_higher_fee_is_told_in_both_languages():
    raise_fee()

    fees = rule_changes.rule_changes().filter(kind=RuleKind.FEE)
    said = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            change = rule_changes.describe_changes(fees)[0]
            said[language] = [(each.before, each.after) for each in change.differences]
            said[f"{language} name"] = change.differences[0].name

    assert said["en"] == said["zh-hans"] == [("3%", "4.5%")]
    assert said["en name"] == "Fee on what is collected"
    assert said["zh-hans name"] == "按收款额收取的费率"


def test_pages_of_changes_follow_each_other(plan):
    for price in ("3.10", "3.00", "2.90"):
        publish(plan, price)

    first = listed(kind="RATE_PLAN", page_size=2).json()
    second = Client().get(first["next"]).json()

    assert [change["version"] for change in first["results"]] == [4, 3]
    assert [change["version"] for change in second["results"]] == [2]
    assert second["next"] is None


@pytest.mark.parametrize(
    "query", [{"kind": "COFFEE"}, {"effective_from": "tomorrow"}, {"cursor": "x"}, {"page_size": 0}]
)
def test_bad_questions_are_told_clearly(query):
    assert listed(**query).status_code == 400


def test_changes_to_come_are_found_by_their_day(plan):
    publish(plan, "9.99")
    raise_fee()

    found = listed(effective_from=clock.now().isoformat()).json()["results"]

    assert {change["kind"] for change in found} == {"RATE_PLAN", "FEE"}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_needs_no_sign_in(plan, language):
    publish(plan, "9.99")
    client = Client()
    client.cookies["django_language"] = language

    page = client.get(PAGE)
    text = page.content.decode()

    assert page.status_code == 200
    assert {"en": "Rule changes", "zh-hans": "规则变更"}[language] in text
    assert "¥9.99" in text
    assert "¥3.18" in text
    assert 'href="/accounts/login/"' in text


def test_the_page_of_a_kind_without_changes_says_so():
    client = Client()
    client.cookies["django_language"] = "en"

    assert "No rule has changed" in client.get(PAGE, {"kind": "RATE_PLAN"}).content.decode()
    # A kind that there is none of is as no kind: the address of a reader is nobody's mistake.
    assert client.get(PAGE, {"kind": "<script>"}).status_code == 200
    assert client.get(PAGE, {"cursor": "made up"}).status_code == 400
    assert client.post(PAGE).status_code == 405


def test_feed_readers_follow_the_changes(plan):
    version = publish(plan, "9.99")
    client = Client()
    client.cookies["django_language"] = "en"

    answer = client.get(f"{PAGE}feed/")
    feed = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    entry = feed.find(f"{ATOM}entry")

    assert answer["Content-Type"].startswith("application/atom+xml")
    assert entry.find(f"{ATOM}id").text == version.id.urn
    assert "¥3.18 → ¥9.99" in entry.find(f"{ATOM}summary").text
    assert entry.find(f"{ATOM}title").text == "Rate plan: Ascend v2"


def test_a_page_of_changes_asks_little(plan, django_assert_max_num_queries):
    for price in ("3.10", "3.00", "2.90", "2.80", "2.70"):
        publish(plan, price)
    raise_fee()

    with django_assert_max_num_queries(12):
        listed()
