"""The work of the catalog that can be set aside."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.reviews import NOT_SET_ASIDE, ReviewKind
from marketplace.catalog import services
from marketplace.catalog.models import Listing


def _listings() -> QuerySet[Listing]:
    return Listing.objects.filter(~NOT_SET_ASIDE)


KINDS: Final = (
    ReviewKind(
        "listing",
        _("Listing"),
        _("The listing takes no new orders any more. What was sold stays sold."),
        _listings,
        retry=lambda pk: services.retry_listing(listing_id=UUID(pk)),
        close=lambda pk, closing: services.close_reviewed(listing_id=UUID(pk), closing=closing),
    ),
)
