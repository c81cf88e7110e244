"""Control is pure: it names frauds among honest applications, and refuses nobody by itself."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta

import pytest

from marketplace.vouchers import control
from marketplace.vouchers.control import ContractFacts, ControlFile
from marketplace.vouchers.control_contracts import (
    FIRST_RULES,
    OF_CLAIMS,
    ControlCode,
    ControlSeverity,
)
from tests.vouchers.frauds import NOON, Town, sample, written_otherwise

CONTRACT = ContractFacts("91621000MA7B0X5R2N", "HT-2026-01", date(2026, 3, 1), 100)


def judged(honest: int, frauds: int, seed: int) -> tuple[float, float]:
    """Return the share of frauds that are named, and of honest ones that wait for a person."""
    found = sample(honest, frauds, seed=seed)
    file = ControlFile(found.dossiers)
    codes = {
        each.application: {it.code for it in control.look(each, file, FIRST_RULES)}
        for each in found.dossiers
    }
    named = sum(code in codes[application] for application, code in found.frauds.items())
    beside = [number for number in codes if int(number[2:]) <= honest]
    waiting = sum(bool(codes[number]) for number in beside)
    return named / len(found.frauds), waiting / honest


def test_of_20_frauds_among_500_at_least_19_are_named_and_few_honest_ones_wait():
    named, waiting = judged(500, 20, seed=1)

    assert named >= 0.95
    assert waiting <= 0.03


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_200_frauds_among_10_000_at_least_190_are_named(seed):
    named, waiting = judged(10_000, 200, seed=seed)

    assert named >= 0.95
    assert waiting <= 0.03


def test_without_its_rule_a_fraud_is_not_named():
    """The negative control: each kind of fraud is found by its own rule."""
    for code in set(ControlCode) - OF_CLAIMS:
        rules = [each for each in FIRST_RULES if each.code != code]
        found = sample(50, 8, seed=4)
        file = ControlFile(found.dossiers)
        (application,) = [number for number, its in found.frauds.items() if its is code]
        dossier = next(each for each in found.dossiers if each.application == application)

        assert code in {each.code for each in control.look(dossier, file, FIRST_RULES)}
        assert code not in {each.code for each in control.look(dossier, file, rules)}


def test_a_finding_says_what_it_does_until_a_person_decided_and_nothing_more():
    """No severity refuses: the most that a finding does is to wait for a person."""
    assert set(ControlSeverity.values) == {"BLOCK", "QUEUE"}
    assert {each.severity for each in FIRST_RULES} == set(ControlSeverity.values)


BOUNDS = {
    "as many days as the rule says": (7, True),
    "a day more": (8, False),
}


@pytest.mark.parametrize("case", BOUNDS)
def test_contracts_are_near_each_other_up_to_the_days_of_the_rule(case):
    days, is_found = BOUNDS[case]
    town = Town(5)
    applicant, seller = town.party(), town.sellers[0]
    signed = [date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 1) + timedelta(days=days)]
    contracts = tuple(town.contract(seller, signed_on=each) for each in signed)
    dossier = town.dossier(applicant, contracts=contracts)

    found = control.look(dossier, ControlFile([dossier]), FIRST_RULES)

    assert [each.code for each in found] == ([ControlCode.SPLIT_ORDER] if is_found else [])


def test_who_left_the_list_counts_for_a_year_to_the_day():
    town = Town(6)
    for days, is_found in ((365, True), (366, False)):
        removed = NOON.date() - timedelta(days=days)
        entry = control.ListedDishonest(date(2020, 1, 1), removed, "court")
        dossier = town.dossier(dishonest=(entry,), at=NOON)
        found = control.look(dossier, ControlFile([]), FIRST_RULES)
        assert bool(found) == is_found


def test_two_towns_know_a_contract_again_by_a_secret_that_they_share_and_only_by_it():
    again = replace(CONTRACT, number=written_otherwise(CONTRACT.number), amount_minor=999)

    one = control.fingerprint(b"agreed", "91510100MA0000000X", CONTRACT)

    assert one == control.fingerprint(b"agreed", "91510100MA0000000X", again)
    assert one != control.fingerprint(b"other", "91510100MA0000000X", CONTRACT)
    assert one != control.fingerprint(b"agreed", "91510100MA0000001X", CONTRACT)
    later = replace(CONTRACT, signed_on=date(2026, 3, 2))
    assert one != control.fingerprint(b"agreed", "91510100MA0000000X", later)
    assert CONTRACT.seller_uscc not in one


def test_anybody_draws_the_sample_again_from_the_seed_that_was_committed_to():
    names = [f"A-{number:03d}" for number in range(100)]
    seed = b"\x01" * 32

    chosen = control.drawn(seed, names, count=5)

    by_hand = sorted(names, key=lambda each: hashlib.sha256(seed + each.encode()).digest())[:5]
    assert chosen == by_hand == control.drawn(seed, [*names[::-1], *names], count=5)
    assert control.drawn(b"\x02" * 32, names, count=5) != chosen
    assert control.commitment(seed) == hashlib.sha256(b"suanpan sample:" + seed).hexdigest()
