"""The database counts and compares terms as Python does, and keeps what was published."""

import json
from datetime import timedelta
from decimal import Decimal

import jsonschema
import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import clock, notice
from pricing import plan_schema, plan_terms, rules, selectors, services, worsening
from pricing.contracts import Measure, RateUnit
from pricing.models import Quote, RatePlanVersion
from pricing.worsening import PlanTerms
from tests.databases import ROOT
from tests.pricing.conftest import NOW
from tests.pricing.timed_plans import (
    PEAK_AND_VALLEY,
    card,
    flat,
    plans,
    stretches,
    terms,
    tiered,
    used,
)

SHARED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MIXED = terms(
    tiered(("0", "3.18"), ("1000", "2.95"), bands={"peak": "1.5", "valley": "0.5"}, per="month"),
    flat("100", "month", "minimum"),
    bands=PEAK_AND_VALLEY,
)


def asked(statement: str, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


@pytest.mark.django_db
@SHARED
@given(data=plans(), period=stretches(), hours=st.decimals("0.000001", 500, places=6))
def test_sql_rates_terms_as_python_does(data, period, hours):
    plan = card(data)
    measure = Measure(
        {RateUnit.UNIT_HOUR: hours, RateUnit.STANDARD_HOUR: hours * 3},
        spread=period,
        facts=(("region", "31"),),
    )
    said = json.dumps(plan_terms.terms_json(plan.terms))
    lines = rules.rate(plan, measure)

    found = asked(
        "SELECT code, unit, period, band, quantity, unit_price, minor"
        " FROM pricing_rated_2(%s::jsonb, %s::jsonb, %s::jsonb, %s, %s)",
        said,
        json.dumps({"region": "31"}),
        json.dumps({str(key): f"{value:f}" for key, value in measure.quantities.items()}),
        period.starts_at,
        period.ends_at,
    )

    assert [(row[0], row[1], row[2], row[3], row[5], row[6]) for row in found] == [
        (each.component, each.unit, each.period, each.band, each.unit_price, each.amount_minor)
        for each in lines
    ]
    for row, line in zip(found, lines, strict=True):
        assert abs(row[4] - line.quantity) < Decimal("1e-12")
    shown = json.dumps(rules.components_json(plan.components))
    assert asked("SELECT pricing_terms_are_sound(%s::jsonb, %s::jsonb)", said, shown) == [(True,)]
    jsonschema.validate(plan_terms.terms_json(plan.terms), plan_schema.json_schema())


@st.composite
def changed(draw, data):
    """The same plan with a figure that differs, or nothing."""
    text = json.dumps(data)
    if data.get("early_end") and draw(st.booleans()):
        said = draw(
            st.sampled_from(
                [
                    {},
                    {"notice_hours": 23},
                    {"notice_hours": 24, "fee": "11.99"},
                    {"notice_hours": 0, "fee": "12.01"},
                    {"notice_hours": 0, "fee": "12"},
                ]
            )
        )
        return {**data, "early_end": said} if said else data | {"early_end": data["early_end"]}
    old = draw(st.sampled_from(['"1.5"', '"0.5"', '"1"', '"2.5"', '"0.9"', '"contract"', '"31"']))
    new = draw(st.sampled_from(['"1.25"', '"1.75"', '"0.25"', '"3"', '"month"', '"44"']))
    return json.loads(text.replace(old, new, 1))


@pytest.mark.django_db
@SHARED
@given(pair=plans().flatmap(lambda data: st.tuples(st.just(data), changed(data))))
def test_sql_says_what_is_worse_as_python_does(pair):
    if any(True for data in pair for _ in plan_terms.faults(data)):
        return
    old, new = (plan_terms.parse(data) for data in pair)
    said = [PlanTerms(plan_terms.projected(each), "CNY", "rate-2", each) for each in (old, new)]
    rows = [
        {
            "components": rules.components_json(each.components),
            "terms": plan_terms.terms_json(each.terms),
            "asset": "CNY",
            "rating_rule": "rate-2",
        }
        for each in said
    ]

    judged = asked("SELECT pricing_version_is_worse(%s::jsonb, %s::jsonb)", *map(json.dumps, rows))

    assert judged == [(worsening.is_worse(*said),)]


@pytest.fixture
def timed(plan):
    return services.publish_version(
        provider_id=plan.provider_id, plan_id=plan.pk, terms=MIXED, now=NOW
    )


def quoted(buyer, version, hours="240"):
    measure = used(hours, "2026-11-24T00:00", 240)
    return services.make_quote(
        buyer_id=buyer.pk,
        plan_version_id=version.id,
        measure=measure,
        subject={"starts_at": measure.spread.starts_at, "ends_at": measure.spread.ends_at},
        now=NOW,
    )


def test_a_plan_says_terms_and_is_quoted_by_them(timed, buyer):
    quote = quoted(buyer, timed)

    stored = Quote.objects.get(pk=quote.pk)
    answer = selectors.evaluation(stored)

    assert answer["recomputes"] is True
    assert answer["rating_rule"] == "rate-2"
    assert answer["terms"] == plan_terms.terms_json(plan_terms.parse(MIXED))
    assert {line["band"] for line in stored.lines} == {"flat", "peak", "valley", ""}
    assert {line["period"] for line in stored.lines} == {"2026-11", "2026-12"}
    assert {line["plan_hash"] for line in stored.lines} == {timed.content_hash}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((0, "amount_minor"), 1),
        ((0, "unit_price"), "3.17"),
        ((1, "band"), "valley"),
        ((1, "quantity"), "1"),
        ((0, "period"), "2026-10"),
    ],
)
def test_a_quote_of_other_lines_cannot_be_stored(timed, buyer, path, value):
    quote = quoted(buyer, timed)
    lines = json.loads(json.dumps(quote.lines))
    before = lines[path[0]][path[1]]
    lines[path[0]][path[1]] = value
    assert before != value
    quote.pk, quote.lines = None, lines
    quote.gross_minor = sum(line["amount_minor"] for line in lines)

    with pytest.raises(DatabaseError, match="does not follow"), transaction.atomic():
        Quote.objects.bulk_create([quote])


def test_dearer_terms_have_notice_and_cheaper_ones_hold_at_once(timed, plan):
    text, now = json.dumps(MIXED), clock.now()
    dearer, cheaper = (json.loads(text.replace('"1.5"', by)) for by in ('"1.6"', '"1.4"'))
    publish = {"provider_id": plan.provider_id, "plan_id": plan.pk, "now": now}

    with pytest.raises(notice.NoticeTooShort):
        services.publish_version(terms=dearer, starts_at=now + timedelta(days=6), **publish)
    made = services.publish_version(terms=cheaper, **publish)
    assert made.starts_at == now
    publish["now"] = now + timedelta(seconds=1)
    later = services.publish_version(terms=dearer, **publish)
    assert later.starts_at == publish["now"] + notice.NOTICE


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE pricing_rateplanversion SET terms = jsonb_set(terms, '{to_minor}', '10')",
        "UPDATE pricing_rateplanversion SET terms = NULL",
        "UPDATE pricing_rateplanversion SET starts_at = starts_at - interval '1 day'",
        "INSERT INTO pricing_rateplanversion SELECT gen_random_uuid(), plan_id, plan_seq,"
        " provider_id, version + 1, asset, components, rating_rule, content_hash,"
        " now() - interval '1 day', NULL, now(), terms FROM pricing_rateplanversion",
        "INSERT INTO pricing_rateplanversion (id, plan_id, plan_seq, provider_id, version, asset,"
        " components, rating_rule, content_hash, starts_at, published_at, terms)"
        " SELECT gen_random_uuid(), plan_id, plan_seq, provider_id, 2, asset, components,"
        " rating_rule, content_hash, now() + interval '6 days', now(),"
        " jsonb_set(terms, '{components,0,bands,peak}', '\"9\"') FROM pricing_rateplanversion",
        "INSERT INTO pricing_rateplanversion (id, plan_id, plan_seq, provider_id, version, asset,"
        " components, rating_rule, content_hash, starts_at, published_at, terms)"
        " SELECT gen_random_uuid(), plan_id, plan_seq, provider_id, 2, asset, components,"
        " rating_rule, content_hash, now() + interval '9 days', now(),"
        " terms - 'components' FROM pricing_rateplanversion",
    ],
)
def test_nobody_edits_or_back_dates_terms_or_shortens_a_notice(timed, attack):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)

    stored = RatePlanVersion.objects.get()
    assert stored.terms == plan_terms.terms_json(plan_terms.parse(MIXED))


def test_the_published_form_is_the_one_beside_the_page():
    kept = json.loads((ROOT / "docs/rooms/rate-plan-2.schema.json").read_text("utf-8"))

    assert kept == plan_schema.json_schema()
