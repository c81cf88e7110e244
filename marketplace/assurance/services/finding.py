"""What rooms below found and told by events: each finding is a fact of its provider's case."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from common.canonical import content_hash, plain
from marketplace.assurance import selectors, telling
from marketplace.assurance.contracts import (
    EVIDENCE_MAX,
    CaseState,
    Pattern,
    RuleInForce,
    SurveillanceAlarm,
)
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import Case, CaseFact

PATTERNS: Final[Mapping[str, Pattern]] = {
    "verifying.watts.found": Pattern.PAPER_COMPUTE,
    "verifying.challenge.failed": Pattern.CHALLENGE_FAILED,
    "assurance.audit.lowered": Pattern.CAPACITY_AUDIT,
}
LABEL_LENGTH_MAX: Final = 80


def take(
    happened: Iterable[Any], *, open_case: Callable[..., Case], now: datetime
) -> tuple[int, int]:
    """Let each finding open its provider's case or add to it; return how many opened and grew."""
    by_case: dict[tuple[Pattern, str], list[Any]] = {}
    for each in happened:
        pattern = PATTERNS.get(each.name)
        if pattern is not None and each.facts.get("provider_id"):
            by_case.setdefault((pattern, str(each.facts["provider_id"])), []).append(each)
    in_force = {rule.pattern: rule for rule in selectors.rules_in_force(at=now)}
    opened: list[Case] = []
    grown: list[Case] = []
    for (pattern, provider_id), found in by_case.items():
        rule = in_force.get(pattern)
        if rule is not None:
            _keep(rule, provider_id, found, opened, grown, open_case=open_case, now=now)
    telling.of_cases(AssuranceEvent.CASE_OPENED, opened)
    telling.of_cases(AssuranceEvent.CASE_GREW, grown)
    return len(opened), len(grown)


def _keep(
    rule: RuleInForce,
    provider_id: str,
    found: Sequence[Any],
    opened: list[Case],
    grown: list[Case],
    *,
    open_case: Callable[..., Case],
    now: datetime,
) -> None:
    standing = Case.objects.select_for_update(no_key=True).filter(
        ~Q(state=CaseState.CLOSED), pattern=rule.pattern, subject=provider_id
    )
    case = standing.first()
    since = now - timedelta(days=rule.parameters["days"])
    fresh = [each for each in found if each.happened_at >= since]
    if case is None and len(fresh) < rule.parameters["findings"]:
        return
    if case is None:
        alarm = SurveillanceAlarm(rule.pattern, provider_id, (UUID(provider_id),), ())
        case = open_case(rule, alarm, now=now)
        opened.append(case)
    known = set(CaseFact.objects.filter(case=case).values_list("kind", "reference"))
    rows = [
        _fact(case, each, now)
        for each in fresh
        if (each.object_kind, str(each.object_id)) not in known
    ][: max(0, EVIDENCE_MAX - len(known))]
    CaseFact.objects.bulk_create(rows, ignore_conflicts=True)
    if rows and case not in opened:
        case.grew_at = now
        case.save(update_fields=["grew_at"])
        grown.append(case)


def _fact(case: Case, event: Any, now: datetime) -> CaseFact:
    facts = plain(dict(event.facts))
    return CaseFact(
        case=case,
        kind=event.object_kind,
        reference=str(event.object_id),
        label=event.object_label[:LABEL_LENGTH_MAX],
        facts=facts,
        content_hash=content_hash(facts),
        found_at=now,
    )
