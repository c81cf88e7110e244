"""Prometheus remote write, 1.0 and 2.0: bytes become series. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from google.protobuf.message import DecodeError

from metering.senders.contracts import RequestTooLarge, SampleRefusal, SeriesKind, UnreadableSamples
from metering.senders.counting import Sample
from metering.senders.wire.messages import declare_messages
from metering.senders.wire.series import SentBatch, SentSeries, float_text, named_labels

MILLISECOND: Final = 1_000  # in microseconds
MOMENT_MAX: Final = 253_402_300_799_000  # the last millisecond of the year 9999
FIRST: Final = declare_messages(
    "remote_write_1",
    {
        "WriteRequest": {"timeseries": (1, "TimeSeries[]")},
        "TimeSeries": {
            "labels": (1, "Label[]"),
            "samples": (2, "Sample[]"),
            "exemplars": (3, "bytes[]"),
            "histograms": (4, "bytes[]"),
        },
        "Label": {"name": (1, "string"), "value": (2, "string")},
        "Sample": {"value": (1, "double"), "timestamp": (2, "int64")},
    },
)
SECOND: Final = declare_messages(
    "remote_write_2",
    {
        "Request": {"symbols": (4, "string[]"), "timeseries": (5, "TimeSeries[]")},
        "TimeSeries": {
            "labels_refs": (1, "uint32[]"),
            "samples": (2, "Sample[]"),
            "histograms": (3, "bytes[]"),
            "exemplars": (4, "bytes[]"),
            "metadata": (5, "Metadata"),
            "created_timestamp": (6, "int64"),
        },
        "Sample": {"value": (1, "double"), "timestamp": (2, "int64")},
        "Metadata": {"type": (1, "int32")},
    },
)
# What 2.0 calls the types of metrics. Histograms and summaries come as plain series, too.
_KINDS: Final = {1: SeriesKind.CUMULATIVE, 2: SeriesKind.LEVEL}


def read_first(body: bytes, *, samples_max: int) -> SentBatch:
    """
    Read a WriteRequest of remote write 1.0.

    :raises UnreadableSamples: if it is none
    :raises RequestTooLarge: if it holds more samples than are taken at once
    """
    request = _parsed(FIRST["WriteRequest"], body)
    return _batch(
        (
            (
                told,
                named_labels((label.name, label.value) for label in told.labels),
                SeriesKind.UNTYPED,
                0,
            )
            for told in request.timeseries
        ),
        samples_max,
    )


def read_second(body: bytes, *, samples_max: int) -> SentBatch:
    """
    Read a Request of remote write 2.0, whose labels are numbers of a table of symbols.

    :raises UnreadableSamples: if it is none, or its table does not begin with the empty text
    :raises RequestTooLarge: if it holds more samples than are taken at once
    """
    request = _parsed(SECOND["Request"], body)
    symbols = list(request.symbols)
    if symbols[:1] != [""]:
        raise UnreadableSamples(reason="the table of symbols begins with the empty text")
    return _batch(
        (
            (
                told,
                _looked_up(symbols, told.labels_refs),
                _KINDS.get(told.metadata.type, SeriesKind.UNTYPED),
                told.created_timestamp,
            )
            for told in request.timeseries
        ),
        samples_max,
    )


def _parsed(message: Any, body: bytes) -> Any:
    try:
        return message.FromString(body)
    except (DecodeError, RecursionError) as error:
        raise UnreadableSamples(reason="the body is no such message") from error


def _looked_up(
    symbols: Sequence[str], references: Sequence[int]
) -> tuple[str, dict[str, str]] | None:
    if len(references) % 2 or any(each >= len(symbols) for each in references):
        return None
    texts: Iterator[str] = (symbols[each] for each in references)
    return named_labels(zip(texts, texts, strict=True))


_Told = tuple[Any, "tuple[str, dict[str, str]] | None", SeriesKind, int]


def _batch(told_series: Iterable[_Told], samples_max: int) -> SentBatch:
    batch = SentBatch()
    for told, name, kind, began_at in told_series:
        batch.count += len(told.samples) + len(told.histograms)
        if batch.count > samples_max:
            raise RequestTooLarge.with_limits()
        batch.exemplars += len(told.exemplars)
        batch.refuse(SampleRefusal.UNREAD, len(told.histograms))
        if name is None:
            batch.refuse(SampleRefusal.LABELS, len(told.samples))
        elif told.samples:
            samples = list(_samples(told.samples, began_at))
            batch.refuse(SampleRefusal.FUTURE, len(told.samples) - len(samples))
            batch.series.append(SentSeries(*name, kind, samples))
    return batch


def _samples(told: Any, began_at: int) -> Iterator[Sample]:
    began = began_at * MILLISECOND if 0 < began_at < MOMENT_MAX else 0
    for each in told:
        if each.timestamp < MOMENT_MAX:
            moment = max(each.timestamp, 0) * MILLISECOND
            yield Sample(moment, float_text(each.value), began)
