"""OTLP metrics, in protocol buffers and in JSON: bytes become series. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1 import metrics_pb2

from metering.senders.contracts import RequestTooLarge, SampleRefusal, SeriesKind, UnreadableSamples
from metering.senders.counting import STALE, Sample
from metering.senders.wire.series import Growth, SentBatch, SentSeries, are_sound, float_text

MICROSECOND: Final = 1_000  # in nanoseconds
MOMENT_MAX: Final = 253_402_300_799_000_000  # the end of the year 9999
# What a library says of itself changes with its version, and tells no series apart.
NOISE: Final = "telemetry."
_ABSENT: Final = metrics_pb2.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK
_DELTA: Final = metrics_pb2.AGGREGATION_TEMPORALITY_DELTA
_CUMULATIVE: Final = metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE
_DEPTH_MAX: Final = 50


def read(body: bytes, *, is_json: bool, samples_max: int) -> SentBatch:
    """
    Read a request to export metrics.

    :raises UnreadableSamples: if it is none
    :raises RequestTooLarge: if it holds more points than are taken at once
    """
    batch = SentBatch()
    for resource_metrics in _parsed(body, is_json=is_json).resource_metrics:
        common = dict(_attributes(resource_metrics.resource.attributes))
        for scope_metrics in resource_metrics.scope_metrics:
            for metric in scope_metrics.metrics:
                _read_metric(batch, metric, common)
                if batch.count > samples_max:
                    raise RequestTooLarge.with_limits()
    return batch


def _parsed(body: bytes, *, is_json: bool) -> Any:
    try:
        if not is_json:
            return ExportMetricsServiceRequest.FromString(body)
        return json_format.Parse(
            body,
            ExportMetricsServiceRequest(),
            ignore_unknown_fields=True,
            max_recursion_depth=_DEPTH_MAX,
        )
    except (DecodeError, json_format.ParseError, ValueError, RecursionError) as error:
        raise UnreadableSamples(reason=f"the body is no OTLP: {str(error)[:200]}") from error


def _read_metric(batch: SentBatch, metric: Any, common: Mapping[str, str]) -> None:
    shape = metric.WhichOneof("data")
    if shape not in ("gauge", "sum"):
        points = len(getattr(metric, shape).data_points) if shape else 0
        batch.count += points
        batch.refuse(SampleRefusal.UNREAD, points)
        return
    points = getattr(metric, shape).data_points
    batch.count += len(points)
    kind = _kind(metric, shape)
    for labels, own in _by_series(points, common):
        if not are_sound(metric.name, labels):
            batch.refuse(SampleRefusal.LABELS, len(own))
        elif kind is SeriesKind.DELTA:
            growths = [_growth(point) for point in own]
            batch.growths.append((SentSeries(metric.name, labels, kind), growths))
        else:
            samples = [_sample(point) for point in own]
            batch.series.append(SentSeries(metric.name, labels, kind, samples))


def _kind(metric: Any, shape: str) -> SeriesKind:
    """Return what the points are; a sum that may fall is a level."""
    if shape == "gauge":
        return SeriesKind.LEVEL
    if metric.sum.aggregation_temporality == _DELTA:
        return SeriesKind.DELTA
    if metric.sum.aggregation_temporality != _CUMULATIVE:
        return SeriesKind.OTHER
    return SeriesKind.CUMULATIVE if metric.sum.is_monotonic else SeriesKind.LEVEL


def _by_series(
    points: Iterable[Any], common: Mapping[str, str]
) -> Iterable[tuple[dict[str, str], list[Any]]]:
    """Return the points of each series; what a point says of itself goes before its resource."""
    found: dict[tuple[tuple[str, str], ...], list[Any]] = {}
    for point in points:
        labels = {**common, **dict(_attributes(point.attributes))}
        found.setdefault(tuple(sorted(labels.items())), []).append(point)
    return [(dict(key), own) for key, own in found.items()]


def _attributes(attributes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for each in attributes:
        text = _text(each.value)
        if text and not each.key.startswith(NOISE):
            yield each.key, text


def _text(value: Any) -> str:
    shape = value.WhichOneof("value")
    if shape == "string_value":
        return str(value.string_value)
    if shape == "bool_value":
        return "true" if value.bool_value else "false"
    if shape in ("int_value", "double_value"):
        return repr(getattr(value, shape))
    if shape is None:
        return ""
    return json.dumps(json_format.MessageToDict(value), sort_keys=True)


def _value(point: Any) -> str:
    if point.flags & _ABSENT:
        return STALE
    if point.WhichOneof("value") == "as_int":
        return str(point.as_int)
    return float_text(point.as_double)


def _moment(nanoseconds: int) -> int:
    return int(min(nanoseconds // MICROSECOND, MOMENT_MAX))


def _sample(point: Any) -> Sample:
    began_at = _moment(point.start_time_unix_nano)
    return Sample(_moment(point.time_unix_nano), _value(point), began_at)


def _growth(point: Any) -> Growth:
    return Growth(_moment(point.start_time_unix_nano), _moment(point.time_unix_nano), _value(point))
