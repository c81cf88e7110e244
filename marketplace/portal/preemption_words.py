"""Preemption and stops in words: what a listing says, what was noticed, who stopped what."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from marketplace.portal import desk, figures


def preemptible_told(minutes: int | None) -> str:
    """Return in a sentence what it means that a listing is preemptible; nothing if not."""
    if minutes is None:
        return ""
    return _(
        "Preemptible: the provider may take it back before its time, with %(minutes)s minutes of"
        " notice. Nothing is charged from that moment on, and what is held for the rest returns."
    ) % {"minutes": minutes}


def preemptible_mark(minutes: int | None) -> str:
    """Return in two words that a listing is preemptible, and its notice; nothing if not."""
    if minutes is None:
        return ""
    return _("Preemptible, %(minutes)s min notice") % {"minutes": minutes}


def preemptible_notes(minutes: int | None) -> list[desk.Note]:
    """Return what a listing says of being taken back, as notes of a page."""
    return [desk.Note(preemptible_told(minutes), "warning")] if minutes is not None else []


def notice_told(notice: Any, *, is_over: bool, now: datetime) -> str:
    """Return in a sentence when a delivery is taken back, and how long that is from now."""
    said = {
        "at": figures.moment(notice.takes_back_at),
        "noticed": figures.moment(notice.noticed_at),
        "left": figures.short_duration(max(0, int((notice.takes_back_at - now).total_seconds()))),
    }
    if is_over or notice.takes_back_at <= now:
        return _("The provider gave notice at %(noticed)s and took it back at %(at)s.") % said
    told = _("The provider takes it back at %(at)s, in %(left)s. Nothing is charged from then on.")
    return " ".join(part for part in (told % said, notice.note) if part)


def stop_told(stop: Any) -> str:
    """Return in a sentence that two operators stopped a delivery, and why."""
    said = {"at": figures.moment(stop.stopped_at), "reason": stop.reason}
    return _("Two operators stopped it at %(at)s: %(reason)s. It is charged no further.") % said


def ending_notes(
    delivery: Any, notice: Any, stop: Any, *, is_over: bool, now: datetime
) -> list[desk.Note]:
    """Return how a delivery ends, or may end, before its time, as notes of a page."""
    notes = []
    if stop is not None:
        notes.append(desk.Note(stop_told(stop), "error"))
    if notice is not None:
        notes.append(desk.Note(notice_told(notice, is_over=is_over, now=now), "warning"))
    elif delivery.preemption_minutes is not None and not is_over:
        notes.append(desk.Note(preemptible_told(delivery.preemption_minutes)))
    return notes
