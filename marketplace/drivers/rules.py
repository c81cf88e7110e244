"""What a driver is told next, when a call is tried again, what a message means; pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbelow
from typing import Final

from common.rulebooks import Rulebook
from marketplace.drivers import calls_1, calls_patient_1
from marketplace.drivers.contracts import AHEAD, CallTerms, DriverStep, DriverWord
from marketplace.fulfilment import rules as fulfilment_rules
from marketplace.fulfilment.contracts import DeliveryMove, FulfilmentState

CALLS: Final[Rulebook[CallTerms]] = Rulebook(
    "driver-calls",
    {calls_1.RULE.name: calls_1.RULE, calls_patient_1.RULE.name: calls_patient_1.RULE},
)
STANDARD: Final = calls_1.RULE.name
JITTER_PERCENT: Final = 9
# Answers that mean "later"; every other 4xx speaks of the call itself, which never gets better.
LATER: Final = frozenset({408, 425, 429})
DECLINES: Final = 422
MOVES: Final = {
    DriverWord.READY: DeliveryMove.READY,
    DriverWord.RUNNING: DeliveryMove.READY,
    DriverWord.INTERRUPTED: DeliveryMove.INTERRUPT,
    DriverWord.EXITED: DeliveryMove.EXIT,
    DriverWord.FAILED: DeliveryMove.FAIL,
    DriverWord.WIPED: DeliveryMove.WIPE,
}
# What the market notes once a driver has taken a step.
PROGRESS: Final = {
    DriverStep.CONNECT: DeliveryMove.CONNECT,
    DriverStep.SCHEDULE: DeliveryMove.SCHEDULE,
}


@dataclass(frozen=True, slots=True)
class NextCall:
    """What a driver is told next, and from when on; neither: nothing, until something happens."""

    step: DriverStep | None = None
    due_at: datetime | None = None
    is_over: bool = False


def next_call(
    told: Collection[str],
    state: FulfilmentState,
    terms: CallTerms,
    *,
    has_exited: bool,
    starts_at: datetime,
    now: datetime,
    is_access_asked: bool = False,
) -> NextCall:
    """
    Return what follows for a delivery of which these steps were told before.

    Ahead one after the other, RUN not before its time; access once its buyer asked for it anew; and
    once it is over, what was told is undone.
    """
    if state in fulfilment_rules.OVER:
        return _undoing(told, has_exited=has_exited, now=now)
    if is_access_asked and DriverStep.CONNECT in told:
        return NextCall(DriverStep.ACCESS, now)
    if state not in fulfilment_rules.BEFORE_READY:
        return NextCall()
    for step in AHEAD:
        if step not in told:
            lead = timedelta(seconds=terms.lead_seconds)
            due_at = max(now, starts_at - lead) if step == DriverStep.RUN else now
            return NextCall(step, due_at)
    return NextCall()


def _undoing(told: Collection[str], *, has_exited: bool, now: datetime) -> NextCall:
    if not told:
        return NextCall(is_over=True)
    wanted = [DriverStep.EXIT, DriverStep.WIPE]
    if DriverStep.RUN in told and not has_exited:
        wanted.insert(0, DriverStep.STOP)
    for step in wanted:
        if step not in told:
            return NextCall(step, now)
    return NextCall(is_over=True)


def next_try(
    attempts: int, terms: CallTerms, *, now: datetime, status: int | None = None
) -> datetime | None:
    """Return when a call that failed so often is tried again; None: it is given up."""
    is_final = status is not None and 400 <= status < 500 and status not in LATER
    if is_final or attempts > len(terms.retry_seconds):
        return None
    return now + _jittered(terms.retry_seconds[attempts - 1])


def rest_until(failures: int, terms: CallTerms, *, now: datetime) -> datetime | None:
    """Return until when a driver that failed so often in a row is left alone; None: it is not."""
    if not failures:
        return None
    return now + timedelta(seconds=terms.rest_seconds[min(failures, len(terms.rest_seconds)) - 1])


def _jittered(seconds: int) -> timedelta:
    spread = randbelow(2 * JITTER_PERCENT + 1) - JITTER_PERCENT
    return timedelta(milliseconds=seconds * 10 * (100 + spread))
