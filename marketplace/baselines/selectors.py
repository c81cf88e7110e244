"""Reads of costs and reference prices. Everybody reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from marketplace.baselines import rules
from marketplace.baselines.contracts import (
    COST_VERSIONS_TOLD,
    CostBaseline,
    CostVersionNotFound,
    CostVersionSaid,
)
from marketplace.baselines.models import CostVersion, ReferencePrice
from metering.table_contracts import HourClass


def reference_prices() -> QuerySet[ReferencePrice]:
    """Return every reference price there was, the latest first."""
    return ReferencePrice.objects.order_by("-id")


def references_in_force(*, at: datetime) -> Mapping[str, ReferencePrice]:
    """Return, by class, the reference price that holds at a moment; some classes have none."""
    began = ReferencePrice.objects.filter(valid_from__lte=at)
    latest = began.order_by("hour_class", "-valid_from", "-id").distinct("hour_class")
    return {each.hour_class: each for each in latest if each.reference is not None}


def reference_in_force(
    *, at: datetime, hour_class: str = HourClass.TRAINING
) -> ReferencePrice | None:
    """Return the reference price of a class that holds at a moment, if there is one."""
    return references_in_force(at=at).get(hour_class)


def references_to_come(*, at: datetime) -> QuerySet[ReferencePrice]:
    """Return what was announced and does not hold yet, the next first."""
    return ReferencePrice.objects.filter(valid_from__gt=at).order_by("valid_from", "id")


def costs_in_force(*, at: datetime) -> CostVersionSaid:
    """Return the version of costs that holds at a moment: the latest that began, else the first."""
    row = CostVersion.objects.filter(valid_from__lte=at).order_by("-number").first()
    return _first() if row is None else _said(row)


def costs_of(number: int) -> CostVersionSaid:
    """
    Return a version of costs, whether it holds, was replaced or is to come.

    :raises CostVersionNotFound: if there is none of that number
    """
    if number == rules.FIRST_COSTS:
        return _first()
    row = CostVersion.objects.filter(number=number).first()
    if row is None:
        raise CostVersionNotFound
    return _said(row)


def latest_costs() -> tuple[int, Mapping[str, Any]]:
    """Return the number and the inputs of the latest version, also if it is to come."""
    row = CostVersion.objects.order_by("-number").first()
    if row is None:
        return rules.FIRST_COSTS, rules.first_content()
    return row.number, row.content


def cost_versions() -> list[CostVersionSaid]:
    """
    Return the latest versions of costs, the newest first, up to `COST_VERSIONS_TOLD`.

    What changed and why, without the calculations: `costs_of` has those of one.
    """
    rows = CostVersion.objects.order_by("-number").defer("content")[: COST_VERSIONS_TOLD - 1]
    return [*(_said(row, ()) for row in rows), replace(_first(), baselines=())]


def _first() -> CostVersionSaid:
    return CostVersionSaid(rules.FIRST_COSTS, None, None, "", (), rules.baselines())


def _said(row: CostVersion, baselines: Sequence[CostBaseline] | None = None) -> CostVersionSaid:
    if baselines is None:
        baselines = rules.baselines_of(row.number, row.content)
    return CostVersionSaid(
        number=row.number,
        valid_from=row.valid_from,
        announced_at=row.announced_at,
        reason=row.reason,
        changes=rules.changes_of(row.changes),
        baselines=baselines,
    )
