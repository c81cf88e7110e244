"""CloudEvents 1.0 over HTTP: structured, batched and binary messages become readings. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from common import base64url, media_types
from metering.chaining import NUMBER_MAX
from metering.contracts import (
    BatchTooLarge,
    ChainPlace,
    InvalidEnvelope,
    Reading,
    RefusedRow,
    RowRefusal,
)

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
BINARY: Final = "application/json"  # or any other type of JSON
READING_TYPE: Final = "org.suanpan.reading.v1"
HEADER_PREFIX: Final = "ce-"
BOM: Final = b"\xef\xbb\xbf"  # RFC 8259 lets a reader pass over it

# Plain digits, as a JSON number or string: no NaN, no exponent that unfolds into a bomb.
_QUANTITY = re.compile(r'"?(-?[0-9]{1,15}(?:\.[0-9]{1,12})?)"?', re.ASCII)
_PRINTABLE: Final = r"^[^\x00-\x1f\x7f]+$"
_REFUSAL_BY_PLACE: Final = {
    "meter": RowRefusal.UNKNOWN_METER,
    "starts_at": RowRefusal.INVALID_PERIOD,
    "ends_at": RowRefusal.INVALID_PERIOD,
    "quantity": RowRefusal.INVALID_QUANTITY,
    "state": RowRefusal.UNKNOWN_STATE,
}

# RFC 3339; the second 60 is a leap second. Of the time that an event was made nothing depends.
_TIME: Final = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)"
    r"(\.[0-9]{1,12})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)

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
    state: Annotated[str, msgspec.Meta(max_length=12)] = ""


class ReadingEvent(msgspec.Struct):
    """
    The attributes that count; extension attributes are allowed and ignored.

    A member that is null is absent. The data may come as bytes in base64.
    """

    specversion: Literal["1.0"]
    type: Literal["org.suanpan.reading.v1"]
    source: Source
    id: EventId
    data: ReadingData | None = None
    data_base64: str | None = None
    subject: UUID | None = None
    time: Annotated[str, msgspec.Meta(pattern=_TIME)] | None = None
    datacontenttype: str | None = None


class _First(msgspec.Struct):
    """The place in its agent's chain, which the first event of a batch may name."""

    suanpannumber: Annotated[int, msgspec.Meta(ge=1, le=NUMBER_MAX)] | None = None
    suanpanprevious: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")] | None = None


_FIRST = msgspec.json.Decoder(_First)
_ONE = msgspec.json.Decoder(ReadingEvent)
_MANY = msgspec.json.Decoder(list[ReadingEvent])
_DATA = msgspec.json.Decoder(ReadingData)
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
    message = replace(message, body=message.body.removeprefix(BOM))
    media_type = media_types.parse(message.content_type)
    if media_type.is_json and not media_type.is_utf8:
        raise InvalidEnvelope(reason="JSON is written in UTF-8, whatever charset is named")
    if media_type.essence == BATCH:
        return _decode_batch(message.body, events_max=events_max)
    if media_type.essence == STRUCTURED:
        return _decode_rows([_require_object(message.body)])
    if media_type.is_json:
        return _decode_rows([_from_headers(message)])
    raise InvalidEnvelope(reason=f"unknown content type {message.content_type[:80]!r}")


def chain_place(message: Message) -> ChainPlace | None:
    """
    Return which place in its agent's chain a batch names; None if it names none.

    The two extension attributes of its first event are signed as all the bytes are.

    :raises InvalidEnvelope: if it names half of it, or no such place
    """
    if media_types.parse(message.content_type).essence != BATCH:
        return None
    try:
        rows = _ROWS.decode(message.body.removeprefix(BOM))
        first = _FIRST.decode(rows[0]) if rows else _First()
    except _UNREADABLE as error:
        raise InvalidEnvelope(reason=str(error)) from error
    number, previous = first.suanpannumber, first.suanpanprevious
    if number is None or previous is None:
        if number is None and previous is None:
            return None
        raise InvalidEnvelope(reason="suanpannumber and suanpanprevious come together")
    return ChainPlace(number, previous)


def is_binary(content_type: str) -> bool:
    """Return whether the attributes of a message travel in its headers."""
    return media_types.parse(content_type).essence not in (STRUCTURED, BATCH)


def decode_event(body: bytes) -> Reading | RefusedRow:
    """Read one event in its JSON form; a refusal has the place 0."""
    try:
        _check_keys(body)
        return _reading(_ONE.decode(body))
    except msgspec.ValidationError as error:
        return RefusedRow(0, _code(str(error)), str(error))
    except _UNREADABLE as error:
        return RefusedRow(0, RowRefusal.INVALID_EVENT, str(error))
    except _NotPlainError:
        return RefusedRow(0, RowRefusal.INVALID_QUANTITY)
    except _NotAReadingError as error:
        return RefusedRow(0, RowRefusal.INVALID_EVENT, str(error))
    except OverflowError:  # The first and the last hours of the calendar lie beyond it in UTC.
        return RefusedRow(0, RowRefusal.INVALID_PERIOD)


class _NotAReadingError(ValueError):
    """The data are missing, given twice, or no JSON."""


class _NotPlainError(ValueError):
    """A quantity is not written in plain digits."""


def _decode_batch(body: bytes, *, events_max: int) -> Decoded:
    try:
        _check_keys(body)
        events = _MANY.decode(body)
        if len(events) <= events_max:
            return Decoded(list(enumerate(map(_reading, events))), [])
    except (*_UNREADABLE, _NotPlainError, _NotAReadingError, OverflowError):
        pass  # Something is wrong somewhere: look at each event by itself.
    try:
        rows = _ROWS.decode(body)
    except _UNREADABLE as error:
        raise InvalidEnvelope(reason=str(error)) from error
    if len(rows) > events_max:
        raise BatchTooLarge.with_limits()
    return _decode_rows([bytes(row) for row in rows])


def _check_keys(body: bytes) -> None:
    """
    Let no object say two things: of a key that comes twice, readers take one or the other.

    :raises _NotAReadingError: if an object names a key twice
    """
    try:
        json.loads(body, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except _NotAReadingError:
        raise
    except (ValueError, RecursionError):
        return  # No JSON at all: that is told better by who reads the rest.


def _once(pairs: list[tuple[str, object]]) -> None:
    if len(pairs) != len({key for key, _value in pairs}):
        message = "an object names a key twice"
        raise _NotAReadingError(message)


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
    data = _data(event)
    return Reading(
        source=event.source,
        event_id=event.id,
        meter_id=data.meter,
        starts_at=data.starts_at.astimezone(UTC),
        ends_at=data.ends_at.astimezone(UTC),
        quantity=_quantity(data.quantity),
        unit=data.unit,
        subject=event.subject,
        state=data.state,
    )


def _data(event: ReadingEvent) -> ReadingData:
    """
    Return the data of an event, however they came.

    :raises _NotAReadingError: if they are missing, given twice, or no JSON
    """
    declared = event.datacontenttype
    if declared is not None:
        media_type = media_types.parse(declared)
        if not media_type.is_json or not media_type.is_utf8:
            message = f"datacontenttype {declared[:80]!r} is no JSON"
            raise _NotAReadingError(message)
    if (event.data is None) == (event.data_base64 is None):
        message = "data must be there, once - `$.data`"
        raise _NotAReadingError(message)
    if event.data is not None:
        return event.data
    try:
        data = base64url.decoded(event.data_base64 or "")
        _check_keys(data)
        return _DATA.decode(data)
    except (msgspec.ValidationError, _NotAReadingError):
        raise
    except ValueError as error:
        raise _NotAReadingError(f"{error} - `$.data_base64`") from error


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
    for name in ("datacontenttype", "data", "data_base64"):
        attributes.pop(name, None)
    return msgspec.json.encode({**attributes, "data": msgspec.Raw(message.body)})
