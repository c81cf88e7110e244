"""What waits on the desk of a provider, and on that of the market; by what is due first."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from common import moments, tenancy
from marketplace.assurance import dispute_selectors, level_facts, level_rules
from marketplace.assurance.desk_contracts import (
    DESK_MAX,
    DESK_RULES,
    NEWEST_DESK,
    DeskItem,
    DeskKind,
    DeskRule,
)
from marketplace.assurance.dispute_contracts import TO_DECIDE, DisputeState
from marketplace.assurance.level_contracts import Headroom, promise_of
from marketplace.assurance.models import LevelMonth
from marketplace.fulfilment import desk_selectors as fulfilment_desk
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment.rules import BEFORE_READY

_MINUTE: Final = timedelta(minutes=1)


def provider_desk(provider_id: UUID, *, now: datetime) -> list[DeskItem]:
    """
    Return what waits for a provider, what is due first before the others.

    Messages without an answer, changes asked for, deliveries near their limit, service levels near
    theirs this month, and disputes with a clock of the provider.
    """
    rule = DESK_RULES[NEWEST_DESK]
    with tenancy.acting_as_platform():
        found = [
            *_talk(provider_id, rule, now),
            *_deliveries(provider_id, rule, now),
            *_levels(provider_id, rule, now),
            *_disputes(provider_id, now),
        ]
    return sorted(found, key=lambda each: each.sort_key)


def market_desk(*, now: datetime) -> list[DeskItem]:
    """Return what waits for operators: deliveries that run late, and disputes with their clocks."""
    rule = DESK_RULES[NEWEST_DESK]
    with tenancy.acting_as_platform():
        late = [
            DeskItem(
                kind=_late_kind(each, now=now),
                object_id=each.pk,
                label=each.order_number,
                since=each.changed_at,
                due_at=each.next_at or now,
                note=each.provider.name,
            )
            for each in fulfilment_selectors.late_deliveries(now=now).select_related("provider")[
                :DESK_MAX
            ]
        ]
        found = [*late, *_to_decide(rule)]
    return sorted(found, key=lambda each: each.sort_key)


def desk_count(provider_id: UUID, *, now: datetime) -> int:
    """
    Return how much waits on the desk of a provider, service levels left out; one statement.

    Whoever calls acts for that provider.
    """
    until = now + DESK_RULES[NEWEST_DESK].ready_ahead
    own = dispute_selectors.disputes().filter(provider_id=provider_id)
    to_appeal = own.filter(
        state=DisputeState.DECIDED,
        appeal_until__gt=now,
        provider_appealed_at__isnull=True,
        awarded_minor__gt=0,
    )
    parts = [
        each.order_by().values_list("pk")
        for each in (
            fulfilment_desk.unanswered_messages(provider_id, now=now),
            fulfilment_desk.changes_waiting(provider_id),
            fulfilment_desk.to_answer(provider_id),
            fulfilment_desk.to_make_ready(provider_id, until=until),
            fulfilment_desk.to_restore(provider_id),
            fulfilment_desk.to_renew_access(provider_id),
            fulfilment_desk.to_wipe(provider_id),
            own.filter(state=DisputeState.OPEN),
            to_appeal,
        )
    ]
    return parts[0].union(*parts[1:], all=True).count()


def _late_kind(delivery: Any, *, now: datetime) -> DeskKind:
    """Return what is late of a delivery."""
    if delivery.state not in BEFORE_READY:
        return DeskKind.RESTORE
    return DeskKind.ANSWER_ORDER if now <= delivery.starts_at else DeskKind.READY


def _talk(provider_id: UUID, rule: DeskRule, now: datetime) -> Iterator[DeskItem]:
    for each in fulfilment_desk.unanswered_messages(provider_id, now=now)[:DESK_MAX]:
        yield DeskItem(
            kind=DeskKind.MESSAGE,
            object_id=each.order_id,
            label=each.order_number,
            since=each.sent_at,
            due_at=each.sent_at + rule.message_within,
        )
    for change in fulfilment_desk.changes_waiting(provider_id)[:DESK_MAX]:
        yield DeskItem(
            kind=DeskKind.CHANGE,
            object_id=change.order_id,
            label=change.order_number,
            since=change.asked_at,
            due_at=change.expires_at,
            note=str(change.get_kind_display()),
        )


def _deliveries(provider_id: UUID, rule: DeskRule, now: datetime) -> Iterator[DeskItem]:
    kinds = {
        "answer": DeskKind.ANSWER_ORDER,
        "ready": DeskKind.READY,
        "restore": DeskKind.RESTORE,
        "access": DeskKind.RENEW_ACCESS,
        "wipe": DeskKind.WIPE,
    }
    until = now + rule.ready_ahead
    for each in fulfilment_desk.deliveries_due(provider_id, until=until, limit=DESK_MAX):
        yield DeskItem(
            kind=kinds[each.what],
            object_id=each.delivery.pk,
            label=each.delivery.order_number,
            since=each.since,
            due_at=each.due_at,
        )


def _levels(provider_id: UUID, rule: DeskRule, now: datetime) -> Iterator[DeskItem]:
    """Yield the contracts whose service level of this month has little left, or is missed."""
    month = moments.market_date(now).replace(day=1)
    found = LevelMonth.objects.filter(
        provider_id=provider_id,
        month=month,
        contract__starts_at__lte=now,
        contract__ends_at__gt=now,
        level__availability_ppm__isnull=False,
    ).select_related("contract__listing", "level")
    for row, facts in level_facts.facts_of(list(found.order_by("id")[:DESK_MAX])):
        if facts is None:
            continue
        left = level_rules.headroom(promise_of(row.level), facts, now)
        if left is None or left.left_percent > rule.level_left_percent:
            continue
        yield DeskItem(
            kind=DeskKind.LEVEL,
            object_id=row.contract.order_id,
            label=row.contract.order_number,
            since=facts.period.starts_at,
            due_at=_breach_at(left, now, facts.period.ends_at),
            facts={
                "minutes_left": int(left.left / _MINUTE),
                "minutes_allowed": int(left.allowed / _MINUTE),
                "availability_ppm": left.availability_ppm,
                "target_ppm": row.level.availability_ppm or 0,
                "credit_bp": left.credit_bp,
                "next_credit_bp": left.next_credit_bp,
                "is_down": int(left.is_down),
            },
        )


def _breach_at(left: Headroom, now: datetime, ends_at: datetime) -> datetime:
    """Return when it is missed if it stays as it is; missed already: now."""
    if left.left <= timedelta():
        return now
    return min(now + left.left, ends_at) if left.is_down else ends_at


def _disputes(provider_id: UUID, now: datetime) -> Iterator[DeskItem]:
    own = dispute_selectors.disputes().filter(provider_id=provider_id)
    for each in own.filter(state=DisputeState.OPEN)[:DESK_MAX]:
        yield DeskItem(
            DeskKind.ANSWER,
            each.pk,
            each.number,
            each.opened_at,
            each.answer_due_at,
            _claimed(each),
        )
    open_still = own.filter(
        state=DisputeState.DECIDED, appeal_until__gt=now, provider_appealed_at__isnull=True
    )
    for each in open_still.filter(awarded_minor__gt=0)[:DESK_MAX]:
        if each.decided_at is not None and each.appeal_until is not None:
            yield DeskItem(
                DeskKind.APPEAL,
                each.pk,
                each.number,
                each.decided_at,
                each.appeal_until,
                _claimed(each),
            )


def _to_decide(rule: DeskRule) -> Iterator[DeskItem]:
    for each in dispute_selectors.disputes().filter(state=DisputeState.OPEN)[:DESK_MAX]:
        yield DeskItem(
            DeskKind.ANSWER,
            each.pk,
            each.number,
            each.opened_at,
            each.answer_due_at,
            _claimed(each),
        )
    for each in dispute_selectors.disputes().filter(state__in=TO_DECIDE)[:DESK_MAX]:
        appeals = (each.buyer_appealed_at, each.provider_appealed_at)
        told = (each.answered_at or each.answer_due_at, *appeals)
        since = max(moment for moment in told if moment is not None)
        yield DeskItem(
            DeskKind.DECIDE,
            each.pk,
            each.number,
            since,
            since + rule.decide_within,
            _claimed(each),
            note=str(each.get_state_display()),
        )


def _claimed(dispute: object) -> dict[str, int]:
    return {"claimed_minor": int(getattr(dispute, "claimed_minor", 0))}
