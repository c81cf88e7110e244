"""Reads of mappings, of the series that are followed, and of those that nobody reads."""

from collections.abc import Mapping as MappingOf
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max, QuerySet

from metering import selectors as metering_selectors
from metering.rules import microseconds
from metering.senders import definitions
from metering.senders.contracts import MappingNotFound, SeriesKind
from metering.senders.counting import Sample
from metering.senders.definitions import Directory, MappingBook, MappingDefinition
from metering.senders.models import Mapping, MappingVersion, Sender, Series, UnmappedMetric
from metering.senders.wire.series import SentBatch
from metering.senders.wire.series import SentSeries as Told

TRIED_MAX: Final = 100


def directory(provider_id: UUID) -> Directory:
    """Return a provider's meters, as following series needs them."""
    return Directory(
        {each.id: each for each in metering_selectors.meters_that_count(provider_id=provider_id)}
    )


def book(provider_id: UUID) -> MappingBook:
    """Return everything that a provider's mappings say now."""
    return definitions.book_of(definitions_in_force(provider_id), directory(provider_id))


def definitions_in_force(provider_id: UUID) -> dict[str, MappingDefinition]:
    """Return what each of a provider's mappings says, by its name, the oldest first."""
    rows = (
        MappingVersion.objects.filter(mapping__provider_id=provider_id)
        .filter(mapping__ended_at__isnull=True)
        .order_by("mapping_id", "-version")
        .distinct("mapping_id")
        .values_list("mapping__name", "definition")
    )
    return {name: definitions.parse(told) for name, told in rows}


def mappings(provider_id: UUID) -> QuerySet[Mapping]:
    """Return a provider's mappings, the latest first, each with its newest version's number."""
    found = Mapping.objects.filter(provider_id=provider_id)
    return found.annotate(
        version=Max("versions__version"), published_at=Max("versions__published_at")
    ).order_by("-created_at", "-id")


def mapping(mapping_id: UUID, *, provider_id: UUID) -> Mapping:
    """
    Return a mapping of a provider.

    :raises MappingNotFound: if there is none, or it is another's (the two look alike)
    """
    found = mappings(provider_id).filter(pk=mapping_id).first()
    if found is None:
        raise MappingNotFound
    return found


def versions(mapping_id: UUID) -> QuerySet[MappingVersion]:
    """Return the versions of a mapping, the newest first, with who published them."""
    found = MappingVersion.objects.filter(mapping_id=mapping_id)
    return found.select_related("published_by").order_by("-version")


def series(provider_id: UUID) -> QuerySet[Series]:
    """Return the series that are followed for a provider, the one seen last first."""
    found = Series.objects.filter(provider_id=provider_id).select_related("meter")
    return found.order_by("-seen_at", "-id")


def unmapped(provider_id: UUID) -> QuerySet[UnmappedMetric]:
    """Return the metrics that nobody reads, the one seen last first."""
    return UnmappedMetric.objects.filter(provider_id=provider_id).order_by("-seen_at", "-id")


def senders(provider_id: UUID) -> QuerySet[Sender]:
    """Return by which doors series came."""
    return Sender.objects.filter(provider_id=provider_id).order_by("via")


def counts(provider_id: UUID) -> MappingOf[str, Any]:
    """Return how many series are followed and how many metrics are not, and since when."""
    followed = Series.objects.filter(provider_id=provider_id).aggregate(
        series=Count("id"), seen_at=Max("seen_at")
    )
    unread = UnmappedMetric.objects.filter(provider_id=provider_id).exclude(metric="").count()
    return {**followed, "unmapped": unread}


def latest_batch(provider_id: UUID, limit: int = TRIED_MAX) -> SentBatch:
    """Return the series that came last, read or not, each with its last sample."""
    unread = unmapped(provider_id).exclude(metric="")[:limit]
    batch = SentBatch()
    for row in unread:
        sample = Sample(microseconds(row.seen_at), row.last_value)
        batch.series.append(Told(row.metric, row.labels, SeriesKind(row.kind), [sample]))
    for each in series(provider_id)[:limit]:
        sample = Sample(microseconds(each.seen_at), each.base_value or "nan")
        batch.series.append(Told(each.metric, each.labels, SeriesKind.UNTYPED, [sample]))
    batch.count = len(batch.series)
    return batch


def due_series(now: datetime) -> QuerySet[Series]:
    """Return the series whose waiting samples are due, the longest first."""
    return Series.objects.filter(due_at__lte=now).order_by("due_at", "id")
