"""How long something has been waiting, in one unit."""

from datetime import datetime, timedelta

from django.utils.translation import gettext, ngettext

from marketplace.portal import figures

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


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
