"""Measurement rules as people read them: what each version says, and who follows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from metering import worsening
from metering.contracts import RuleVersionNotFound
from metering.models import MeasurementRuleVersion, Meter


@dataclass(frozen=True, slots=True)
class RuleText:
    """One version of a measurement rule, whole."""

    id: UUID
    code: str
    version: int
    name: str
    name_en: str
    metric: str
    unit: str
    definition: Mapping[str, Any]
    content_hash: str
    source: str
    valid_from: datetime
    published_at: datetime
    is_worse: bool  # than the version before it, for somebody
    ends_at: datetime | None  # when the next one begins, for what is listed from then on


def rule_texts(*, code: str = "") -> list[RuleText]:
    """Return rule versions, of one rule or of all, the newest of each rule first."""
    found = MeasurementRuleVersion.objects.select_related("rule", "metric")
    if code:
        found = found.filter(rule_id=code)
    rows = list(found.order_by("rule_id", "version"))
    texts = []
    for place, row in enumerate(rows):
        before = rows[place - 1] if place and rows[place - 1].rule_id == row.rule_id else None
        after = rows[place + 1] if place + 1 < len(rows) else None
        is_next = after is not None and after.rule_id == row.rule_id
        texts.append(_text(row, before, after.valid_from if after and is_next else None))
    return sorted(texts, key=lambda each: (each.code, -each.version))


def rule_text(*, code: str, version: int) -> RuleText:
    """
    Return a version of a rule with all that it says.

    :raises RuleVersionNotFound: if there is none
    """
    for each in rule_texts(code=code):
        if each.version == version:
            return each
    raise RuleVersionNotFound


def meters_by_rule(version_ids: list[UUID]) -> dict[UUID, int]:
    """Return how many meters measure by rule versions, of those that the reader may see."""
    found = Meter.objects.filter(rule_version_id__in=version_ids).values("rule_version_id")
    return {row["rule_version_id"]: row["count"] for row in found.annotate(count=Count("id"))}


def _text(
    row: MeasurementRuleVersion, before: MeasurementRuleVersion | None, ends_at: datetime | None
) -> RuleText:
    return RuleText(
        id=row.pk,
        code=row.rule_id,
        version=row.version,
        name=row.rule.name,
        name_en=row.rule.name_en,
        metric=row.metric_id,
        unit=row.metric.unit,
        definition=row.definition,
        content_hash=row.content_hash,
        source=row.source,
        valid_from=row.valid_from,
        published_at=row.published_at,
        is_worse=before is not None and worsening.is_worse(before.definition, row.definition),
        ends_at=ends_at,
    )
