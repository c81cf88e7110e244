from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from common.errors import NotFound
from pricing import selectors, services
from pricing.contracts import QuoteRequest
from pricing.models import Quote
from tests.pricing.cards import RULE, component, hours
from tests.pricing.conftest import NOW

SUBJECT = {"listing": "L-000001", "units_milli": 8000, "starts_at": NOW}


@pytest.fixture
def quote(buyer, version):
    return services.make_quote(
        buyer_id=buyer.pk,
        plan_version_id=version.id,
        measure=hours("1200.5"),
        subject=SUBJECT,
        now=NOW,
        valid_for=timedelta(minutes=15),
    )


def test_a_quote_keeps_its_lines_versions_and_inputs(quote, version):
    assert quote.gross_minor == 318_000 + 59_148
    assert quote.standard_hours == Decimal("1200.5")
    assert quote.valid_until == NOW + timedelta(minutes=15)
    assert quote.rule_version_id == RULE
    assert {line["plan_version_id"] for line in quote.lines} == {str(version.id)}
    assert quote.subject["starts_at"] == "2026-11-20T08:00:00Z"


def test_a_quote_recomputes_to_the_same_hash_after_prices_changed(quote, plan):
    services.publish_version(
        provider_id=plan.provider_id,
        plan_id=plan.pk,
        components=[component(("0", "99"))],
        now=clock.now(),
    )

    answer = selectors.evaluation(Quote.objects.get(pk=quote.pk))

    assert answer["recomputes"] is True
    assert answer["inputs_hash"] == quote.inputs_hash
    assert answer["lines"] == quote.lines
    assert answer["raw_total"] == "3771.475"


def test_the_same_question_has_the_same_hash_and_another_another(quote, buyer, version):
    same = services.make_quote(
        buyer_id=buyer.pk,
        plan_version_id=version.id,
        measure=hours("1200.500"),
        subject=dict(reversed(SUBJECT.items())),
        now=NOW + timedelta(minutes=5),
    )
    other = services.make_quote(
        buyer_id=buyer.pk,
        plan_version_id=version.id,
        measure=hours("1200.501"),
        subject=SUBJECT,
        now=NOW,
    )

    assert same.inputs_hash == quote.inputs_hash
    assert other.inputs_hash != quote.inputs_hash


def test_many_quotes_cost_two_queries(buyer, version, django_assert_num_queries):
    requests = [
        QuoteRequest(version.id, hours(str(quantity)), {"number": quantity})
        for quantity in range(300)
    ]

    with django_assert_num_queries(2):  # The plans, of which each is read once a process.
        quotes = services.make_quotes(buyer_id=buyer.pk, requests=requests, now=NOW)

    assert [quote.gross_minor for quote in quotes] == [318 * number for number in range(300)]


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE pricing_quote SET gross_minor = 1",
        "UPDATE pricing_quote SET valid_until = valid_until + interval '1 y'",
        "DELETE FROM pricing_quote",
    ],
)
def test_the_database_refuses_to_rewrite_a_quote(quote, attack):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)

    assert selectors.evaluation(Quote.objects.get(pk=quote.pk))["recomputes"] is True


def test_a_quote_is_its_buyers_alone(quote, buyer, provider):
    assert selectors.quote_for_buyer(quote_id=quote.pk, buyer_id=buyer.pk) == quote
    with pytest.raises(NotFound):
        selectors.quote_for_buyer(quote_id=quote.pk, buyer_id=provider.pk)

    tenancy.enter(provider.pk)

    assert not Quote.objects.exists()
