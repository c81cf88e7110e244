"""What changed in the market's fee, for those who read of it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from common.notice import Change
from marketplace.settlement import worsening
from marketplace.settlement.models import FeeRule
from marketplace.settlement.worsening import FeeTerms


def changes(version_ids: Collection[UUID]) -> dict[UUID, Change]:
    """Return versions of the fee, each with the one before it, in two queries."""
    found = FeeRule.objects.in_bulk(version_ids)
    numbers = {version.version - 1 for version in found.values()}
    earlier = {each.version: each for each in FeeRule.objects.filter(version__in=numbers)}
    return {
        key: _change(version, earlier.get(version.version - 1)) for key, version in found.items()
    }


def _change(version: FeeRule, before: FeeRule | None) -> Change:
    is_worse = before is not None and worsening.is_worse(
        FeeTerms(before.rate, before.rule), FeeTerms(version.rate, version.rule)
    )
    return Change(
        name="",
        name_en="",
        owner="",
        owner_en="",
        source=version.source,
        after=_said(version),
        before=None if before is None else _said(before),
        is_worse=is_worse,
    )


def _said(version: FeeRule) -> dict[str, Any]:
    return {"rate": version.rate, "rule": version.rule}
