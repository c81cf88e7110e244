"""The months of raw readings: which are there, and which were removed."""

from datetime import UTC, date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from identity.contracts import Actor
from metering.month_models import ReadingMonth, RemovedReadings


def reading_months(actor: Actor) -> QuerySet[ReadingMonth]:
    """Return every month, the newest first, with how many of the actor's readings went with it."""
    own = Q() if actor.spans_tenants else Q(removed__provider_id=actor.organization_id)
    counted = Coalesce(Sum("removed__readings", filter=own), 0)
    return ReadingMonth.objects.annotate(readings_removed=counted).order_by("-month")


def readings_removed_at(moment: datetime) -> datetime | None:
    """Return when the raw readings of the month of a moment were removed, if they were."""
    month = moment.astimezone(UTC).date().replace(day=1)
    found = ReadingMonth.objects.filter(pk=month).values_list("removed_at", flat=True)
    return found.first()


def months_removed(provider_id: UUID) -> list[tuple[date, datetime | None, int]]:
    """Return the months of a provider whose raw readings went: which, when, how many."""
    gone = RemovedReadings.objects.filter(provider_id=provider_id).order_by("-month_id")
    return list(gone.values_list("month_id", "month__removed_at", "readings"))
