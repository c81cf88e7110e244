"""When a letter is due, and which events one notice counts: pure functions."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from identity.notices.contracts import Letters

BUNDLE: Final = timedelta(minutes=10)
TRIES_MAX: Final = 10
FIRST_PAUSE: Final = timedelta(minutes=5)
PAUSE_MAX: Final = timedelta(hours=6)
REMINDERS_MAX: Final = 3
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def bundle_of(event_id: UUID, at: datetime, *, is_bundled: bool) -> str:
    """Return what is counted together: the event alone, or those of the same ten minutes."""
    return f"{_start(at):%Y-%m-%dT%H:%MZ}" if is_bundled else str(event_id)


def letter_due_at(
    letters: Letters, at: datetime, *, is_bundled: bool, zone: ZoneInfo, hour: int
) -> datetime | None:
    """Return when a letter about something noticed at a moment is due; None: never."""
    if letters == Letters.NEVER:
        return None
    if letters == Letters.DAILY:
        return _next_digest(at, zone=zone, hour=hour)
    return _start(at) + BUNDLE if is_bundled else at


def next_try_at(tries: int, at: datetime) -> datetime:
    """Return when a letter is tried again that was tried so often."""
    pause = FIRST_PAUSE * (1 << min(max(tries - 1, 0), TRIES_MAX))
    return at + min(pause, PAUSE_MAX)


def next_reminder_at(reminders: int, at: datetime, *, every: timedelta) -> datetime | None:
    """Return when something is called to mind next, after so many times; None: no more."""
    return at + every if reminders < REMINDERS_MAX else None


def _start(at: datetime) -> datetime:
    return at - (at - _EPOCH) % BUNDLE


def _next_digest(at: datetime, *, zone: ZoneInfo, hour: int) -> datetime:
    local = at.astimezone(zone)
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)
