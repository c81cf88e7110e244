"""Tokens have a price by kind: lines add up, in parts, in columns, in SQL and by the script."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from common.ids import uuid7
from common.period import Period
from pricing import plan_terms, rate_3, rate_many, rules, services, token_kinds, verify_price
from pricing.contracts import InvalidRates, Measure, RateUnit
from pricing.models import RatePlanVersion
from tests.pricing.conftest import NOW
from tests.pricing.test_prices_are_verified import evaluation
from tests.pricing.test_rating_in_columns import columns, exactly, told, usage
from tests.pricing.timed_plans import PEAK_AND_VALLEY, at, card, flat, terms, unit

PRICES = {"in": "20", "out": "80", "cached": "5"}
SPREAD = Period(at("2026-11-24T00:00"), at("2026-11-25T00:00"))
IN, OUT, CACHED = RateUnit.MTOKEN_IN, RateUnit.MTOKEN_OUT, RateUnit.MTOKEN_CACHED


def priced(**prices):
    """Return terms with so much a million tokens of each kind."""
    parts = [
        {"code": kind, "model": "unit", "unit": f"mtoken_{kind}", "unit_price": price}
        for kind, price in prices.items()
    ]
    return terms(*parts)


def plan(said):
    found = card(said)
    return replace(found, rating_rule=rules.timed_rule(found.terms))


def millions(read, generated=0, cached=0):
    kinds = {IN: Decimal(read), OUT: Decimal(generated), CACHED: Decimal(cached)}
    return Measure(kinds, spread=SPREAD)


def test_each_kind_has_its_own_line_and_price():
    lines = rules.rate(plan(priced(**PRICES)), millions("1.5", "0.25", "10"))

    assert [(each.unit, each.quantity, each.amount_minor) for each in lines] == [
        (IN, Decimal("1.5"), 30_00),
        (OUT, Decimal("0.25"), 20_00),
        (CACHED, Decimal(10), 50_00),
    ]
    assert {each.rating_rule for each in lines} == {"rate-3"}


def test_what_comes_from_a_cache_counts_as_read_where_it_has_no_price():
    lines = rules.rate(plan(priced(**{"in": "20", "out": "80"})), millions("1", "0.5", "2"))

    assert [(each.unit, each.quantity, each.amount_minor) for each in lines] == [
        (IN, Decimal(3), 60_00),
        (OUT, Decimal("0.5"), 40_00),
    ]


def test_terms_without_kinds_keep_their_rule():
    by_kind = card(terms(flat("1"), *priced(**PRICES)["components"])).terms
    assert rules.timed_rule(by_kind) == "rate-3"
    assert rules.timed_rule(card(terms(unit("1"))).terms) == "rate-2"


SAID = st.sampled_from(
    [
        priced(**PRICES),
        priced(**{"in": "0.333333", "out": "1.01"}),
        terms(
            {"code": "in", "model": "graduated", "unit": "mtoken_in",
             "tiers": [{"from": "0", "unit_price": "20"}, {"from": "0.5", "unit_price": "12.5"}]},
            {"code": "out", "model": "unit", "unit": "mtoken_out", "unit_price": "80",
             "bands": {"peak": "1.5", "valley": "0.5"}},
            flat("9.99", "contract", "minimum"),
            bands=PEAK_AND_VALLEY,
        ),
    ]
)  # fmt: skip
AMOUNTS = st.tuples(*(st.decimals(0, 50, places=6) for _ in range(3)))


@settings(max_examples=60, deadline=None)
@given(said=SAID, parts=st.lists(AMOUNTS, min_size=1, max_size=4))
def test_parts_add_up_to_the_whole_and_the_script_says_the_same(said, parts):
    found = plan(said)
    total, before, reached = 0, None, (Decimal(0),) * 3
    for part in parts:
        lines = rules.rate(found, millions(*part), after=before)
        total += rules.total_minor(lines)
        reached = tuple(a + b for a, b in zip(reached, part, strict=True))
        before = millions(*reached)

    assert total == rules.total_minor(rules.rate(found, before))
    if any(reached):
        assert verify_price.check(evaluation(found, before)) == []


@settings(max_examples=40, deadline=None)
@given(said=SAID, records=usage(), data=st.data())
def test_columns_of_tokens_give_every_line_that_the_rule_gives(said, records, data):
    count = len(records.contract)
    figures = st.lists(st.integers(0, 9_000_000_000), min_size=count, max_size=count)
    signs = np.sign(records.thousandths) + (records.thousandths == 0)
    kinds = {unit: np.array(data.draw(figures), np.int64) for unit in (IN, OUT, CACHED)}
    if (signs < 0).any():  # What is taken back was there.
        kinds = {unit: np.full(count, 7_777_777, np.int64) * signs for unit in kinds}
    tokens = replace(records, thousandths=np.zeros(count, np.int64), tokens=kinds)
    found = plan(said)

    assert told(found, rate_many.rate_many(found, tokens)) == exactly(found, tokens)


def test_columns_hold_tokens_whole():
    found = plan(priced(**PRICES))
    usage = replace(
        columns([(0, 0, 30, 0)]), tokens={unit: np.array([10**9]) for unit in (IN, OUT, CACHED)}
    )
    lines = rate_many.rate_many(found, usage)
    assert (lines.exact, int(lines.amount_minor.sum())) == ({}, 105_00)


MIXES = st.dictionaries(
    st.sampled_from(["in", "out", "cached"]), st.integers(1, 10**12), min_size=1
)
WEIGHTS = {"in": Decimal(1), "out": Decimal(4), "cached": Decimal("0.25")}


@pytest.mark.django_db
@settings(max_examples=40, deadline=None)
@given(mix=MIXES, counted=st.decimals("0.001", 10**12, places=3))
def test_sql_divides_throughput_among_kinds_as_python_does(mix, counted):
    kinds = token_kinds.in_shares(Fraction(counted), mix, WEIGHTS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, value::numeric FROM jsonb_each_text(pricing_tokens_by_kind(%s,"
            ' %s::jsonb, \'{"in": "1.0", "out": "4", "cached": "0.25"}\'))',
            [counted, json.dumps(token_kinds.mix_json(mix))],
        )
        assert dict(cursor.fetchall()) == {str(unit): amount for unit, amount in kinds.items()}
    weighed = sum(
        Fraction(kinds[token_kinds.KINDS[kind]]) * Fraction(WEIGHTS[kind]) for kind in mix
    )
    assert 0 <= Fraction(counted) - weighed * 10**6 < Fraction(6, 10**6)


@pytest.mark.django_db
def test_the_database_keeps_kinds_to_their_rule(provider):
    made = services.create_plan(provider_id=provider.pk, code="tokens", name="Tokens", now=NOW)
    shown = rules.components_json(plan(priced(**PRICES)).components)
    with pytest.raises(InvalidRates):
        services.publish_version(
            provider_id=provider.pk, plan_id=made.pk, components=shown, now=NOW
        )
    services.publish_version(
        provider_id=provider.pk, plan_id=made.pk, terms=priced(**PRICES), now=NOW
    )
    version = RatePlanVersion.objects.get(plan=made)
    assert version.rating_rule == "rate-3"
    other = services.create_plan(provider_id=provider.pk, code="other", name="Other", now=NOW)
    version.pk, version.plan, version.plan_seq = uuid7(), other, other.seq
    for rule, said in (("rate-2", version.terms), ("rate-1", None), ("rate-3", None)):
        version.rating_rule, version.terms = rule, said
        with pytest.raises(IntegrityError, match="rule_fits"), transaction.atomic():
            version.save(force_insert=True)


def test_old_cards_are_rated_as_before():
    """A card of `rate-2` that says the same units of hours gives the same lines by either rule."""
    hours = card(terms({"code": "u", "model": "unit", "unit": "unit_hour", "unit_price": "3.33"}))
    measure = Measure({RateUnit.UNIT_HOUR: Decimal("7.77")}, spread=SPREAD)
    newer = rate_3.rate(replace(hours, rating_rule="rate-3"), measure)
    older = rules.rate(hours, measure)
    assert [replace(each, rating_rule="rate-2") for each in newer] == older
    assert plan_terms.terms_json(hours.terms)["components"][0]["unit"] == "unit_hour"
