"""Plans, versions and quotes that pricing refuses, and what is never another's."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from common.errors import NotFound
from pricing import selectors, services
from pricing.contracts import Measure, RateUnit
from tests.pricing.cards import component
from tests.pricing.conftest import NOW


def test_a_plan_that_there_is_none_of_takes_no_version(provider):
    with pytest.raises(NotFound):
        services.publish_version(
            provider_id=provider.pk,
            plan_id=uuid4(),
            components=[component(("0", "1"))],
            now=NOW,
        )


def test_a_version_that_there_is_none_of_is_not_quoted(buyer):
    with pytest.raises(NotFound):
        services.make_quote(
            buyer_id=buyer.pk,
            plan_version_id=uuid4(),
            measure=Measure({RateUnit.STANDARD_HOUR: Decimal(1)}, rule_version_id=uuid4()),
            subject={},
            now=NOW,
        )


def test_before_a_plan_began_no_version_is_in_effect(plan, version):
    before = NOW - timedelta(days=1)

    assert selectors.version_in_effect(plan_id=plan.pk, at=before) is None
    assert selectors.version_in_effect(plan_id=plan.pk, at=NOW).pk == version.id
    assert selectors.cards_in_effect(plan_ids={plan.pk}, at=before) == {}
