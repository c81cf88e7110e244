"""What charges and usage records store is decided again by the versions that their rows name."""

import pytest

from common import tenancy
from common.rulebooks import UnknownRuleVersion
from marketplace.settlement import rules as settlement_rules
from marketplace.settlement.contracts import Measured
from marketplace.settlement.folding import in_every_unit
from marketplace.settlement.models import Charge
from metering import definitions
from metering import rules as metering_rules
from metering.models import UsageRecord
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    found = Market()
    order = found.order(cards=2, hours=2)
    found.use(order, "0.7")
    found.use(order, "1.3", hour=1)
    found.settle()
    return found


def test_stored_charges_are_rated_again(market):
    with tenancy.acting_as_platform():
        charges = list(Charge.objects.select_related("contract__fee_rule").order_by("id"))
        assert len(charges) == 2
        fee = 0
        for charge in charges:
            card = pricing_selectors.rate_card(charge.contract.plan_version_id)
            after = Measured(charge.total_quantity, charge.total_standard_hours)
            change = Measured(charge.quantity, charge.standard_hours)
            rule_id = charge.contract.rule_version_id
            so_far, added, before = (
                in_every_unit(each, charge.unit, rule_id)
                for each in (after, change, after + -change)
            )
            rate = pricing_rules.RULES.rule(card.rating_rule)
            lines = [pricing_rules.line_json(line) for line in rate(card, added, after=before)]
            fee_rule = charge.contract.fee_rule
            fee += charge.fee_minor

            assert lines == charge.lines
            assert pricing_rules.total_minor(rate(card, so_far)) == sum(
                each.rated_minor for each in charges[: charges.index(charge) + 1]
            )
            gross = sum(each.gross_minor for each in charges[: charges.index(charge) + 1])
            assert settlement_rules.FEES.rule(fee_rule.rule)(gross, fee_rule.rate) == fee


def test_stored_usage_is_measured_again(market):
    with tenancy.acting_as_platform():
        records = list(UsageRecord.objects.select_related("rule_version"))
    assert records
    for record in records:
        definition = definitions.parse(record.rule_version.definition)
        rule = metering_rules.RULES.rule(definition.measuring_rule)

        assert rule.native_hours(record.quantity) == record.native_hours
        assert rule.standard_hours(record.quantity, record.factor) == record.standard_hours


def test_a_plan_under_an_unknown_rule_is_refused_by_name(market):
    with tenancy.acting_as_platform():
        card = pricing_selectors.rate_card(market.listing.plan_version_id)
    object.__setattr__(card, "rating_rule", "rate-999")

    with pytest.raises(UnknownRuleVersion, match="rate-999"):
        pricing_rules.rate(card, in_every_unit(Measured(1, 1), "card-second", market.listing.pk))
