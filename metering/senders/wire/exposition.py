"""
A sample as people paste it: what an exporter shows, a table, or OTLP in JSON. Pure.

An exporter's page names no times as a rule; of several pages after each other, parted by `# EOF`,
each is taken for one minute after the one before.
"""

import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from common import moments, tabular
from common.errors import Refusal
from metering.rules import microseconds
from metering.senders.contracts import SeriesKind, UnreadableSamples
from metering.senders.counting import SECOND, Sample, number_of
from metering.senders.wire import otlp
from metering.senders.wire.series import SentBatch, SentSeries, are_sound, float_text

SAMPLE_LENGTH_MAX: Final = 200_000  # characters
SERIES_MAX: Final = 500
PAGE_SECONDS: Final = 60
_ONE: Final = Decimal(1)
_END: Final = "# EOF"
_TABLE: Final = tabular.Layout("suanpan-series", ("metric", "time", "value"), None)


def read(text: str, *, now: int) -> SentBatch:
    """
    Read a pasted sample, whatever of the three it is; `now` is in microseconds.

    :raises UnreadableSamples: naming what is wrong
    """
    if len(text) > SAMPLE_LENGTH_MAX:
        raise UnreadableSamples(field="sample", reason=f"at most {SAMPLE_LENGTH_MAX} characters")
    begins = text.lstrip()[:1]
    first_line = text.strip().partition("\n")[0].replace('"', "").replace(" ", "").lower()
    if begins == "{" and '"resourceMetrics"' in text:
        batch = otlp.read(text.encode(), is_json=True, samples_max=SAMPLE_LENGTH_MAX)
    elif {"metric", "time", "value"} <= set(first_line.replace(";", ",").split(",")):
        batch = _table(text)
    else:
        batch = _pages(text, now)
    if not batch.series and not batch.growths:
        raise UnreadableSamples(field="sample", reason="there is no series in it")
    if len(batch.series) + len(batch.growths) > SERIES_MAX:
        raise UnreadableSamples(field="sample", reason=f"at most {SERIES_MAX} series")
    return batch


def _pages(text: str, now: int) -> SentBatch:
    pages = [page for page in text.split(_END) if page.strip()]
    found: dict[tuple[str, tuple[tuple[str, str], ...]], SentSeries] = {}
    for number, page in enumerate(pages):
        moment = now - (len(pages) - 1 - number) * PAGE_SECONDS * SECOND
        for metric, labels, value, at in _shown(page):
            key = (metric, tuple(sorted(labels.items())))
            series = found.setdefault(key, SentSeries(metric, labels, SeriesKind.UNTYPED))
            series.samples.append(Sample(at or moment, value))
    return _gathered(found.values())


def _shown(page: str) -> Iterator[tuple[str, dict[str, str], str, int]]:
    try:
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                at = round(float(sample.timestamp) * SECOND) if sample.timestamp else 0
                labels = {name: value for name, value in sample.labels.items() if value}
                yield sample.name, labels, float_text(sample.value), at
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UnreadableSamples(field="sample", reason=str(error)[:200]) from error


def _table(text: str) -> SentBatch:
    """Read a table: metric, time and value; every other column is a label."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], SentSeries] = {}
    for row in tabular.Table(tabular.Lines(io.BytesIO(text.encode())), _TABLE):
        if isinstance(row, tabular.BadLine):
            raise UnreadableSamples(field="sample", reason=f"line {row.number}: {row.detail}")
        cells = dict(row.cells)
        metric, time, value = (cells.pop(name) for name in _TABLE.required)
        labels = {name: each for name, each in cells.items() if each}
        key = (metric, tuple(sorted(labels.items())))
        series = found.setdefault(key, SentSeries(metric, labels, SeriesKind.UNTYPED))
        series.samples.append(_sample(row.number, time, value))
    return _gathered(found.values())


def _sample(line: int, time: str, value: str) -> Sample:
    try:
        moment = microseconds(moments.parse_moment(time, moments.market_zone()))
    except Refusal as refusal:
        raise UnreadableSamples(field="sample", reason=f"line {line}: {refusal}") from refusal
    if number_of(value, _ONE) is None and value.lower() != "nan":
        raise UnreadableSamples(field="sample", reason=f"line {line}: {value[:40]!r} is no number")
    return Sample(moment, value[:40])


def _gathered(series: Iterable[SentSeries]) -> SentBatch:
    batch = SentBatch()
    for each in series:
        batch.count += len(each.samples)
        if are_sound(each.metric, each.labels):
            batch.series.append(each)
    return batch
