"""What stands beside a listing of compute: storage and a network, ordered together with it."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput
from marketplace.catalog import locks
from marketplace.catalog.beside_models import BesideListing
from marketplace.catalog.contracts import ListingNotFound, ListingState
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.models import Listing
from marketplace.catalog.telling import record_events
from pricing.plan_models import SoldAs


class BesideRefused(InvalidInput):
    """What is to stand beside a listing is not of its provider, region and plan, or sells else."""

    code = "listing_beside_refused"
    sentence = _(
        "Beside a listing of compute stand storage and a network of yours, in the same region and"
        " under the same plan."
    )


@transaction.atomic
def set_beside(
    *,
    listing_id: UUID,
    provider_id: UUID,
    storage_id: UUID | None,
    network_id: UUID | None,
    now: datetime,
) -> Listing:
    """
    Say anew what may be ordered together with a listing of compute; nothing where none is named.

    :raises ListingNotFound: if one of them does not exist or is someone else's
    :raises BesideRefused: if one is in another region, under another plan or sells something else
    """
    wanted = {
        kind: pk
        for kind, pk in ((SoldAs.STORAGE, storage_id), (SoldAs.NETWORK, network_id))
        if pk is not None
    }
    found = locks.listings({listing_id, *wanted.values()})
    if any(
        pk not in found or found[pk].provider_id != provider_id
        for pk in (listing_id, *wanted.values())
    ):
        raise ListingNotFound
    listing = found[listing_id]
    if any(found[pk].state == ListingState.CLOSED for pk in wanted.values()):
        raise BesideRefused(field="listing_id")
    BesideListing.objects.filter(listing=listing).delete()
    try:
        with transaction.atomic():
            BesideListing.objects.bulk_create(
                BesideListing(
                    provider_id=provider_id,
                    listing=listing,
                    beside=found[pk],
                    sold_as=kind.value,
                    since=now,
                )
                for kind, pk in wanted.items()
            )
    except IntegrityError as error:
        raise BesideRefused(field="listing_id") from error
    beside = {kind.value: found[pk].number for kind, pk in wanted.items()}
    record_events(CatalogEvent.LISTING_BESIDE, [listing], **beside)
    return listing
