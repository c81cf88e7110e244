"""How fresh an answer about a resource of another node is; pure."""

from datetime import datetime, timedelta
from typing import Final

# With a second in a cache and the asking, a suspension elsewhere is seen within two seconds or so.
LIVE_FOR: Final = timedelta(seconds=1)
STALE_FOR: Final = timedelta(hours=24)


def freshness(*, is_own: bool, heard_at: datetime, now: datetime) -> str:
    """
    Return `live`, `stale` or `unknown`.

    What this node registered is live. Of others it is so for a second after they said it; then it
    is stale and said to be, and after a day nothing is known any more.
    """
    if is_own or now - heard_at <= LIVE_FOR:
        return "live"
    return "stale" if now - heard_at <= STALE_FOR else "unknown"
