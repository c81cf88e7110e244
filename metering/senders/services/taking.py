"""Take series: each sample once and in order, its place moved together with what came of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import tenancy
from metering import services as metering_services
from metering.contracts import CountingMeter, Reading
from metering.senders import selectors
from metering.senders.contracts import Reads, SamplesTaken, Via
from metering.senders.counting import CountedStretch, Sample, follow_series, number_of
from metering.senders.models import Series
from metering.senders.naming import readings_of
from metering.senders.services import places, telling
from metering.senders.services.sorting import Following, SampleSpan, sort
from metering.senders.wire.series import SentBatch

FOLLOWED_AT_ONCE: Final = 200


@transaction.atomic
def take(*, provider_id: UUID, batch: SentBatch, via: Via, now: datetime) -> SamplesTaken:
    """
    Take the series of one request.

    What the provider's mappings name is followed, and becomes readings; what they do not name is
    counted by metric. The places of series move in the transaction of their readings, so that a
    request that is sent again adds nothing.
    """
    taken = SamplesTaken(samples=batch.count)
    taken.refused.update(batch.refused)
    book = selectors.book(provider_id)
    found = sort(batch, book, span=SampleSpan.at(now), taken=taken)
    rows = places.held_places(provider_id, found.followed, now=now, taken=taken)
    for key, row in rows.items():
        _learn(row, found.followed[key], now)
    ready = _ready(rows, found.followed, now, taken)
    readings = list(_followed(rows.values(), ready, book.directory.meters, taken))
    for key, row in rows.items():
        readings += _grown(row, found.followed[key], taken)
    _ingest(provider_id, readings, now, taken)
    places.keep(rows.values())
    telling.tell(provider_id, via, found.unread.values(), taken, now=now)
    return taken


def _learn(row: Series, following: Following, now: datetime) -> None:
    """Let a row say how its series is read from now on."""
    told = following.followed
    row.factor, row.subject = str(told.factor), told.subject
    row.gap_seconds, row.wait_seconds = told.gap_seconds, told.wait_seconds
    row.samples += following.count
    row.seen_at = now


def _ready(
    rows: Mapping[str, Series], wanted: Mapping[str, Following], now: datetime, taken: SamplesTaken
) -> dict[int, list[Sample]]:
    """Return the samples that are followed now; the others wait for earlier ones."""
    ready: dict[int, list[Sample]] = {}
    waiting: list[tuple[Series, Sample]] = []
    for key, row in rows.items():
        samples = _in_order(wanted[key].samples)
        if row.wait_seconds or row.due_at is not None:
            waiting += [(row, each) for each in _ahead(row, samples, taken)]
        elif samples:
            ready[row.pk] = samples
    asked, new = Counter(row.pk for row, _ in waiting), places.wait(waiting, now=now)
    for row in rows.values():
        row.behind += asked[row.pk] - new[row.pk]
    taken.waiting += new.total()
    taken.odd["behind"] += len(waiting) - new.total()
    touched = [row for row in rows.values() if row.wait_seconds or row.due_at is not None]
    return ready | places.release(touched, now=now)


def _in_order(samples: Iterable[Sample]) -> list[Sample]:
    return sorted(samples, key=lambda each: (each.moment, each.value))


def _ahead(row: Series, samples: list[Sample], taken: SamplesTaken) -> list[Sample]:
    """Return the samples that lie ahead of a series' place, and count the others."""
    passed = places.place_of(row).passed_at
    ahead = [each for each in samples if passed is None or each.moment > passed]
    row.behind += len(samples) - len(ahead)
    taken.odd["behind"] += len(samples) - len(ahead)
    return ahead


Named = tuple[Series, Reading]


def _followed(
    rows: Iterable[Series],
    ready: Mapping[int, list[Sample]],
    meters: Mapping[UUID, CountingMeter],
    taken: SamplesTaken,
) -> Iterable[Named]:
    for row in rows:
        samples, meter = ready.get(row.pk), meters.get(row.meter_id)
        if not samples or meter is None:
            continue
        place = places.place_of(row)
        steps = follow_series(
            place,
            samples,
            reads=Reads(row.reads),
            factor=Decimal(row.factor),
            gap_seconds=row.gap_seconds,
        )
        for stretch in steps:
            yield from _named(row, meter, stretch)
        taken.odd.update(place.odd)
        places.move(row, place)


def _named(row: Series, meter: CountingMeter, stretch: CountedStretch) -> Iterable[Named]:
    found = readings_of(stretch, key=row.key, meter=meter, subject=row.subject)
    return [(row, reading) for reading in found]


def _grown(row: Series, following: Following, taken: SamplesTaken) -> Iterable[Named]:
    """Yield what a series says that it grew by: there is no difference to take."""
    for growth in following.growths:
        quantity = number_of(growth.value, following.followed.factor)
        if quantity is None or growth.ends_at <= growth.starts_at:
            row.not_numbers += 1
            taken.odd["not_numbers"] += 1
            continue
        stretch = CountedStretch(growth.starts_at, growth.ends_at, quantity)
        yield from _named(row, following.followed.meter, stretch)


def _ingest(provider_id: UUID, named: list[Named], now: datetime, taken: SamplesTaken) -> None:
    """Hand readings over, and keep with each series what became of its own."""
    most = settings.METERING_BATCH_EVENTS_MAX
    for start in range(0, len(named), most):
        part = named[start : start + most]
        result = metering_services.ingest(
            provider_id=provider_id,
            readings=[reading for _row, reading in part],
            received_at=now,
        )
        taken.readings += result.accepted
        taken.known += result.duplicates
        for row, _reading in part:
            row.readings += 1
        for refused in result.refused:
            row = part[refused.index][0]
            row.readings -= 1
            row.refused += 1
            row.refused_code = str(refused.code)
            taken.refused[str(refused.code)] += 1


def follow_due(*, now: datetime, limit: int = FOLLOWED_AT_ONCE) -> int:
    """
    Follow the samples that have waited long enough, of one provider; return of how many series.

    The caller acts for the platform. What another transaction holds is left to it.
    """
    with transaction.atomic():
        first = selectors.due_series(now).values_list("provider_id", flat=True).first()
        if first is None:
            return 0
        due = selectors.due_series(now).filter(provider_id=first)
        rows = list(due.select_for_update(no_key=True, skip_locked=True)[:limit])
        with tenancy.acting_as(first):
            _follow_waiting(first, rows, now)
        return len(rows)


def _follow_waiting(provider_id: UUID, rows: list[Series], now: datetime) -> None:
    taken = SamplesTaken()
    meters = selectors.directory(provider_id).meters
    ready = places.release(rows, now=now)
    readings = list(_followed(rows, ready, meters, taken))
    _ingest(provider_id, readings, now, taken)
    places.keep(rows)
    telling.tell_refused(provider_id, taken, now=now)
