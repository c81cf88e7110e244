"""What is told once in a while, and what nobody needs any more."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from common.ids import uuid7
from identity.events import services as events
from metering.senders.event_names import SenderEvent
from metering.senders.models import Series, UnmappedMetric

FORGOTTEN_AT_ONCE: Final = 5_000
NAMED: Final = 5  # metrics that the event names


@transaction.atomic
def tell_unmapped(*, now: datetime) -> int:
    """
    Record for each provider of whom many metrics are unread that they are; each metric once.

    The caller acts for the platform. Return how many providers are told.
    """
    untold = UnmappedMetric.objects.filter(told_at__isnull=True).exclude(metric="")
    many = untold.values("provider_id").annotate(count=Count("id"))
    found = many.filter(count__gte=settings.METERING_SENDERS_TELL_UNMAPPED)
    providers = {row["provider_id"]: row["count"] for row in found}
    told = []
    for provider_id, count in providers.items():
        own = untold.filter(provider_id=provider_id).order_by("-samples", "id")
        names = list(own.values_list("metric", flat=True)[:NAMED])
        told.append(
            events.Event(
                name=SenderEvent.SERIES_UNMAPPED,
                object_kind="unmapped_series",
                object_id=uuid7(),
                object_label=", ".join(names),
                concerns=[provider_id],
                facts={"metrics": count, "named": names},
            )
        )
    untold.filter(provider_id__in=providers).update(told_at=now)
    events.record(told)
    return len(told)


@transaction.atomic
def forget_series(*, now: datetime, limit: int = FORGOTTEN_AT_ONCE) -> int:
    """
    Forget series that nobody sent for longer than readings are taken; return how many.

    What they counted is in their readings. Should one come again, it begins anew.
    """
    before = now - timedelta(days=settings.METERING_READING_AGE_DAYS_MAX)
    old = Series.objects.filter(seen_at__lt=before, due_at__isnull=True).order_by("seen_at")
    held = old.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:limit]
    count, _by_table = Series.objects.filter(pk__in=list(held)).delete()
    unread = UnmappedMetric.objects.filter(seen_at__lt=before)
    return count + unread.delete()[0]
