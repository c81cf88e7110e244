"""Measure windows: what PostgreSQL adds up as sets, and what the rule's arithmetic makes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection

from common.money import EXACT
from metering import measure_2, units
from metering.measure_2 import PartSum
from metering.selectors.terms import RuleTerms, rule_terms
from metering.services.closing_statements import MEASURE
from metering.services.weighing_statement import MEASURE_2

ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Sum:
    """What was read in a window for one subject."""

    window_id: int
    subject: UUID | None
    quantity: Decimal
    reading_count: int
    inputs_hash: str
    overlaps: bool  # one source counted the same time twice
    units_max: Decimal | None  # in use at one moment, at most; None if one did
    physical: Decimal  # what was used before anything was weighed, in the metric's unit
    parts: tuple[PartSum, ...] = ()


def measure_windows(versions: Mapping[int, UUID], terms: Mapping[UUID, RuleTerms]) -> list[Sum]:
    """
    Return what was read in windows, each subject by itself; one statement a measuring rule.

    `versions` says which version of a rule each window is measured by.
    """
    first = [key for key, version in versions.items() if terms[version].terms is None]
    second = [key for key, version in versions.items() if terms[version].terms is not None]
    sums = []
    if first:
        for window_id, subject, total, count, digest, overlaps, most in _rows(
            MEASURE, windows=first
        ):
            is_bounded = units.bound_of(terms[versions[window_id]].unit) is not None
            most_units = most if is_bounded else None
            sums.append(Sum(window_id, subject, total, count, digest, overlaps, most_units, total))
    if second:
        used_rules = sorted({versions[key] for key in second})
        rules = msgspec.json.encode([_as_row(key, terms[key]) for key in used_rules]).decode()
        sums += _weighed(_rows(MEASURE_2, windows=second, rules=rules), versions, terms)
    return sums


def _as_row(key: UUID, rule: RuleTerms) -> dict[str, Any]:
    terms = rule.terms or measure_2.MeasureTerms()
    bound = units.bound_of(rule.unit)
    return {
        "id": key,
        "reads": terms.reads,
        "aggregate": terms.aggregate,
        "look_back": int(terms.look_back.total_seconds()),
        "states": {state: str(factor) for state, factor in terms.multipliers.items()},
        "is_rateable": rule.is_rateable and bound is not None,
        "per_second": str(bound.per_second if bound else ONE),
    }


def _weighed(
    rows: Sequence[tuple[Any, ...]], windows: Mapping[int, UUID], terms: Mapping[UUID, RuleTerms]
) -> list[Sum]:
    """Put the parts of each subject together; the row of the whole comes after its parts."""
    sums: list[Sum] = []
    portions: dict[str, Fraction] = {}
    for window_id, is_whole, subject, part, numerator, denominator, *whole in rows:
        rule = terms[windows[window_id]].terms or measure_2.MeasureTerms()
        if not is_whole:
            portions[part] = measure_2.portion(rule, numerator, denominator)
            continue
        quantity, parts = measure_2.finish(rule, portions)
        portions = {}
        count, digest, overlaps, units_max, physical = whole
        sums.append(
            Sum(window_id, subject, quantity, count, digest, overlaps, units_max, physical, parts)
        )
    return sums


def used(window_id: int, rule_version_id: UUID) -> tuple[Decimal, int]:
    """Return what the readings of a window used, and how many there are."""
    sums = measure_windows({window_id: rule_version_id}, rule_terms([rule_version_id]))
    total = Decimal(0)
    for each in sums:
        total = EXACT.add(total, each.physical)
    return total, sum(each.reading_count for each in sums)


def _rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
