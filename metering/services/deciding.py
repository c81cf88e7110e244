"""Decide about windows whose readings cannot all be true."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Sum

from identity import services as identity_services
from identity.events import services as events
from metering import locks
from metering.contracts import OwnWindow, SetAsideReason, Verdict, WindowNotSetAside, WindowState
from metering.event_names import MeteringEvent
from metering.models import Reading, ReadingSum, Window, WindowDecision
from metering.selectors.terms import rule_terms
from metering.services import measuring


@transaction.atomic
def decide_window(
    *,
    window_id: int,
    decided_by: UUID,
    decided_by_person: int,
    verdict: Verdict,
    reason: str,
    now: datetime,
) -> WindowDecision:
    """
    Admit a window that was set aside as it was read, or discard it; the reason is kept.

    An admitted window is due at once. A discarded one yields no usage. Whatever arrives for it
    later is judged anew.

    :raises WindowNotFound: if there is no such window
    :raises WindowNotSetAside: if it does not wait for a decision
    :raises OwnWindow: if the readings are the deciding organisation's own
    :raises SecondPersonRequired: if the person belongs to the provider as well
    """
    window = locks.window(window_id)
    if window.provider_id == decided_by:
        raise OwnWindow
    identity_services.require_outsider(
        person_id=decided_by_person, organization_id=window.provider_id
    )
    if window.state != WindowState.SET_ASIDE:
        raise WindowNotSetAside
    quantity, count = _inside(window)
    window.set_aside_reason = SetAsideReason.NONE
    if verdict == Verdict.ADMIT:
        window.state = WindowState.OPEN
        window.admitted_quantity = quantity
    else:
        window.state = WindowState.CLOSED
        _account(window, discarded=count - window.measured_count)
        window.measured_count = count
    fields = ["state", "set_aside_reason", "admitted_quantity", "measured_count"]
    window.save(update_fields=fields)
    decision = WindowDecision.objects.create(
        window=window,
        provider_id=window.provider_id,
        verdict=verdict,
        quantity=quantity,
        reason=reason,
        decided_by_id=decided_by,
        decided_by_person_id=decided_by_person,
        decided_at=now,
    )
    event = events.Event(
        name=MeteringEvent.WINDOW_DECIDED,
        object_kind="window",
        object_id=window.pk,
        concerns=[window.provider_id, decided_by],
        facts={"verdict": verdict, "quantity": quantity},
    )
    events.record([event])
    return decision


@transaction.atomic
def measure_again(*, window_id: int) -> Window:
    """
    Let a window that was set aside be measured once more, as it was read.

    :raises WindowNotFound: if there is no such window
    :raises WindowNotSetAside: if it does not wait for a decision
    """
    window = locks.window(window_id)
    if window.state != WindowState.SET_ASIDE:
        raise WindowNotSetAside
    window.state, window.set_aside_reason = WindowState.OPEN, SetAsideReason.NONE
    window.save(update_fields=["state", "set_aside_reason"])
    event = events.Event(
        name=MeteringEvent.WINDOW_RETRIED,
        object_kind="window",
        object_id=window.pk,
        concerns=[window.provider_id],
    )
    events.record([event])
    return window


def _inside(window: Window) -> tuple[Decimal, int]:
    """Return what a window's readings add up to, and how many there are."""
    version_id = window.meter.rule_version_id
    if rule_terms([version_id])[version_id].terms is not None and (
        window.set_aside_reason != SetAsideReason.NOT_MEASURABLE
    ):
        return measuring.used(window.pk, version_id)
    inside = Reading.objects.filter(
        meter_id=window.meter_id, starts_at__gte=window.starts_at, starts_at__lt=window.ends_at
    )
    found = inside.aggregate(total=Sum("quantity"), count=Count("pk"))
    return found["total"] or Decimal(0), found["count"]


def _account(window: Window, *, discarded: int) -> None:
    """Add to what was discarded of a provider's readings."""
    known, is_new = ReadingSum.objects.get_or_create(
        provider_id=window.provider_id, defaults={"discarded": discarded}
    )
    if not is_new:
        ReadingSum.objects.filter(pk=known.pk).update(discarded=F("discarded") + discarded)
