"""A version of a plan may name the document that it rests on; it is said wherever it counts."""

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock
from pricing import changes, draft_selectors, rules, selectors, services
from pricing.contracts import InvalidRates
from pricing.models import RatePlanVersion
from tests.pricing.cards import component

DECREE = {"source": "发改价格〔2026〕12号", "clause": "第六条"}


def published(plan, price="3.00", **basis):
    return services.publish_version(
        provider_id=plan.provider_id,
        plan_id=plan.pk,
        components=[component(("0", price))],
        now=clock.now(),
        **basis,
    )


def test_what_it_rests_on_is_kept_hashed_and_told(plan, version):
    made = published(plan, **DECREE)

    card = selectors.rate_card(made.id)
    assert (card.source, card.clause) == (DECREE["source"], DECREE["clause"])
    assert changes.changes([made.id])[made.id].source == "发改价格〔2026〕12号 第六条"
    bare = rules.version_hash(
        plan_code=plan.code, version=2, asset="CNY", components=card.components
    )
    assert card.content_hash == made.content_hash != bare


def test_a_version_without_one_keeps_the_hash_that_it_had(plan, version):
    """Written down before versions named documents."""
    assert selectors.rate_card(version.id).source == ""
    said = RatePlanVersion.objects.get(pk=version.id)
    assert said.content_hash == rules.content_hash(
        {
            "plan": plan.code,
            "version": 1,
            "asset": "CNY",
            "components": said.components,
        }
    )


@pytest.mark.parametrize(
    "basis", [{"clause": "6"}, {"source": "x" * 301}, DECREE | {"source": " "}]
)
def test_a_clause_is_of_a_document_and_texts_are_short(plan, version, basis):
    with pytest.raises(InvalidRates) as refused:
        published(plan, **basis)
    assert refused.value.field == "source"


def test_no_statement_gives_a_version_another_basis(plan, version):
    made = published(plan, **DECREE)
    for sql in ("SET source = 'other'", "SET clause = ''"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE pricing_rateplanversion {sql} WHERE id = %s", [made.id])


def test_a_draft_brings_its_basis_to_the_version(plan, version):
    terms = {
        "zone": "Asia/Shanghai",
        "components": [
            {"code": "usage", "model": "unit", "unit": "standard_hour", "unit_price": "3.00"}
        ],
    }
    kept = services.keep_plan_draft(
        provider_id=plan.provider_id,
        plan_id=plan.pk,
        name="n",
        terms=terms,
        now=clock.now(),
        **DECREE,
    )

    made = services.publish_draft(provider_id=plan.provider_id, draft_id=kept.pk, now=clock.now())

    assert selectors.rate_card(made.id).clause == DECREE["clause"]
    assert draft_selectors.published_as(kept).pk == made.id
