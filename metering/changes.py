"""What changed in measurement rules, for those who read of it."""

from collections.abc import Collection
from uuid import UUID

from common.notice import Change
from metering import worsening
from metering.models import MeasurementRuleVersion


def changes(version_ids: Collection[UUID]) -> dict[UUID, Change]:
    """Return versions of measurement rules, each with the one before it, in two queries."""
    found = MeasurementRuleVersion.objects.select_related("rule").in_bulk(version_ids)
    earlier = {
        (each.rule_id, each.version): each
        for each in MeasurementRuleVersion.objects.filter(
            rule_id__in={version.rule_id for version in found.values()},
            version__in={version.version - 1 for version in found.values()},
        )
    }
    return {
        key: _change(version, earlier.get((version.rule_id, version.version - 1)))
        for key, version in found.items()
    }


def _change(version: MeasurementRuleVersion, before: MeasurementRuleVersion | None) -> Change:
    return Change(
        name=version.rule.name,
        name_en=version.rule.name_en,
        owner="",
        owner_en="",
        source=version.source,
        after=version.definition,
        before=None if before is None else before.definition,
        is_worse=before is not None and worsening.is_worse(before.definition, version.definition),
    )
