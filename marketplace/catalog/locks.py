"""Every lock of the catalog, in one order: by provider, then by listing id."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from marketplace.catalog.models import Listing


def capacity_of(provider_id: UUID) -> None:
    """Let one import of a provider's capacity go on at a time; the next sees what it entered."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 12))", [f"capacity {provider_id}"]
        )


def listings(ids: Collection[UUID]) -> dict[UUID, Listing]:
    """
    Lock listings in id order, so two batches can never wait for each other.

    The lock is on what the listing is, not on its key: orders that name it are written meanwhile.
    """
    rows = Listing.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    rows = rows.defer("search_text", "search_grams")  # Wide, and no decision reads them.
    return {row.pk: row for row in rows}
