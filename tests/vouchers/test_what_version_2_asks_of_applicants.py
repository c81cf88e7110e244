"""Rules of version 2 about beneficiaries are lines of the automatic check, by evidence alone."""

from datetime import date

import pytest

from common import tenancy
from identity.contracts import Role
from marketplace.vouchers import selectors, services
from marketplace.vouchers.contracts import Decision, RuleNotMet
from marketplace.vouchers.models import DishonestEntry
from tests.cast import officer
from tests.orders.cast import NOW, buyer, programme
from tests.vouchers.cast import yuan
from tests.vouchers.published import rules_2

pytestmark = pytest.mark.django_db


def asked(owner, **changes):
    city = programme("1000", **rules_2(publicity_days=0, **changes))
    with tenancy.acting_as_platform():
        return services.apply(
            programme_id=city.pk,
            applicant_id=owner.pk,
            amount_minor=yuan("100"),
            purpose="",
            applied_by_id=officer(owner, Role.BUYER).pk,
            now=NOW,
        )


def outcomes(application) -> dict[str, tuple[str, str]]:
    return {each["rule"]: (each["outcome"], each["clause"]) for each in application.checks}


ASKED = {
    "a region that holds it": ({"regions": {"table": "2026-01-01", "codes": ["110000"]}}, "MET"),
    "another region": ({"regions": {"table": "2026-01-01", "codes": ["510000"]}}, "NOT_MET"),
    "a size that nobody proved": ({"sizes": ["SMALL"]}, "UNKNOWN"),
    "a certificate": ({"certificates": ["HIGH_TECH"]}, "NOT_MET"),
    "a certificate, or a maker": (
        {"certificates": ["HIGH_TECH"], "incubated_makers": True},
        "UNKNOWN",
    ),
    "clean years, and no list is known": ({"clean_years": 3}, "UNKNOWN"),
}


@pytest.mark.parametrize("case", ASKED)
def test_each_rule_is_met_not_met_or_unknown_with_its_clause(case):
    rules, outcome = ASKED[case]
    owner = buyer()
    with tenancy.acting_as_platform():
        type(owner).objects.filter(pk=owner.pk).update(region="110105")

    found = outcomes(asked(owner, beneficiaries=rules))

    (line,) = [each for rule, each in found.items() if rule.startswith("beneficiaries.")]
    assert line[0] == outcome
    assert line[1].startswith("第6条"), line
    assert found["budget.period"][0] == "MET"


@pytest.mark.parametrize(("removed", "outcome"), [("2023-11-01", "MET"), ("2024-11-25", "NOT_MET")])
def test_clean_years_count_from_the_last_entry(removed, outcome):
    owner = buyer()
    with tenancy.acting_as_platform():
        DishonestEntry.objects.create(
            uscc=owner.uscc,
            listed_on=date(2020, 1, 1),
            removed_on=date.fromisoformat(removed),
            source="court",
            reference="1",
            brought_at=NOW,
        )
        years = selectors.clean_years(owner.pk, at=NOW)

    one = asked(owner, beneficiaries={"clean_years": 3})

    assert outcomes(one)["beneficiaries.clean_years"][0] == outcome, years


def test_what_is_not_met_is_not_approved():
    one = asked(buyer(), beneficiaries={"certificates": ["HIGH_TECH"]})
    with tenancy.acting_as_platform(), pytest.raises(RuleNotMet):
        services.decide(
            application_id=one.pk,
            decision=Decision.APPROVE,
            issuer_id=one.programme_version.programme.issuer_id,
            decided_by_id=officer(one.programme_version.programme.issuer, Role.ISSUER).pk,
            note="",
            now=NOW,
        )
