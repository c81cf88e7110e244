"""Whatever bytes arrive, the answer is readings, refusals, or that this is no message."""

import json
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering import cloudevents, rules
from metering.cloudevents import BATCH, BINARY, STRUCTURED, Message
from metering.contracts import BatchTooLarge, InvalidEnvelope

METER = "00000000-0000-7000-8000-000000000001"
EVENT = {
    "specversion": "1.0",
    "type": "org.suanpan.reading.v1",
    "source": "s",
    "id": "1",
    "subject": METER,
    "time": "2026-11-20T12:00:00Z",
    "datacontenttype": "application/json",
}
DATA = {
    "meter": METER,
    "starts_at": "2026-11-20T12:00:00Z",
    "ends_at": "2026-11-20T12:00:10Z",
    "quantity": "10.5",
    "unit": "card-second",
}
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
    | st.uuids().map(str)
    | st.sampled_from(["NaN", "1e999", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def events(draw):
    """Return an event with some of its members replaced by anything."""
    changed = draw(st.dictionaries(st.sampled_from(list(EVENT)), values, max_size=2))
    data = DATA | draw(st.dictionaries(st.sampled_from([*DATA, "note"]), values, max_size=2))
    return EVENT | changed | {"data": draw(st.just(data) | values)}


def decode(content_type, body, headers=None):
    message = Message(content_type, body, headers or {})
    try:
        return cloudevents.decode(message, events_max=100, bytes_max=100_000)
    except (InvalidEnvelope, BatchTooLarge):
        return None


@given(st.binary(max_size=200), st.sampled_from([STRUCTURED, BATCH, BINARY, "text/plain"]))
def test_any_bytes_are_answered(body, content_type):
    decode(content_type, body, {"ce-specversion": "1.0"})


@given(st.lists(events(), max_size=4))
def test_every_event_is_a_reading_or_a_refusal_in_its_place(batch):
    decoded = decode(BATCH, json.dumps(batch).encode())

    if decoded is None:  # NaN and infinities are no JSON.
        return
    places = [index for index, _ in decoded.readings] + [row.index for row in decoded.refused]
    assert sorted(places) == list(range(len(batch)))
    for _, reading in decoded.readings:
        assert reading.starts_at.tzinfo is UTC
        assert rules.is_storable(reading.quantity)


@given(events())
def test_one_event_alone_is_read_as_it_is_in_a_batch(event):
    body = json.dumps(event).encode()

    alone, batched = decode(STRUCTURED, body), decode(BATCH, b"[" + body + b"]")

    assert alone == batched


@given(st.dictionaries(st.text(max_size=8).map("ce-{}".format), st.text(max_size=20), max_size=5))
def test_any_headers_are_answered(headers):
    decode(BINARY, json.dumps(DATA).encode(), {"ce-specversion": "1.0"} | headers)


@pytest.mark.parametrize("depth", [10, 1000, 40_000])
def test_deep_nesting_is_answered(depth):
    nested = b"[" * depth + b"]" * depth

    for body in (nested, b'[{"x":' + nested + b"}]"):
        decode(BATCH, body)
        decode(STRUCTURED, body)


@pytest.mark.parametrize(
    "row",
    [
        '{"id": "1", "id": "2"}',
        '{"data": {"quantity": "1", "quantity": "2"}}',
        '{"ext": {"deep": [{"a": 1, "a": 1}]}}',
    ],
)
def test_a_key_twice_inside_an_event_is_refused_by_its_place(row):
    decoded = cloudevents.decode(
        cloudevents.Message(cloudevents.BATCH, f"[{row}]".encode()),
        events_max=10,
        bytes_max=1_000,
    )

    (refused,) = decoded.refused
    assert (refused.index, decoded.readings) == (0, [])
    assert "twice" in refused.hint
