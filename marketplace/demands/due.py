"""The work of demands that is due."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from marketplace.demands.models import WAITING, PostedDemand

RESTS: Final = timedelta(minutes=1)


def _waiting(now: datetime) -> Due:
    """Return what nobody looked at for a minute; what waits for supply is looked at again."""
    due = PostedDemand.objects.filter(WAITING, posted_at__lte=now).filter(
        Q(looked_at__isnull=True) | Q(looked_at__lt=now - RESTS)
    )
    return count_rows(due.order_by("queued_at", "id"), "queued_at")


WORK: Final = (DueWork("demands", _("Demands to match"), _waiting, late_after=None),)
