"""
Replays of the balances: once a night, what the transfers say is compared with what is stored.

A replay goes along the log in slices. Each is a transaction of its own that adds to sums by account
and remembers how far it came, so a replay that is killed goes on where it was. At the end one
statement compares the sums, and what was posted since, with the balances of the same moment.
"""

import time
from datetime import datetime
from typing import Final

import structlog
from django.db import connection, transaction

from common import tenancy
from common.moments import market_zone
from ledger import selectors

SLICE: Final = 20_000  # transfers in one transaction
RUN_SECONDS_MAX: Final = 5.0
# Posted since the last slice, or held up by a transaction that lasts; with more, wait.
TAIL_MAX: Final = 100_000
FINDINGS_MAX: Final = 1_000
FINDINGS_TOLD_MAX: Final = 20
NIGHT_HOUR: Final = 2

logger = structlog.get_logger(__name__)


def replay(
    *, now: datetime, size: int = SLICE, seconds: float = RUN_SECONDS_MAX, tail: int = TAIL_MAX
) -> int | None:
    """
    Begin a replay if one is due, and go on with the one under way for a while.

    Return how many balances differ once it is finished; None while it is not.
    """
    if not _is_under_way(now=now):
        return None
    ends = time.monotonic() + seconds
    while (taken := _add_slice(size=size)) == size:
        if time.monotonic() > ends:
            return None
    return None if taken is None else _finish(tail=tail)


def is_due(*, last_began_at: datetime | None, now: datetime) -> bool:
    """Tell whether a replay should begin: the first at once, then once a night of the market."""
    if last_began_at is None:
        return True
    local, last = now.astimezone(market_zone()), last_began_at.astimezone(market_zone())
    return local.date() > last.date() and local.hour >= NIGHT_HOUR


def _is_under_way(*, now: datetime) -> bool:
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT began_at, finished_at IS NULL FROM ledger_replay ORDER BY id DESC LIMIT 1"
        )
        began_at, is_under_way = cursor.fetchone() or (None, False)
        if is_under_way or not is_due(last_began_at=began_at, now=now):
            return bool(is_under_way)
        cursor.execute(
            "INSERT INTO ledger_replay (began_at) VALUES (%s) ON CONFLICT DO NOTHING", [now]
        )
    return True


def _add_slice(*, size: int) -> int | None:
    with transaction.atomic(), tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT ledger_replay_slice(%s)", [size])
        taken: int | None = cursor.fetchone()[0]
    return taken


def _finish(*, tail: int) -> int | None:
    with transaction.atomic(), tenancy.acting_as_platform():
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_finish_replay(%s, %s)", [tail, FINDINGS_MAX])
            differences: int | None = cursor.fetchone()[0]
        found = selectors.replay_findings(limit=FINDINGS_TOLD_MAX) if differences else []
    if differences:
        accounts = [finding.account for finding in found]
        logger.error("ledger.replay.differs", differences=differences, accounts=accounts)
    elif differences is not None:
        logger.info("ledger.replay.agrees", transfers=selectors.replay_state().transfers)
    return differences
