"""The work of the catalog that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from common.reviews import NOT_SET_ASIDE
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import Listing


def _repriced(now: datetime) -> Due:
    due = Listing.objects.filter(
        NOT_SET_ASIDE,
        state__in=(ListingState.OPEN, ListingState.PAUSED),
        plan_version__ends_at__lte=now,
    )
    return count_rows(due.order_by(), "plan_version__ends_at")


WORK: Final = (
    DueWork(
        "prices",
        _("Listings whose plan has a new version"),
        _repriced,
        # A plan that ends without a successor leaves its listings as they are.
        late_after=None,
    ),
)
