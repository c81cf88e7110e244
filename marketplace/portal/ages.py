"""How long something has been waiting, in one unit."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext, ngettext

from common import clock
from marketplace.portal import figures

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def seen_now(rows: Sequence[Any]) -> Sequence[Any]:
    """Give the rows of a list one moment as `seen_at`: the clock is asked once, not by each."""
    moment = clock.now()
    for row in rows:
        row.seen_at = moment
    return rows


def age(since: datetime, now: datetime) -> str:
    """Write how long ago something began: in whole days, or hours of the first day."""
    passed = now - since
    if passed >= DAY:
        days = passed // DAY
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": figures.grouped(days)}
    hours = passed // HOUR
    if hours < 1:
        return gettext("less than an hour")
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
