"""Whether somebody may get support: by evidence, or as described; unknown is neither yes nor no."""

from datetime import timedelta
from uuid import uuid5

import pytest

from identity.contracts import EnterpriseSize
from marketplace.vouchers import fitting, programme_rules
from marketplace.vouchers.forecasting import Spendable, losses
from marketplace.vouchers.terms import HolderFacts
from tests.factories import programme_rules as rules_data
from tests.vouchers.cast import NAMES, NOON, rate
from tests.vouchers.published import rules_2

CHENGDU = {"table": "2024-01-01", "codes": ["510100"]}


def outcomes(rules, who, **facts):
    found = fitting.fit(rules, programme_rules.parse(rules), who, at=NOON, **facts)
    return found.outcome, {line.rule: str(line.outcome) for line in found.lines}


def version_2(**beneficiaries):
    return rules_2(beneficiaries=beneficiaries)


@pytest.mark.parametrize(
    ("region", "outcome"),
    [
        ("510116", "MET"),
        ("510100", "MET"),
        ("510000", "NOT_MET"),
        ("110101", "NOT_MET"),
        (None, "UNKNOWN"),
    ],
    ids=["district", "city", "province", "elsewhere", "unknown"],
)
def test_a_city_holds_its_districts(region, outcome):
    _all, found = outcomes(version_2(regions=CHENGDU), HolderFacts(region=region))

    assert found["beneficiaries.regions"] == outcome


def test_one_rule_that_is_not_met_decides_before_one_that_is_unknown():
    rules = version_2(regions=CHENGDU, sizes=["MICRO", "SMALL"])

    assert outcomes(rules, HolderFacts(region="510116"))[0] == "UNKNOWN"
    assert outcomes(rules, HolderFacts(region="110101"))[0] == "NOT_MET"
    small = HolderFacts(region="510116", size="SMALL", classes=("SME",))
    assert outcomes(rules, small)[0] == "MET"


def test_who_lacks_a_certificate_may_bring_it_and_who_says_what_it_holds_is_believed():
    rules = version_2(certificates=["HIGH_TECH"])
    held = HolderFacts(certificates=("SME",), classes=("SME",))

    assert outcomes(rules, held, is_own=True)[0] == "UNKNOWN"
    assert outcomes(rules, held)[0] == "NOT_MET"
    assert outcomes(rules, fitting.said_of(certificates=["HIGH_TECH"]))[1][
        "beneficiaries.certificates"
    ] == ("MET")


def test_a_programme_that_pays_a_class_asks_for_it():
    rules = rules_data(rates=[rate("0.5", beneficiary="STARTUP")], requires_sme_certificate=True)

    assert outcomes(rules, fitting.said_of(standing="STARTUP"))[1]["rates"] == "MET"
    assert outcomes(rules, fitting.said_of(size=EnterpriseSize.LARGE))[1]["rates"] == "NOT_MET"
    assert outcomes(rules, HolderFacts())[1] == {
        "applications_until": "MET",
        "requires_sme_certificate": "UNKNOWN",
        "rates": "UNKNOWN",
    }


def spendable(number, days, left):
    return Spendable(uuid5(NAMES, number), number, NOON + timedelta(days=days), left)


@pytest.mark.parametrize(
    ("used", "lost"),
    [(0, [300, 500]), (300, [200, 400]), (900, [0, 200]), (10**12, [0, 0]), (-5, [300, 500])],
    ids=["unused", "slow", "first", "fast", "returned"],
)
def test_what_ends_first_is_used_first_and_the_rest_is_lost(used, lost):
    found = losses(
        [spendable("V-2", 20, 500), spendable("V-1", 10, 300)], used_minor=used, now=NOON
    )

    assert [each.number for each in found] == ["V-1", "V-2"]
    assert [each.lost_minor for each in found] == lost


def test_what_ends_today_is_lost():
    (found,) = losses([spendable("V-1", 0, 300)], used_minor=900, now=NOON)

    assert found.lost_minor == 300
