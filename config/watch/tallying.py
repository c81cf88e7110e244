"""
Every reading that was accepted is accounted for.

The sums tell it at every moment; once a day a walk looks at each reading, in slices, and remembers.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import connection, transaction

from common import clock, tenancy
from config.pulse import report
from config.pulse.report import Part
from config.watch.models import Tally
from metering import accounting as metering_accounting
from metering.accounting import Whereabouts

logger = structlog.get_logger(__name__)
SLICE_MAX: Final = 5_000
COUNTED_MAX: Final = 200_000  # readings added to the sums in one transaction
WALK_EVERY: Final = timedelta(days=1)


def read() -> Tally:
    """Return what was found so far."""
    return Tally.objects.filter(pk=1).first() or Tally()


def whereabouts() -> Whereabouts:
    """Return where all readings are at this moment."""
    with tenancy.acting_as_platform():
        return metering_accounting.whereabouts(now=clock.read())


def part(live: Whereabouts | None = None) -> Part:
    """Return whether every reading is accounted for, as one of the market's parts."""
    live = live or whereabouts()
    missing = live.difference or read().unaccounted
    facts = {
        "accepted": live.accepted,
        "accounted": live.accounted,
        "unaccounted": missing,
        "queues": queues(live),
    }
    return Part("readings", "lost" if missing else report.OK, facts)


def queues(live: Whereabouts) -> dict[str, int]:
    """Return how many readings are where."""
    return {
        "running": live.running,
        "due": live.due,
        "set_aside": live.set_aside,
        "measured": live.measured,
        "discarded": live.discarded,
    }


@transaction.atomic
def tally(*, now: datetime, limit: int = SLICE_MAX) -> bool:
    """Look at the next readings; return whether more wait to be looked at."""
    with tenancy.acting_as_platform():
        Tally.objects.get_or_create(pk=1)
        found = Tally.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=1).first()
        if found is None:
            return False
        _move_frontier(found)
        metering_accounting.count(until=found.until, limit=COUNTED_MAX)
        _begin_again(found, now)
        looked = metering_accounting.check(after=found.position, until=found.until, limit=limit)
        found.position = looked.last_id
        found.accepted += looked.accepted
        found.accounted += looked.accounted
        if looked.accepted != looked.accounted:
            missing = looked.accepted - looked.accounted
            logger.error("platform.readings.unaccounted", missing=missing, until=looked.last_id)
        if looked.accepted < limit and found.ended_at is None:
            found.ended_at, found.missing_before = now, found.accepted - found.accounted
        found.save()
    return looked.accepted == limit


def _begin_again(found: Tally, now: datetime) -> None:
    """Begin a walk if there was none, or the last one is a day old."""
    is_over = found.ended_at is not None
    if found.began_at is None or (is_over and now - found.began_at >= WALK_EVERY):
        found.began_at, found.ended_at = now, None
        found.position = found.accepted = found.accounted = 0


def _move_frontier(found: Tally) -> None:
    """
    Let the walk go on to what was newest once all who might then write a smaller number have ended.

    Three runs: one notes what is newest; the next, a later transaction, its own number, which is
    above those of all who wrote before; and one finds that nobody up to that number is at work.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
            " pg_current_xact_id()::text::bigint"
        )
        oldest, own = cursor.fetchone()
    if found.next_xid and oldest > found.next_xid:
        found.until = max(found.until, found.next_until)
        found.next_until = found.next_xid = 0
    if not found.next_until:
        found.next_until, found.next_xid = metering_accounting.newest_reading_id(), 0
    elif not found.next_xid:
        found.next_xid = own
