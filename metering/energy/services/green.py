"""Green certificates and direct green supply: registered, claimed once, retired or cancelled."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from common.moments import market_date
from identity.events import services as events
from metering.energy import locks
from metering.energy.contracts import (
    CERTIFICATE_KWH,
    DIRECT_KWH_MAX,
    DIRECT_LENGTH_MAX,
    EnergyMonthInFuture,
    GreenClaimed,
    GreenKind,
    GreenMoreThanUsed,
    GreenNumberRefused,
    GreenOtherMonth,
    GreenOver,
    GreenQuantityRefused,
    GreenRegistered,
    GreenState,
    GreenUseUnknown,
)
from metering.energy.event_names import EnergyEvent
from metering.energy.models import DataCentre, GreenSupply
from metering.energy.selectors.centres import centre_months
from metering.energy.services.evidence import keep_file, require_evidence

_CERTIFICATE: Final = re.compile(r"[0-9A-Z]{32}", re.ASCII)
_PLACES_MAX: Final = 6


@dataclass(frozen=True, slots=True)
class NewGreenSupply:
    """What a provider registers. A certificate needs no quantity: it is 1,000 kWh."""

    kind: GreenKind
    number: str
    month: date
    evidence: str
    kwh: Decimal = CERTIFICATE_KWH
    evidence_file: UUID | None = None


def written_number(kind: GreenKind, text: str) -> str:
    """
    Return a number as it is kept: letters large, digits plain, without spaces and hyphens.

    :raises GreenNumberRefused: if it is none
    """
    plain = unicodedata.normalize("NFKC", text)
    if kind == GreenKind.CERTIFICATE:
        number = re.sub(r"[\s-]", "", plain).upper()
        if not _CERTIFICATE.fullmatch(number):
            raise GreenNumberRefused(field="number")
        return number
    number = " ".join(plain.split()).upper()
    if not number or len(number) > DIRECT_LENGTH_MAX or not number.isprintable():
        raise GreenNumberRefused(field="number")
    return number


@transaction.atomic
def register_supply(
    *, provider_id: UUID, person_id: int, new: NewGreenSupply, now: datetime
) -> GreenSupply:
    """
    Register a green certificate, or what a contract of direct supply delivered in a month.

    :raises GreenNumberRefused: if the number is none
    :raises GreenQuantityRefused: if a certificate is not 1,000 kWh, or a supply nothing
    :raises EnergyMonthInFuture: if it was generated in a month that has not begun
    :raises GreenRegistered: if the provider registered it before
    """
    number = written_number(new.kind, new.number)
    _require_quantity(new)
    month = new.month.replace(day=1)
    if month > market_date(now):
        raise EnergyMonthInFuture(field="month")
    supply = GreenSupply(
        provider_id=provider_id,
        kind=new.kind,
        number=number,
        kwh=new.kwh,
        month=month,
        evidence=require_evidence(new.evidence),
        registered_by_id=person_id,
        registered_at=now,
    )
    supply.evidence_file = keep_file(
        new.evidence_file, provider_id=provider_id, by="metering_energy.green", now=now
    )
    try:
        with transaction.atomic():
            supply.save(force_insert=True)
    except IntegrityError as error:
        if "green_supply_registered_once" in str(error):
            raise GreenRegistered(field="number") from error
        raise
    _tell(EnergyEvent.GREEN_REGISTERED, supply)
    return supply


def _require_quantity(new: NewGreenSupply) -> None:
    is_certificate = new.kind == GreenKind.CERTIFICATE
    if not new.kwh.is_finite() or -int(new.kwh.as_tuple().exponent) > _PLACES_MAX:
        raise GreenQuantityRefused(field="kwh")
    if is_certificate and new.kwh != CERTIFICATE_KWH:
        raise GreenQuantityRefused(field="kwh")
    if not 0 < new.kwh <= DIRECT_KWH_MAX:
        raise GreenQuantityRefused(field="kwh")


@transaction.atomic
def claim_supply(
    *, provider_id: UUID, supply_id: UUID, centre_id: UUID, month: date, now: datetime
) -> GreenSupply:
    """
    Let a proof count for a centre's month: whole, of that month, and never beyond what was used.

    The database lets each number count once in the whole market; who comes second is refused.

    :raises GreenOver: if it is not waiting to be claimed
    :raises GreenOtherMonth: if it was generated in another month
    :raises GreenUseUnknown: if what the month used is not known
    :raises GreenMoreThanUsed: if the month did not use as much beside what is claimed already
    :raises GreenClaimed: if the number counts somewhere already
    """
    centre = locks.centre(provider_id=provider_id, centre_id=centre_id)
    supply = locks.supply(provider_id=provider_id, supply_id=supply_id)
    _require_state(supply, GreenState.REGISTERED)
    if supply.month != month.replace(day=1):
        raise GreenOtherMonth(field="month", month=f"{supply.month:%Y-%m}")
    _require_use(centre, supply)
    supply.state = GreenState.CLAIMED
    supply.centre, supply.used_month, supply.claimed_at = centre, supply.month, now
    try:
        with transaction.atomic():
            supply.save(update_fields=["state", "centre", "used_month", "claimed_at"])
    except IntegrityError as error:
        if "claimed_once" in str(error):
            raise GreenClaimed(field="number") from error
        raise
    _tell(EnergyEvent.GREEN_CLAIMED, supply)
    return supply


def _require_use(centre: DataCentre, supply: GreenSupply) -> None:
    (month,) = centre_months([centre], first=supply.month, last=supply.month)
    if month.facility_kwh is None:
        raise GreenUseUnknown(field="month")
    left = month.facility_kwh - month.claimed_kwh
    if supply.kwh > left:
        used, free = (f"{max(each, Decimal(0)):,.3f}" for each in (month.facility_kwh, left))
        raise GreenMoreThanUsed(field="month", used=used, left=free)


@transaction.atomic
def retire_supply(*, provider_id: UUID, supply_id: UUID, reason: str, now: datetime) -> GreenSupply:
    """
    Retire what was claimed, for good: it goes on counting, and can never be taken back.

    :raises GreenOver: if it is not claimed
    """
    return _end(
        provider_id,
        supply_id,
        reason,
        now,
        lambda it: _require_state(it, GreenState.CLAIMED),
        GreenState.RETIRED,
        EnergyEvent.GREEN_RETIRED,
    )


@transaction.atomic
def cancel_supply(*, provider_id: UUID, supply_id: UUID, reason: str, now: datetime) -> GreenSupply:
    """
    Cancel what was registered or claimed in error: it counts no more, and its number is free.

    :raises GreenOver: if it is retired or cancelled
    """
    allowed = (GreenState.REGISTERED, GreenState.CLAIMED)
    return _end(
        provider_id,
        supply_id,
        reason,
        now,
        lambda it: _require_state(it, *allowed),
        GreenState.CANCELLED,
        EnergyEvent.GREEN_CANCELLED,
    )


def _end(
    provider_id: UUID,
    supply_id: UUID,
    reason: str,
    now: datetime,
    require: Callable[[GreenSupply], None],
    state: GreenState,
    event: EnergyEvent,
) -> GreenSupply:
    supply = locks.supply(provider_id=provider_id, supply_id=supply_id)
    require(supply)
    supply.state, supply.ended_at = state, now
    supply.end_reason = require_evidence(reason)
    supply.save(update_fields=["state", "ended_at", "end_reason"])
    _tell(event, supply)
    return supply


def _require_state(supply: GreenSupply, *states: GreenState) -> None:
    if supply.state not in states:
        state = str(GreenState(supply.state).label).lower()
        raise GreenOver(field="state", state=state)


def _tell(name: EnergyEvent, supply: GreenSupply) -> None:
    facts = {"kind": supply.kind, "kwh": f"{supply.kwh:f}", "month": f"{supply.month:%Y-%m}"}
    if supply.end_reason:
        facts["reason"] = supply.end_reason[:200]
    events.record(
        [
            events.Event(
                name=name,
                object_kind="green_supply",
                object_id=supply.pk,
                object_label=supply.number,
                concerns=[supply.provider_id],
                facts=facts,
            )
        ]
    )
