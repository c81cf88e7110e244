"""What drivers say: known by their signatures, taken once, and one outcome each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Subquery

from common import sets, tenancy
from common.ids import uuid7
from marketplace.drivers import rules, wire
from marketplace.drivers.contracts import (
    DriverCallNotFound,
    DriverNotFound,
    DriverWord,
    Heard,
    HeardMessage,
)
from marketplace.drivers.models import DrivenDelivery, DriverMessage, ProviderDriver
from marketplace.drivers.services.configuring import secrets_of
from marketplace.fulfilment import rules as fulfilment_rules
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment.contracts import (
    REASONS_OF,
    AgentStandsStill,
    DeliveryHalted,
    DeliveryMove,
    DeliveryReason,
    FulfilmentState,
    MoveRefused,
)
from marketplace.fulfilment.ending_contracts import (
    DeliveryIsOver,
    NotPreemptible,
    PreemptionNoticed,
    PreemptionTooLate,
    PreemptionTooShort,
)
from marketplace.fulfilment.handover_contracts import (
    EndpointInvalid,
    EndpointPlain,
    HandoverEmpty,
    HandoverRefused,
    ScopedKeyInvalid,
)

_MESSAGE: Final = {
    "id": "uuid",
    "driver_id": "uuid",
    "delivery_id": "uuid",
    "buyer_id": "uuid",
    "provider_id": "uuid",
    "message": "text",
    "word": "text",
    "exit_code": "smallint",
    "reason": "text",
    "detail": "text",
    "access_request": "smallint",
    "log_tail": "text",
    "code": "text",
    "heard_at": "timestamptz",
}
# Why what it hands over is not taken; what else it said counts all the same.
NOT_HANDED: Final = (
    EndpointInvalid,
    EndpointPlain,
    HandoverEmpty,
    HandoverRefused,
    ScopedKeyInvalid,
)
# Why a driver's notice is not taken; it is kept with the message.
UNNOTICED: Final = (
    DeliveryIsOver,
    NotPreemptible,
    PreemptionNoticed,
    PreemptionTooLate,
    PreemptionTooShort,
)


@dataclass(frozen=True, slots=True)
class _SpokenOf:
    """The delivery that a driver speaks of, and where it stood when it was looked at."""

    id: UUID
    driver_id: UUID
    buyer_id: UUID
    provider_id: UUID
    state: FulfilmentState


def hear(
    *, driver_id: UUID, headers: Mapping[str, str], body: bytes, now: datetime
) -> HeardMessage:
    """
    Take what a driver says of a delivery that it was asked for; it counts from this moment on.

    Said again under the same name, it changes nothing. What cannot happen to the delivery is
    written down with its code, and changes nothing either.

    :raises DriverNotFound: if there is no such driver
    :raises DriverMessageTooLarge, DriverMessageRefused, DriverMessageInvalid: see `wire`
    :raises DriverCallNotFound: if it was asked for no such delivery
    """
    with tenancy.acting_as_platform():
        driver = ProviderDriver.objects.filter(pk=driver_id, removed_at__isnull=True).first()
        if driver is None or not driver.url:
            raise DriverNotFound
        message = wire.verified(
            headers,
            body,
            secrets_of(driver, now=now),
            now=now,
            tolerance_seconds=rules.CALLS.rule(driver.rule).tolerance_seconds,
        )
        said = wire.read(message, body)
        row, earlier = _look(driver.pk, said.delivery_id, message)
        if earlier is not None:
            return HeardMessage(Heard.REPEATED, earlier, row.id)
        code = _carry_out(row, said, now=now) or _hand_over(row, said, now=now)
        if _keep(row, message, said, code, now=now):
            return HeardMessage(Heard.TAKEN, code, row.id)
        _same, kept = _look(driver.pk, said.delivery_id, message)  # Heard elsewhere meanwhile.
        assert kept is not None
        return HeardMessage(Heard.REPEATED, kept, row.id)


def _look(driver_id: UUID, delivery_id: UUID, message: str) -> tuple[_SpokenOf, str | None]:
    """
    Return a delivery that a driver carries out, and what came of a message that was heard before.

    :raises DriverCallNotFound: if it was asked for no such delivery
    """
    heard = DriverMessage.objects.filter(driver_id=driver_id, message=message).values("code")
    found = DrivenDelivery.objects.filter(pk=delivery_id, driver_id=driver_id)
    rows = found.values_list("buyer_id", "provider_id", "delivery__state", Subquery(heard[:1]))
    for buyer_id, provider_id, state, earlier in rows:
        spoken = _SpokenOf(delivery_id, driver_id, buyer_id, provider_id, FulfilmentState(state))
        return spoken, earlier
    raise DriverCallNotFound


def _keep(row: _SpokenOf, message: str, said: wire.DriverSaid, code: str, *, now: datetime) -> bool:
    """Write down what was said, and tell whether it was not there yet: one statement."""
    kept = (
        *(uuid7(), row.driver_id, row.id, row.buyer_id, row.provider_id, message, str(said.word)),
        *(said.exit_code, said.reason, said.detail),
        *(said.access.request if said.access else None, said.log_tail, code, now),
    )
    once = "(driver_id, message) DO NOTHING"
    return bool(sets.insert("drivers_drivermessage", _MESSAGE, [kept], on_conflict=once).count)


def _hand_over(row: _SpokenOf, said: wire.DriverSaid, *, now: datetime) -> str:
    """Return why access was not taken; what else was said counts all the same."""
    if said.access is None:
        return ""
    try:
        fulfilment_services.hand_over(
            delivery_id=row.id,
            provider_id=row.provider_id,
            request=said.access.request,
            sealed=said.access.sealed,
            sealed_format=said.access.format,
            kind=said.access.kind,
            endpoint=said.access.endpoint,
            key=said.access.key,
            now=now,
        )
    except NOT_HANDED as refusal:
        return refusal.code
    return ""


def _carry_out(row: _SpokenOf, said: wire.DriverSaid, *, now: datetime) -> str:
    """Return why nothing came of it; nothing if it was taken."""
    if said.word == DriverWord.ACCESS:
        return ""
    if said.word == DriverWord.PREEMPTING:
        return _give_notice(row, said, now=now)
    code = ""
    for _try in range(2):  # The delivery may move on between the look at it and its lock.
        move, reason = _meant(row, said)
        try:
            fulfilment_services.report(
                delivery_id=row.id,
                provider_id=row.provider_id,
                move=move,
                reason=reason,
                detail=said.detail,
                now=now,
            )
        except (MoveRefused, DeliveryHalted, AgentStandsStill) as refusal:
            code = refusal.code
            row = replace(row, state=_look(row.driver_id, row.id, "")[0].state)
        else:
            code = ""
            break
    _note(row, said, now=now)
    return code


def _give_notice(row: _SpokenOf, said: wire.DriverSaid, *, now: datetime) -> str:
    """Return why the notice of a driver was not taken; nothing if it was."""
    try:
        fulfilment_services.give_preemption_notice(
            delivery_id=row.id,
            provider_id=row.provider_id,
            takes_back_at=said.takes_back_at,
            note=said.detail,
            now=now,
        )
    except UNNOTICED as refusal:
        return refusal.code
    return ""


def _meant(row: _SpokenOf, said: wire.DriverSaid) -> tuple[DeliveryMove, str]:
    """
    Return what a word means here: an exit is the end of what ran, or that it never ran.

    A reason that does not fit it is kept with the message; what stops stops all the same, for the
    usual reason of its kind.
    """
    move, usual = rules.MOVES[said.word], DeliveryReason.HARDWARE_FAULT
    if said.word == DriverWord.EXITED:
        is_before = row.state in fulfilment_rules.BEFORE_READY
        move = DeliveryMove.FAIL if is_before else move
        usual = DeliveryReason.NEVER_READY if is_before else DeliveryReason.JOB_DONE
    if move not in REASONS_OF:
        return move, ""
    return move, said.reason if said.reason in REASONS_OF[move] else str(usual)


def _note(row: _SpokenOf, said: wire.DriverSaid, *, now: datetime) -> None:
    """Note how the work ended, by the first word of it; also where the market had ended it."""
    held = DrivenDelivery.objects.filter(pk=row.id)
    if said.word in (DriverWord.EXITED, DriverWord.FAILED):
        held.filter(exited_at__isnull=True).update(exited_at=now, exit_code=said.exit_code)
    if said.word == DriverWord.WIPED:
        held.filter(wiped_at__isnull=True).update(wiped_at=now)
