"""What became of calls: written down by sets, if the claims are still one's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import prefetch_related_objects

from common import sets, tenancy
from marketplace.drivers import rules, telling
from marketplace.drivers.contracts import AHEAD, CallState, CallTerms, DriverStep
from marketplace.drivers.models import DrivenDelivery, DriverCall, ProviderDriver
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment.contracts import (
    PROVIDERS_REASONS,
    REASONS_OF,
    DeliveryMove,
    DeliveryReason,
)

_CHANGED: Final = {
    "id": "uuid",
    "state": "text",
    "next_attempt_at": "timestamptz",
    "status": "smallint",
    "error": "text",
    "ended_at": "timestamptz",
}


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a try ended."""

    status: int | None = None
    error: str = ""
    reason: str = ""  # of a driver that declines

    @property
    def is_ill(self) -> bool:
        """Whether the driver itself is to blame, and not the one call."""
        return bool(self.error) and not (self.status and 400 <= self.status < 500)


@dataclass(frozen=True, slots=True)
class MadeCall:
    """A call that was made; without a claim it was a test."""

    id: UUID
    driver_id: UUID
    claim: UUID | None
    outcome: CallOutcome


def record_calls(made: Sequence[MadeCall], *, now: datetime) -> None:
    """
    Write down what came back, and let what follows be looked at.

    Where a lease is over somebody else called; this answer changes nothing.
    """
    if not made:
        return
    with tenancy.acting_as_platform():
        # First the drivers, then their calls, then deliveries: everybody locks in this order.
        drivers = _note_drivers(made, now=now)
        by_id = {each.id: each for each in made if each.claim is not None}
        held = DriverCall.objects.filter(
            pk__in=by_id.keys(),
            claim__in={each.claim for each in by_id.values()},
            state=CallState.WAITING,
        )
        calls = list(held.select_for_update(of=("self",), no_key=True).defer("body").order_by("pk"))
        for call in calls:
            terms = rules.CALLS.rule(drivers[call.driver_id].rule)
            _decide(call, by_id[call.pk].outcome, terms, now=now)
        _write(calls)
        _progress(calls, now=now)
        _declined(calls, by_id, now=now)
        goes_on = [call.delivery_id for call in calls if _goes_on(call)]
        DrivenDelivery.objects.filter(pk__in=goes_on, is_over=False).update(due_at=now)
        dead = [call for call in calls if call.state == CallState.DEAD]
        prefetch_related_objects(dead, "delivery")
        telling.of_dead(dead, at=now)


def _note_drivers(made: Sequence[MadeCall], *, now: datetime) -> dict[UUID, ProviderDriver]:
    found = ProviderDriver.objects.filter(pk__in={each.driver_id for each in made})
    drivers = {
        each.pk: each for each in found.select_for_update(of=("self",), no_key=True).order_by("pk")
    }
    for each in made:
        driver = drivers[each.driver_id]
        if each.claim is None:
            driver.tested_at, driver.test_error = now, each.outcome.error
        elif each.outcome.is_ill:
            driver.failures += 1
        else:
            driver.answered_at, driver.failures = now, 0
    for driver in drivers.values():
        terms = rules.CALLS.rule(driver.rule)
        driver.resting_until = rules.rest_until(driver.failures, terms, now=now)
        driver.save(
            update_fields=["answered_at", "failures", "resting_until", "tested_at", "test_error"]
        )
    return drivers


def _decide(call: DriverCall, outcome: CallOutcome, terms: CallTerms, *, now: datetime) -> None:
    call.status, call.error = outcome.status, outcome.error
    again = None
    if not outcome.error:
        call.state = CallState.DONE
    elif outcome.status == rules.DECLINES and call.step in AHEAD:
        call.state = CallState.DECLINED
    else:
        again = rules.next_try(call.attempts, terms, now=now, status=outcome.status)
        call.state = CallState.DEAD if again is None else CallState.WAITING
    call.next_attempt_at = again or call.next_attempt_at
    call.ended_at = None if call.state == CallState.WAITING else now


def _write(calls: Sequence[DriverCall]) -> None:
    rows = [(c.pk, str(c.state), c.next_attempt_at, c.status, c.error, c.ended_at) for c in calls]
    changes = {name: f"given.{name}" for name in _CHANGED if name != "id"}
    sets.update(
        "drivers_drivercall",
        _CHANGED,
        rows,
        key=["id"],
        changes=changes | {"claim": "NULL", "claimed_until": "NULL"},
    )


def _progress(calls: Sequence[DriverCall], *, now: datetime) -> None:
    for step, move in rules.PROGRESS.items():
        done = [c.delivery_id for c in calls if (c.step, c.state) == (step, CallState.DONE)]
        fulfilment_services.note_progress(delivery_ids=done, move=move, now=now)


def _declined(calls: Sequence[DriverCall], by_id: dict[UUID, MadeCall], *, now: datetime) -> None:
    reasons = {
        call.delivery_id: _reason(by_id[call.pk].outcome.reason)
        for call in calls
        if call.state == CallState.DECLINED
    }
    if reasons:
        fulfilment_services.fail_declined(reasons=reasons, now=now)


def _reason(given: str) -> DeliveryReason:
    """Return why a driver declined; for what is no reason of the list, that it did."""
    is_fit = given in REASONS_OF[DeliveryMove.FAIL] and given in PROVIDERS_REASONS
    return DeliveryReason(given) if is_fit else DeliveryReason.DECLINED


def _goes_on(call: DriverCall) -> bool:
    """Return whether something follows: after a step that was taken, and after each way back."""
    if call.state in (CallState.WAITING, CallState.DROPPED):
        return False
    return call.state == CallState.DONE or DriverStep(call.step) not in AHEAD
