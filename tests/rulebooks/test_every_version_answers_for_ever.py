"""
Rules that decided something are run again, and come to the same.

A vector that fails means that a version which rows were decided under answers otherwise now. Give
the new answer a version of its own (docs/how-to/change-a-rule.md) and leave the old one as it was.
"""

import pytest
from django.core.management import CommandError, call_command

from common import rulebooks, tenancy
from common.ids import uuid7
from common.rulebooks import Rulebook, UnknownRuleVersion
from marketplace.orders import frozen, rules, selectors
from marketplace.orders.models import ClearingRound
from metering import definitions
from metering.contracts import InvalidRule
from tests.catalog.supply import listed
from tests.rulebooks import books

VERSIONS = [(book, version) for book in books.BOOKS for version in book.versions]
VECTORS_MIN = 20


@pytest.mark.parametrize(("book", "version"), VERSIONS, ids=[version for _, version in VERSIONS])
def test_a_version_answers_what_it_always_answered(book, version):
    stored = books.vectors(version)

    assert len(stored) >= VECTORS_MIN, f"store answers of {version}: python -m tests.rulebooks"
    for number, vector in enumerate(stored, start=1):
        assert books.decided(book, version, vector["input"]) == vector["output"], number


def test_no_version_that_has_answered_was_taken_out():
    known = {version for _, version in VERSIONS}

    assert {path.stem for path in books.GOLDEN.glob("*.jsonl")} == known


def test_another_answer_would_be_noticed():
    """The negative control: a fee that is rounded down differs from the stored answers."""
    stored = books.vectors("fee-1")

    careless = [int(each["input"]["gross_minor"] * float(each["input"]["rate"])) for each in stored]

    assert careless != [each["output"] for each in stored]


@pytest.mark.parametrize("book", books.BOOKS, ids=[book.kind for book in books.BOOKS])
def test_a_version_that_nobody_wrote_is_refused_by_name(book):
    with pytest.raises(UnknownRuleVersion) as refused:
        book.rule("clear-999")

    assert refused.value.facts == {"kind": book.kind, "version": "clear-999"}
    assert "clear-999" in str(refused.value)


def test_the_newest_version_decides_what_is_new(monkeypatch):
    monkeypatch.setattr(rulebooks, "_books", {})  # or it is a book of this release from here on
    book = Rulebook("trial", {"trial-1": len, "trial-2": max})

    assert book.newest == "trial-2"
    assert book.rule("trial-1") is len
    assert rules.RULES.newest == rules.CLEARING_RULE


def stored_round(vector, *, rule_version: str = "") -> ClearingRound:
    """Keep a round as it was recorded once."""
    given, answer = vector["input"], vector["output"]
    given = given | ({"rule_version": rule_version} if rule_version else {})
    there = frozen.thawed_snapshot(vector["input"])
    return ClearingRound.objects.create(
        number=f"B-20261120-{uuid7().int % 10**5:05d}",
        book_id=listed().book_id,
        rule_version=given["rule_version"],
        seed=there.seed,
        snapshot=given,
        result=answer,
        input_hash=frozen.hash_of(given),
        output_hash=frozen.hash_of(answer),
        order_count=len(there.demands),
        cleared_count=len(answer["fills"]),
        rejected_count=len(answer["rejections"]),
        started_at=there.at,
        steps=[],
        finished_at=there.at,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("version", rules.RULES.versions)
def test_stored_rounds_of_every_version_replay(version):
    with tenancy.acting_as_platform():
        for vector in books.vectors(version)[:5]:
            replay = selectors.replay(number=stored_round(vector).number)

            assert replay.is_right
            assert replay.rule_version == version


@pytest.mark.django_db
def test_a_round_under_an_unknown_rule_is_told_apart_from_an_altered_one():
    with tenancy.acting_as_platform():
        number = stored_round(books.vectors("clear-1")[0], rule_version="clear-999").number

    with pytest.raises(CommandError, match="clear-999") as error:
        call_command("replay_round", number)

    assert error.value.returncode == 2


def test_a_measurement_rule_names_arithmetic_that_exists():
    shipped = definitions.shipped_rules()[0]["definition"]

    assert definitions.parse(shipped).measuring_rule == "measure-1"
    with pytest.raises(InvalidRule, match="measure-999"):
        definitions.parse(shipped | {"measuring_rule": "measure-999"})
