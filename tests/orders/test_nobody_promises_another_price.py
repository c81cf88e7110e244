"""A price that is not the plan's is refused by the database, whoever writes it."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.period import Period
from marketplace.catalog import services as catalog
from marketplace.orders import rating
from marketplace.orders.models import Order
from pricing import rules as pricing_rules
from pricing.contracts import RateCard, RateComponent, RateTier, RateUnit
from tests.catalog.supply import listed
from tests.orders.cast import NOW, START, buyer, needs, place, wish

pytestmark = pytest.mark.django_db
COPY_QUOTE = """
    INSERT INTO pricing_quote (id, rule_version_id, measure, subject, lines, asset, gross_minor,
        standard_hours, inputs_hash, quoted_at, valid_until, buyer_id, plan_version_id)
    SELECT gen_random_uuid(), rule_version_id, {measure}, {subject}, {lines}, asset, {gross_minor},
           {standard_hours}, inputs_hash, quoted_at, valid_until, buyer_id, plan_version_id
    FROM pricing_quote WHERE id = %s
"""
AS_IT_IS = {name: name for name in ("measure", "subject", "lines", "gross_minor", "standard_hours")}
CHEAP = "jsonb_set(jsonb_set(lines, '{0,amount_minor}', '1'), '{0,unit_price}', '\"0.000001\"')"
# What is changed of a sound quote, as SQL.
TAMPERED = {
    "a sum of one fen": {"gross_minor": "1"},
    "a line of one fen": {
        "gross_minor": "1",
        "lines": "jsonb_set(lines, '{0,amount_minor}', '1')",
    },
    "a price of its own": {"gross_minor": "1", "lines": CHEAP},
    "no lines at all": {"gross_minor": "0", "lines": "'[]'"},
    "a line twice": {"lines": "lines || lines"},
    "fewer hours than it is for": {
        "measure": "jsonb_set(measure, '{quantities,unit_hour}', '\"0.001\"')",
    },
    "fewer standard hours than it is for": {
        "measure": "jsonb_set(measure, '{quantities,standard_hour}', '\"0.001\"')",
        "standard_hours": "0.001",
    },
    "standard hours that its measure lacks": {"standard_hours": "0.001"},
    "no measure": {"measure": '\'{"quantities": {}, "rule_version_id": null}\''},
    "a longer period for the same money": {
        "subject": "jsonb_set(subject, '{ends_at}', '\"2027-01-01T00:00:00Z\"')",
    },
    "more units for the same money": {"subject": "jsonb_set(subject, '{units_milli}', '999000')"},
}


FOLLOWS = "SELECT orders_price_follows(%s::jsonb, %s, %s, %s, %s, %s, %s::jsonb)"
COPY_ORDER = """
    INSERT INTO orders_order SELECT (jsonb_populate_record(o,
        jsonb_build_object('id', gen_random_uuid(), 'number', 'O-forged', 'key', 'forged')
        || %s::jsonb)).*
    FROM orders_order o WHERE id = %s
"""


@pytest.fixture
def haichao():
    return buyer("100")


@pytest.fixture
def quote(haichao):
    with tenancy.acting_as_platform():
        return catalog.quote_listing(
            buyer_id=haichao.pk,
            listing_id=listed(price="3.18").pk,
            milli=1000,
            period=Period(START, START + timedelta(hours=1)),
            now=NOW,
        )


def run(statement, arguments):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.rowcount


@pytest.mark.parametrize("changes", TAMPERED.values(), ids=TAMPERED)
def test_a_quote_that_does_not_follow_from_its_plan_is_refused(haichao, quote, changes):
    with tenancy.acting_as(haichao.pk):
        assert run(COPY_QUOTE.format(**AS_IT_IS), [quote.pk]) == 1, "the control"
        with pytest.raises(DatabaseError, match="quote does not follow from its plan version"):
            run(COPY_QUOTE.format(**AS_IT_IS | changes), [quote.pk])


@pytest.mark.parametrize(
    "facts",
    [
        {"gross_minor": 1},
        {"units_milli": 8000},
        {"ends_at": "2026-12-20T10:00:00Z"},
        {"quote_id": "00000000-0000-7000-8000-000000000000"},
        {"lines": []},
        {"standard_hours": "0.001"},
        {"unit_hours": "0.001"},
    ],
    ids=lambda facts: next(iter(facts)),
)
@pytest.mark.parametrize("is_quoted", [True, False], ids=["a quote", "no quote"])
def test_an_order_bears_the_price_it_was_promised_and_no_other(haichao, quote, is_quoted, facts):
    listing_id, quote_id = quote.subject["listing_id"], quote.pk if is_quoted else None
    order = place(haichao, replace(wish(), listing_id=UUID(listing_id), quote_id=quote_id))
    with tenancy.acting_as(haichao.pk):
        stored = Order.objects.get(pk=order.pk)
        assert stored.gross_minor == 1008
        with pytest.raises(DatabaseError, match="is not what a quote promised"):
            run(COPY_ORDER, [json.dumps(facts), order.pk])
        assert run(COPY_ORDER, ["{}", order.pk]) == 1, "the control"


@pytest.mark.parametrize(
    "tiers",
    [
        [("0", "3.18")],
        [("0", "0")],
        [("0", "3.185"), ("0.5", "1.000001")],
        [("0", "9"), ("2", "7"), ("100", "0.5")],
        [("0", "0.000001"), ("40", "0")],
    ],
    ids=lambda tiers: f"{len(tiers)} from {tiers[0][1]}",
)
@pytest.mark.parametrize("unit", ["standard_hour", "unit_hour"])
@pytest.mark.parametrize(("milli", "seconds"), [(1, 3601), (1700, 7), (999_999, 86_401)])
def test_the_database_prices_as_the_rule_does(tiers, unit, milli, seconds):
    card = RateCard(
        version_id=uuid4(),
        plan_code="plan",
        version=1,
        asset="CNY",
        components=tuple(
            RateComponent(code, RateUnit(unit), tuple(RateTier(*map(Decimal, it)) for it in tiers))
            for code in ("usage", "more")
        ),
        content_hash="",
        provider_id=uuid4(),
    )
    factor = Decimal("2.2346")
    measure = rating.committed(milli, seconds, factor=factor, rule_version_id=uuid4())
    lines = [pricing_rules.line_json(line) for line in pricing_rules.rate(card, measure)]

    def follows(**changes):
        given = {
            "components": json.dumps(pricing_rules.components_json(card.components)),
            "milli": milli,
            "seconds": seconds,
            "factor": factor,
            "unit_hours": measure.of(RateUnit.UNIT_HOUR),
            "standard_hours": measure.of(RateUnit.STANDARD_HOUR),
            "lines": json.dumps(lines),
        }
        with connection.cursor() as cursor:
            cursor.execute(FOLLOWS, list((given | changes).values()))
            return cursor.fetchone()[0]

    assert follows()
    assert not follows(lines=json.dumps(lines[:-1]))
    assert not follows(lines=json.dumps([*lines, lines[-1]]))
    dearer = [{**lines[0], "amount_minor": lines[0]["amount_minor"] + 1}, *lines[1:]]
    assert not follows(lines=json.dumps(dearer))
    assert not follows(unit_hours=measure.of(RateUnit.UNIT_HOUR) + Decimal("1e-11"))
    assert not follows(factor=factor + 1)


def test_what_is_priced_at_clearing_names_no_price_before(haichao):
    listing = listed(price="3.18")
    order = place(haichao, needs("H100", hub=listing.hub, start=START))
    with tenancy.acting_as(haichao.pk):
        with pytest.raises(DatabaseError, match="is not what a quote promised"):
            run(COPY_ORDER, [json.dumps({"gross_minor": 1, "lines": []}), order.pk])
        assert run(COPY_ORDER, ["{}", order.pk]) == 1, "the control"


def test_another_listings_cheap_quote_is_not_taken(haichao):
    cheap, dear = listed(price="0.02"), listed(price="3.18")
    order = place(haichao, wish(cheap))
    with (
        tenancy.acting_as(haichao.pk),
        pytest.raises(DatabaseError, match="not what a quote promised"),
    ):
        run(COPY_ORDER, [json.dumps({"wanted_listing_id": str(dear.pk)}), order.pk])
