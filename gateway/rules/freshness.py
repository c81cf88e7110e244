"""How fresh an answer about a resource of another node is; pure."""

from datetime import datetime, timedelta
from typing import Final

LIVE_FOR: Final = timedelta(seconds=2)
STALE_FOR: Final = timedelta(hours=24)


def freshness(*, is_own: bool, heard_at: datetime, now: datetime) -> str:
    """
    Return `live`, `stale` or `unknown`.

    What this node registered is live. Of others it is so for two seconds after they said it; then
    it is stale and said to be, and after a day nothing is known any more.
    """
    if is_own or now - heard_at <= LIVE_FOR:
        return "live"
    return "stale" if now - heard_at <= STALE_FOR else "unknown"
