"""CloudEvents 1.0 over HTTP: structured, batched and binary messages become readings. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from metering.contracts import (
    BatchTooLarge,
    InvalidEnvelope,
    Reading,
    RefusedRow,
    RowRefusal,
)

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
BINARY: Final = "application/json"
READING_TYPE: Final = "org.suanpan.reading.v1"
HEADER_PREFIX: Final = "ce-"

# Plain digits, as a JSON number or string: no NaN, no exponent that unfolds into a bomb.
_QUANTITY = re.compile(r'"?(-?[0-9]{1,15}(?:\.[0-9]{1,12})?)"?', re.ASCII)
_PRINTABLE: Final = r"^[^\x00-\x1f\x7f]+$"
_REFUSAL_BY_PLACE: Final = {
    "meter": RowRefusal.UNKNOWN_METER,
    "starts_at": RowRefusal.INVALID_PERIOD,
    "ends_at": RowRefusal.INVALID_PERIOD,
    "quantity": RowRefusal.INVALID_QUANTITY,
}

# Everything that reading hostile bytes may raise.
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Source = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=_PRINTABLE)]
EventId = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=_PRINTABLE)]


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP message, as it came. Header names are in lower case."""

    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a message holds: readings and refusals, each with its place."""

    readings: list[tuple[int, Reading]]
    refused: list[RefusedRow]


class ReadingData(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The `data` of a reading event."""

    meter: UUID
    starts_at: Moment
    ends_at: Moment
    quantity: msgspec.Raw
    unit: Annotated[str, msgspec.Meta(max_length=24)]


class ReadingEvent(msgspec.Struct):
    """The attributes that count; extension attributes are allowed and ignored."""

    specversion: Literal["1.0"]
    type: Literal["org.suanpan.reading.v1"]
    source: Source
    id: EventId
    data: ReadingData
    subject: UUID | None = None
    time: Moment | None = None
    datacontenttype: Literal["application/json"] = "application/json"


_ONE = msgspec.json.Decoder(ReadingEvent)
_MANY = msgspec.json.Decoder(list[ReadingEvent])
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def decode(message: Message, *, events_max: int, bytes_max: int) -> Decoded:
    """
    Read a message in any of the three modes.

    :raises InvalidEnvelope: if it is no CloudEvents message
    :raises BatchTooLarge: if it holds more than the limits allow
    """
    if len(message.body) > bytes_max:
        raise BatchTooLarge.with_limits()
    if message.content_type == BATCH:
        return _decode_batch(message.body, events_max=events_max)
    if message.content_type == STRUCTURED:
        return _decode_rows([_require_object(message.body)])
    if message.content_type == BINARY:
        return _decode_rows([_from_headers(message)])
    raise InvalidEnvelope(reason=f"unknown content type {message.content_type!r}")


def decode_event(body: bytes) -> Reading | RefusedRow:
    """Read one event in its JSON form; a refusal has the place 0."""
    try:
        return _reading(_ONE.decode(body))
    except msgspec.ValidationError as error:
        return RefusedRow(0, _code(str(error)), str(error))
    except _UNREADABLE as error:
        return RefusedRow(0, RowRefusal.INVALID_EVENT, str(error))
    except _NotPlainError:
        return RefusedRow(0, RowRefusal.INVALID_QUANTITY)
    except OverflowError:  # The first and the last hours of the calendar lie beyond it in UTC.
        return RefusedRow(0, RowRefusal.INVALID_PERIOD)


class _NotPlainError(ValueError):
    """A quantity is not written in plain digits."""


def _decode_batch(body: bytes, *, events_max: int) -> Decoded:
    try:
        events = _MANY.decode(body)
        if len(events) <= events_max:
            return Decoded(list(enumerate(map(_reading, events))), [])
    except (*_UNREADABLE, _NotPlainError, OverflowError):
        pass  # Something is wrong somewhere: look at each event by itself.
    try:
        rows = _ROWS.decode(body)
    except _UNREADABLE as error:
        raise InvalidEnvelope(reason=str(error)) from error
    if len(rows) > events_max:
        raise BatchTooLarge.with_limits()
    return _decode_rows([bytes(row) for row in rows])


def _decode_rows(rows: list[bytes]) -> Decoded:
    readings: list[tuple[int, Reading]] = []
    refused: list[RefusedRow] = []
    for index, row in enumerate(rows):
        result = decode_event(row)
        if isinstance(result, RefusedRow):
            refused.append(RefusedRow(index, result.code, result.hint))
        else:
            readings.append((index, result))
    return Decoded(readings, refused)


def _reading(event: ReadingEvent) -> Reading:
    data = event.data
    return Reading(
        source=event.source,
        event_id=event.id,
        meter_id=data.meter,
        starts_at=data.starts_at.astimezone(UTC),
        ends_at=data.ends_at.astimezone(UTC),
        quantity=_quantity(data.quantity),
        unit=data.unit,
        subject=event.subject,
    )


def _quantity(raw: msgspec.Raw) -> Decimal:
    written = _QUANTITY.fullmatch(bytes(raw).decode("ascii", "replace"))
    if written is None:
        raise _NotPlainError
    return Decimal(written[1])


def _code(problem: str) -> RowRefusal:
    """Name the refusal by the member that msgspec stumbled over, as in `$.data.meter`."""
    place = problem.rpartition("$.data.")[2].rstrip("`")
    return _REFUSAL_BY_PLACE.get(place, RowRefusal.INVALID_EVENT)


def _require_object(body: bytes) -> bytes:
    try:
        _OBJECT.decode(body)
    except _UNREADABLE as error:
        raise InvalidEnvelope(reason=str(error)) from error
    return body


def _from_headers(message: Message) -> bytes:
    """Return the structured form of a binary message: its attributes come as `ce-` headers."""
    attributes = {
        name.removeprefix(HEADER_PREFIX): value
        for name, value in message.headers.items()
        if name.startswith(HEADER_PREFIX)
    }
    if "specversion" not in attributes:
        raise InvalidEnvelope(reason="application/json needs the ce- headers of binary mode")
    _require_object(message.body)
    attributes.pop("datacontenttype", None)
    return msgspec.json.encode({**attributes, "data": msgspec.Raw(message.body)})
