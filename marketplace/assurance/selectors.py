"""Reads of assurance. Row-level security shows it to the market alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from marketplace.assurance.contracts import (
    CaseFinding,
    CaseNotFound,
    CaseState,
    Pattern,
    RuleInForce,
)
from marketplace.assurance.models import Case, CaseEvidence, CaseFact, SurveillanceRule


class CaseFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Number, state, pattern and finding of cases."""

    q = django_filters.CharFilter(
        field_name="number", lookup_expr="icontains", max_length=24, label=_("Number")
    )
    state = django_filters.MultipleChoiceFilter(choices=CaseState.choices, label=_("State"))
    pattern = django_filters.MultipleChoiceFilter(choices=Pattern.choices, label=_("Pattern"))
    finding = django_filters.MultipleChoiceFilter(choices=CaseFinding.choices, label=_("Finding"))

    class Meta:
        model = Case
        fields: list[Any] = []


def cases() -> QuerySet[Case]:
    """Return every case, the latest first."""
    return Case.objects.select_related("assigned_to", "rule").order_by("-id")


def case(case_id: UUID) -> Case:
    """
    Return a case with its evidence and notes.

    :raises CaseNotFound: if there is none
    """
    found = cases().filter(pk=case_id).prefetch_related("notes__written_by").first()
    if found is None:
        raise CaseNotFound
    return found


def evidence(case_id: UUID) -> QuerySet[CaseEvidence]:
    """Return what a case rests on, the oldest first."""
    return CaseEvidence.objects.filter(case_id=case_id).order_by("order_id")


def known_facts(case_id: UUID) -> QuerySet[CaseFact]:
    """Return what else a case rests on than orders, the oldest first."""
    return CaseFact.objects.filter(case_id=case_id).order_by("id")


def patterns_by_order() -> dict[UUID, str]:
    """Return the pattern of the case that rests on an order, unless it came to nothing."""
    standing = CaseEvidence.objects.exclude(
        case__finding__in=[CaseFinding.UNFOUNDED, CaseFinding.EXPLAINED]
    )
    return dict(standing.order_by("-case_id").values_list("order_id", "case__pattern"))


def counts() -> Mapping[str, int]:
    """Return how many cases are in each state."""
    return dict(Case.objects.order_by().values_list("state").annotate(count=Count("id")))


def rule_versions() -> QuerySet[SurveillanceRule]:
    """Return every version of every rule, the latest first."""
    return SurveillanceRule.objects.order_by("pattern", "-version")


def rules_in_force(*, at: datetime) -> list[RuleInForce]:
    """Return the version of each rule that holds at a moment."""
    began = SurveillanceRule.objects.filter(valid_from__lte=at)
    return [
        RuleInForce(each.pk, each.pattern, each.version, each.parameters)
        for each in began.order_by("pattern", "-version").distinct("pattern")
    ]
