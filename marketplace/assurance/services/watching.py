"""From the record of events to cases: what the record tells of is looked at, each event once."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from common import tenancy
from common.canonical import content_hash, plain
from common.ids import uuid7
from common.numbers import take_numbers
from identity.events import selectors as events
from identity.events.contracts import Cursor
from marketplace.assurance import locks, rules, selectors, telling
from marketplace.assurance.contracts import (
    EVENTS_MAX,
    EVIDENCE_MAX,
    TRADES_MAX,
    CaseState,
    RuleInForce,
    SurveillanceAlarm,
    WatchedOrder,
    WatchRun,
)
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import Case, CaseEvidence
from marketplace.assurance.services import finding
from marketplace.orders import selectors as orders_selectors

WATCHED: Final = ("orders.order.cleared", "orders.order.cancelled", *finding.PATTERNS)


@transaction.atomic
def watch(*, now: datetime, limit: int = EVENTS_MAX) -> WatchRun:
    """
    Read the record on, and look at the orders of whom it tells; what a rule finds opens a case.

    How far was read is committed together with the cases. One run at a time reads; another that
    meets it does nothing. What goes on adds evidence to the case that is open.
    """
    with tenancy.acting_as_platform():
        reader = locks.reader()
        if reader is None:
            return WatchRun()
        batch = events.after(Cursor.parse(reader.cursor), limit=limit, only=Q(name__in=WATCHED))
        opened = grown = 0
        if batch.events:
            traded = {each.id for each in batch.events if each.name not in finding.PATTERNS}
            touched = events.concerned(traded)
            parties = {each for concerned in touched.values() for each in concerned}
            opened, grown = _look(parties, now=now) if parties else (0, 0)
            found = finding.take(batch.events, open_case=_open, now=now)
            opened, grown = opened + found[0], grown + found[1]
        reader.cursor = str(batch.cursor)
        reader.save(update_fields=["cursor"])
    return WatchRun(len(batch.events), opened, grown, batch.has_more)


def _look(parties: Collection[UUID], *, now: datetime) -> tuple[int, int]:
    known = selectors.rules_in_force(at=now)
    in_force = [rule for rule in known if rule.pattern in rules.FROM_ORDERS]
    if not in_force:
        return 0, 0
    longest = max(rule.span for rule in in_force)
    rows = [
        WatchedOrder(**facts)
        for facts in orders_selectors.watched(
            parties=parties, since=now - longest, limit=TRADES_MAX
        )
    ]
    opened: list[Case] = []
    grown: list[Case] = []
    for rule in in_force:
        settled = _settled(rule.pattern, rows)
        fresh = [row for row in rows if row.order_id not in settled]
        for alarm in rules.find(rule, fresh, at=now):
            _keep(rule, alarm, opened, grown, now=now)
    telling.of_cases(AssuranceEvent.CASE_OPENED, opened)
    telling.of_cases(AssuranceEvent.CASE_GREW, grown)
    return len(opened), len(grown)


def _settled(pattern: str, rows: Sequence[WatchedOrder]) -> set[UUID]:
    """Return the orders that a closed case of the pattern has judged already."""
    judged = CaseEvidence.objects.filter(
        order_id__in=[row.order_id for row in rows],
        case__pattern=pattern,
        case__state=CaseState.CLOSED,
    )
    return set(judged.values_list("order_id", flat=True))


def _keep(
    rule: RuleInForce,
    alarm: SurveillanceAlarm,
    opened: list[Case],
    grown: list[Case],
    *,
    now: datetime,
) -> None:
    """Open a case for an alarm, or let the one that is open grow."""
    found = Case.objects.select_for_update(no_key=True).filter(
        ~Q(state=CaseState.CLOSED), pattern=alarm.pattern, subject=alarm.subject
    )
    case = found.first()
    known: set[UUID] = set()
    if case is not None:
        known = set(CaseEvidence.objects.filter(case=case).values_list("order_id", flat=True))
    rows = [row for row in alarm.rows if row.order_id not in known]
    rows = rows[: max(0, EVIDENCE_MAX - len(known))]
    if case is not None and rows:
        case.grew_at = now
        case.save(update_fields=["grew_at"])
        grown.append(case)
    elif case is None:
        case = _open(rule, alarm, now=now)
        opened.append(case)
    CaseEvidence.objects.bulk_create([_evidence(case, row, now=now) for row in rows])


def _open(rule: RuleInForce, alarm: SurveillanceAlarm, *, now: datetime) -> Case:
    (number,) = take_numbers("assurance_case_number", prefix="A", at=now)
    return Case.objects.create(
        id=uuid7(),
        number=number,
        rule_id=rule.id,
        pattern=alarm.pattern,
        subject=alarm.subject,
        organization_ids=list(alarm.organization_ids),
        opened_at=now,
        grew_at=now,
    )


def _evidence(case: Case, row: WatchedOrder, *, now: datetime) -> CaseEvidence:
    facts: dict[str, Any] = plain(asdict(row))
    return CaseEvidence(
        case=case,
        order_id=row.order_id,
        label=row.number,
        facts=facts,
        content_hash=content_hash(facts),
        found_at=now,
    )
