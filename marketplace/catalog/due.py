"""The work of the catalog that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from common.reviews import NOT_SET_ASIDE
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import AllInDue, Listing


def _repriced(now: datetime) -> Due:
    due = Listing.objects.filter(
        NOT_SET_ASIDE,
        state__in=(ListingState.OPEN, ListingState.PAUSED),
        plan_version__ends_at__lte=now,
    )
    return count_rows(due.order_by(), "plan_version__ends_at")


def _all_in(now: datetime) -> Due:
    return count_rows(AllInDue.objects.filter(due_at__lte=now).order_by("due_at"), "due_at")


WORK: Final = (
    DueWork("all_in_prices", _("All-in prices to be computed anew"), _all_in),
    DueWork(
        "prices",
        _("Listings whose plan has a new version"),
        _repriced,
        # A plan that ends without a successor leaves its listings as they are.
        late_after=None,
    ),
)
