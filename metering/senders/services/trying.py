"""What a mapping would make of a sample, before it goes live; nothing is kept."""

from collections.abc import Iterable
from uuid import UUID

from metering.contracts import Reading
from metering.senders import definitions, selectors
from metering.senders.contracts import Reads, TriedSeries
from metering.senders.counting import CountedStretch, SeriesPlace, follow_series, number_of
from metering.senders.definitions import Followed, MappingDefinition
from metering.senders.naming import readings_of
from metering.senders.wire.series import Growth, SentBatch, SentSeries


def try_batch(
    *, provider_id: UUID, definition: MappingDefinition, batch: SentBatch
) -> list[TriedSeries]:
    """
    Return for each series of a sample the meter and the readings that it would give.

    :raises InvalidMapping: if the mapping names what is not the provider's
    """
    directory = selectors.directory(provider_id)
    definitions.check(definition, directory)
    book = definitions.book_of({"": definition}, directory)
    told = [(series, list[Growth]()) for series in batch.series] + batch.growths
    return [tried for series, growths in told for tried in _tried(book, series, growths)]


def _tried(
    book: definitions.MappingBook, series: SentSeries, growths: list[Growth]
) -> Iterable[TriedSeries]:
    found, reason = book.match(series.metric, series.labels, series.kind)
    count = len(series.samples) + len(growths)
    if reason is not None:
        yield TriedSeries(series.metric, series.labels, count, None, "", None, reason)
    for each in found:
        readings = tuple(_readings(each, series, growths))
        yield TriedSeries(
            series.metric,
            series.labels,
            count,
            each.meter,
            each.reads,
            each.subject,
            "",
            readings,
            each.place,
        )


def _readings(followed: Followed, series: SentSeries, growths: list[Growth]) -> Iterable[Reading]:
    steps = follow_series(
        SeriesPlace(),
        sorted(series.samples, key=lambda each: each.moment),
        reads=Reads(followed.reads),
        factor=followed.factor,
        gap_seconds=followed.gap_seconds,
    )
    for stretch in [*steps, *_stretches(followed, growths)]:
        yield from readings_of(
            stretch, key=followed.key, meter=followed.meter, subject=followed.subject
        )


def _stretches(followed: Followed, growths: list[Growth]) -> Iterable[CountedStretch]:
    for growth in growths:
        quantity = number_of(growth.value, followed.factor)
        if quantity is not None and growth.ends_at > growth.starts_at:
            yield CountedStretch(growth.starts_at, growth.ends_at, quantity)
