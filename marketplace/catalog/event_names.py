"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class CatalogEvent(TextChoices):
    """What happens to listings and books. Capacity moves with orders, which tell of it."""

    LISTING_OPENED = "catalog.listing.opened", _("Listing opened")
    LISTING_PAUSED = "catalog.listing.paused", _("Listing paused")
    LISTING_RESUMED = "catalog.listing.resumed", _("Listing resumed")
    LISTING_CLOSED = "catalog.listing.closed", _("Listing closed")
    LISTING_REPRICED = "catalog.listing.repriced", _("Listing repriced")
    LISTING_CHANGED = "catalog.listing.changed", _("Least order of a listing changed")
    LISTING_RENAMED = "catalog.listing.renamed", _("Listing renamed")
    LISTING_BESIDE = "catalog.listing.beside", _("What stands beside a listing changed")
    LISTING_RESIZED = "catalog.listing.resized", _("Capacity on sale changed")
    LISTING_SET_ASIDE = "catalog.listing.set_aside", _("Listing set aside")
    LISTING_RETRIED = "catalog.listing.retried", _("Listing back on the market")
    DONOR_NAMED = "catalog.listing.donor", _("Naming of a donor changed")
    BOOK_CHANGED = "catalog.book.changed", _("Least order of a book changed")
    COLLAR_ANNOUNCED = "catalog.collar.announced", _("Price collar announced")
    COLLAR_FOLLOWED = "catalog.collar.followed", _("Price collar moved with the index")
    REFERENCE_PUBLISHED = "catalog.reference.published", _("Reference order announced")
