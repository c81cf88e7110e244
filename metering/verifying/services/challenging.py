"""Challenges: drawn at random, opened at their moment, answered in time or not."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import tenancy
from common.ids import uuid7
from common.moments import day_period, market_date
from identity.events import services as events
from metering.verifying import drawing, rules
from metering.verifying.contracts import (
    Because,
    BenchmarkFigure,
    ChallengeState,
    ChallengeUnknown,
    Level,
)
from metering.verifying.event_names import VerifyingEvent
from metering.verifying.models import Certificate, Challenge, DrawDay, LevelStanding
from metering.verifying.services import standing

SEED_BYTES: Final = 32
SWEEP_MAX: Final = 500


@transaction.atomic
def draw_day(*, now: datetime) -> int | None:
    """
    Draw today's challenges, once: return how many, or nothing if they were drawn before.

    The seed is committed with them. Moments that are over are not asked for afterwards.
    """
    with tenancy.acting_as_platform():
        day = market_date(now)
        seed = secrets.token_bytes(SEED_BYTES)
        row, is_new = DrawDay.objects.get_or_create(
            day=day,
            defaults={"seed": seed, "commitment": drawing.commitment(seed), "drawn_at": now},
        )
        if not is_new:
            return None
        pairs = list(
            LevelStanding.objects.filter(level__gte=Level.MEASURED)
            .order_by("pk")
            .values_list("resource_id", "provider_id")
        )
        found = [
            drawn
            for resource_id, provider_id in pairs
            if (drawn := _drawn(row, resource_id, provider_id, now)) is not None
        ]
        Challenge.objects.bulk_create(found)
        row.resources, row.challenges = len(pairs), len(found)
        row.save(update_fields=["resources", "challenges"])
        return len(found)


def _drawn(row: DrawDay, resource_id: UUID, provider_id: UUID, now: datetime) -> Challenge | None:
    answer_seconds = settings.METERING_CHALLENGE_ANSWER_SECONDS
    after = drawing.offset(
        bytes(row.seed),
        resource_id,
        row.day,
        mean_days=settings.METERING_CHALLENGE_DAYS_MEAN,
        answer_seconds=answer_seconds,
    )
    if after is None:
        return None
    opens_at = day_period(row.day).starts_at + after
    if opens_at < now:
        return None
    return Challenge(
        id=uuid7(),
        resource_id=resource_id,
        provider_id=provider_id,
        day=row.day,
        nonce=drawing.nonce(bytes(row.seed), resource_id, row.day),
        opens_at=opens_at,
        deadline_at=opens_at + timedelta(seconds=answer_seconds),
    )


@transaction.atomic
def open_due(*, now: datetime) -> int:
    """Open the challenges whose moment has come; what holds no certificate any more is dropped."""
    with tenancy.acting_as_platform():
        due = Challenge.objects.filter(state=ChallengeState.DRAWN, opens_at__lte=now)
        rows = list(
            due.select_for_update(no_key=True, skip_locked=True).order_by("opens_at")[:SWEEP_MAX]
        )
        expected = _certified({row.resource_id for row in rows}, now)
        for row in rows:
            held = expected.get(row.resource_id)
            if held is None:
                row.state, row.settled_at = ChallengeState.DROPPED, now
            else:
                row.state, row.expected = ChallengeState.OPEN, held[1]
        Challenge.objects.bulk_update(rows, ["state", "settled_at", "expected"])
        opened = [row for row in rows if row.state == ChallengeState.OPEN]
        events.record(_event(VerifyingEvent.CHALLENGE_OPENED, row) for row in opened)
        return len(rows)


@transaction.atomic
def settle_due(*, now: datetime) -> int:
    """Settle challenges whose time is over: they were missed, and level 2 is suspended."""
    with tenancy.acting_as_platform():
        due = Challenge.objects.filter(state=ChallengeState.OPEN, deadline_at__lte=now)
        rows = list(
            due.select_for_update(no_key=True, skip_locked=True).order_by("deadline_at")[:SWEEP_MAX]
        )
        for row in rows:
            row.state, row.settled_at = ChallengeState.MISSED, now
        Challenge.objects.bulk_update(rows, ["state", "settled_at"])
        _suspend(rows, Because.MISSED, now)
        return len(rows)


def waiting(resource_id: UUID, nonce: str, *, now: datetime) -> Challenge | None:
    """
    Return the challenge that a report answers; None: it answers none.

    :raises ChallengeUnknown: if no such challenge of the resource waits
    """
    if not nonce:
        return None
    found = Challenge.objects.select_for_update(no_key=True).filter(
        resource_id=resource_id,
        nonce=nonce,
        state=ChallengeState.OPEN,
        deadline_at__gt=now,
    )
    row = found.first()
    if row is None:
        raise ChallengeUnknown(field="challenge")
    return row


def answer(
    challenge: Challenge,
    figures: Sequence[BenchmarkFigure],
    problems: Sequence[str],
    *,
    now: datetime,
) -> bool:
    """Settle a challenge by its report: return whether it was passed; else level 2 is suspended."""
    name = main_name(challenge)
    value = next((each.value for each in figures if each.name == name), Decimal(0))
    is_below = challenge.expected is not None and rules.is_below(value, challenge.expected)
    is_passed = not problems and not is_below
    challenge.state = ChallengeState.PASSED if is_passed else ChallengeState.BELOW
    challenge.measured, challenge.settled_at = value, now
    challenge.problems = [str(each) for each in problems]
    challenge.save(update_fields=["state", "measured", "settled_at", "problems"])
    if is_passed:
        events.record([_event(VerifyingEvent.CHALLENGE_PASSED, challenge)])
    else:
        _suspend([challenge], Because.BELOW, now)
    return is_passed


def main_name(challenge: Challenge) -> str:
    """Return the figure that a challenge is judged by."""
    return rules.main_figure(rules.resource_size(challenge.resource.specification))


def _certified(
    resource_ids: Iterable[UUID], now: datetime
) -> dict[UUID, tuple[Certificate, Decimal | None]]:
    """Return the certificate of level 2 in force, with its main figure."""
    found: dict[UUID, tuple[Certificate, Decimal | None]] = {}
    rows = Certificate.objects.filter(
        resource_id__in=list(resource_ids),
        level=Level.MEASURED,
        valid_from__lte=now,
        valid_to__gt=now,
        end__isnull=True,
    ).select_related("resource")
    for row in rows.defer("document").order_by("issued_at", "id"):
        name = rules.main_figure(rules.resource_size(row.resource.specification))
        values = [Decimal(each["value"]) for each in row.figures if each["name"] == name]
        found[row.resource_id] = (row, values[0] if values else None)
    return found


def _suspend(rows: Sequence[Challenge], because: Because, now: datetime) -> None:
    """End the certificates of level 2 of whoever failed, and tell it."""
    by_resource = {row.resource_id: row for row in rows}
    standing.hold(by_resource)
    held = Certificate.objects.filter(
        resource_id__in=by_resource, level=Level.MEASURED, valid_to__gt=now, end__isnull=True
    )
    events.record(_event(VerifyingEvent.CHALLENGE_FAILED, row, because=because) for row in rows)
    standing.end(held, because, now=now, challenges=by_resource)


def _event(name: VerifyingEvent, row: Challenge, **facts: object) -> events.Event:
    return events.Event(
        name=name,
        object_kind="capability_challenge",
        object_id=row.pk,
        object_label=str(row.day),
        concerns=[row.provider_id],
        facts={
            "resource_id": str(row.resource_id),
            "provider_id": str(row.provider_id),
            "deadline_at": row.deadline_at.isoformat(),
            "measured": None if row.measured is None else str(row.measured),
            "expected": None if row.expected is None else str(row.expected),
            **facts,
        },
    )
