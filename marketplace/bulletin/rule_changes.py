"""Rule changes: what was announced, when it takes effect, and what becomes different."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import get_language

from common.notice import Change
from marketplace.bulletin.contracts import RuleKind
from marketplace.bulletin.differences import Difference, differences_between
from marketplace.bulletin.models import RuleChange
from marketplace.settlement.changes import changes as fee_changes
from marketplace.vouchers.changes import changes as programme_changes
from metering.changes import changes as measurement_changes
from pricing.changes import changes as plan_changes

READERS: Final[dict[RuleKind, Callable[[Collection[UUID]], dict[UUID, Change]]]] = {
    RuleKind.RATE_PLAN: plan_changes,
    RuleKind.MEASUREMENT: measurement_changes,
    RuleKind.PROGRAMME: programme_changes,
    RuleKind.FEE: fee_changes,
}


@dataclass(frozen=True, slots=True)
class ToldChange:
    """One change as it is read, in the reader's language."""

    id: UUID
    kind: RuleKind
    kind_label: str
    name: str
    owner: str
    version: int
    announced_at: datetime
    effective_at: datetime
    is_first: bool
    is_worse: bool
    differences: list[Difference]
    source: str


def rule_changes(*, effective_after: datetime | None = None) -> QuerySet[RuleChange]:
    """Return what was announced, newest first; or what is still to come."""
    found = RuleChange.objects.order_by("-announced_at", "-id")
    if effective_after is not None:
        found = found.filter(effective_at__gt=effective_after)
    return found


def describe_changes(changes: Iterable[RuleChange]) -> list[ToldChange]:
    """Return changes with what they say: two queries for each kind among them."""
    listed = list(changes)
    found: dict[UUID, Change] = {}
    for kind, read in READERS.items():
        ids = [change.pk for change in listed if change.kind == kind]
        found |= read(ids) if ids else {}
    return [_told(change, found[change.pk]) for change in listed]


def _told(change: RuleChange, said: Change) -> ToldChange:
    kind = RuleKind(change.kind)
    is_english = get_language() == "en"
    return ToldChange(
        id=change.pk,
        kind=kind,
        kind_label=str(kind.label),
        name=(said.name_en if is_english else "") or said.name,
        owner=(said.owner_en if is_english else "") or said.owner,
        version=change.version,
        announced_at=change.announced_at,
        effective_at=change.effective_at,
        is_first=said.before is None,
        is_worse=said.is_worse,
        differences=differences_between(kind, said.before, said.after),
        source=said.source,
    )
