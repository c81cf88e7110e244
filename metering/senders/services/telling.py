"""What came by which door, and what nobody reads: counted last, so that it is held shortest."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection

from metering.senders.contracts import UNMAPPED_METRICS_MAX, SamplesTaken, SeriesKind, Unmapped, Via
from metering.senders.models import Sender, UnmappedMetric
from metering.senders.services.sorting import Unread

_COUNT: Final = """
    INSERT INTO metering_senders_unmappedmetric AS known
        (provider_id, metric, reason, kind, labels, last_value, samples, first_seen_at, seen_at)
    SELECT %(provider)s, metric, reason, kind, labels, last_value, samples, %(now)s, %(now)s
    FROM json_to_recordset(%(unread)s::json) AS unread(
        metric text, reason text, kind text, labels jsonb, last_value text, samples bigint
    ) ORDER BY metric, reason
    ON CONFLICT (provider_id, metric, reason) DO UPDATE SET
        samples = known.samples + EXCLUDED.samples, seen_at = EXCLUDED.seen_at,
        kind = EXCLUDED.kind, labels = EXCLUDED.labels, last_value = EXCLUDED.last_value
"""


def tell(
    provider_id: UUID, via: Via, unread: Collection[Unread], taken: SamplesTaken, *, now: datetime
) -> None:
    """Count a request, and the metrics of it that nobody reads."""
    if unread:
        _count_unread(provider_id, _bounded(provider_id, unread), now)
    sender = _held(provider_id, via, now)
    sender.requests += 1
    sender.samples += taken.samples
    sender.unmapped += taken.unmapped
    sender.readings += taken.readings
    sender.refused = dict(Counter(sender.refused) + taken.refused)
    sender.seen_at = now
    sender.save()


def tell_refused(provider_id: UUID, taken: SamplesTaken, *, now: datetime) -> None:
    """Count what came of samples that had waited, with the door that was used last."""
    latest = Sender.objects.filter(provider_id=provider_id).order_by("-seen_at").first()
    if latest is None or not (taken.refused or taken.readings):
        return
    sender = _held(provider_id, Via(latest.via), now)
    sender.readings += taken.readings
    sender.refused = dict(Counter(sender.refused) + taken.refused)
    sender.save()


def _held(provider_id: UUID, via: Via, now: datetime) -> Sender:
    fresh = Sender(provider_id=provider_id, via=via, first_seen_at=now, seen_at=now)
    Sender.objects.bulk_create([fresh], ignore_conflicts=True)
    found = Sender.objects.filter(provider_id=provider_id, via=via)
    return found.select_for_update(no_key=True).get()


def _bounded(provider_id: UUID, unread: Collection[Unread]) -> list[dict[str, Any]]:
    """Return what is counted by name; beyond the bound, all others are one row."""
    known = set(
        UnmappedMetric.objects.filter(provider_id=provider_id).values_list("metric", "reason")
    )
    room = UNMAPPED_METRICS_MAX - len(known)
    told: list[dict[str, Any]] = []
    others = 0
    for each in unread:
        is_known = (each.series.metric, str(each.reason)) in known
        if not is_known and room <= 0:
            others += each.samples
            continue
        room -= not is_known
        told.append(_row(each))
    if others:
        told.append(
            {
                "metric": "",
                "reason": Unmapped.NO_RULE,
                "kind": SeriesKind.UNTYPED,
                "labels": {},
                "last_value": "",
                "samples": others,
            }
        )
    return told


def _row(unread: Unread) -> dict[str, Any]:
    return {
        "metric": unread.series.metric,
        "reason": str(unread.reason),
        "kind": str(unread.series.kind),
        "labels": dict(unread.series.labels),
        "last_value": unread.last_value[:40],
        "samples": unread.samples,
    }


def _count_unread(provider_id: UUID, rows: list[dict[str, Any]], now: datetime) -> None:
    given: dict[str, Any] = {
        "provider": provider_id,
        "now": now,
        "unread": msgspec.json.encode(rows).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, given)
