"""What CloudEvents 1.0 and its JSON format allow is taken, whichever of the ways is chosen."""

import base64
import json

import pytest

from metering import cloudevents
from metering.cloudevents import BATCH, STRUCTURED, Message
from metering.contracts import InvalidEnvelope, RowRefusal
from tests.metering.test_hostile_messages import DATA, EVENT


def decode(event, content_type=STRUCTURED):
    body = json.dumps(event).encode()
    return cloudevents.decode(Message(content_type, body), events_max=10, bytes_max=100_000)


@pytest.mark.parametrize(
    "change",
    [
        {"datacontenttype": "application/json; charset=utf-8"},
        {"datacontenttype": "Application/JSON;charset=UTF-8"},
        {"datacontenttype": "application/vnd.suanpan.reading+json"},
        {"datacontenttype": "text/json"},
        {"datacontenttype": None},
        {"subject": None},
        {"time": None},
        {"dataschema": None},
        {"dataschema": "https://example.com/reading"},
        {"traceparent": None, "partitionkey": "a", "sampledrate": 3, "isfinal": True},
        {"data_base64": None},
        {"time": "2026-11-20t12:00:00z"},
        {"time": "2026-11-20T12:00:00.123456789+08:00"},
        {"time": "2016-12-31T23:59:60Z"},
        {"time": "2026-11-20T12:00:00-00:00"},
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", [STRUCTURED, BATCH])
def test_an_event_as_the_standard_allows_it_is_taken(change, mode):
    event = EVENT | {"data": DATA} | change

    decoded = decode(event if mode == STRUCTURED else [event], mode)

    assert decoded.refused == []
    assert len(decoded.readings) == 1


@pytest.mark.parametrize("write", [base64.b64encode, base64.urlsafe_b64encode])
def test_data_may_come_as_bytes(write):
    event = EVENT | {"data_base64": write(json.dumps(DATA).encode()).decode()}

    assert decode(event).readings == decode(EVENT | {"data": DATA}).readings


@pytest.mark.parametrize(
    "change",
    [
        {"datacontenttype": "text/plain"},
        {"datacontenttype": "application/xml"},
        {"datacontenttype": "application/json; charset=gb18030"},
        {"datacontenttype": ""},
        {"datacontenttype": 5},
        {"id": None},
        {"source": None},
        {"type": None},
        {"specversion": None},
        {"data": None},
        {"data": None, "data_base64": "no base64"},
        {"data": None, "data_base64": "W10="},
        {"data_base64": "e30="},
        {"time": "2026-11-20 12:00"},
        {"time": "2026-11-20T12:00:00"},
        {"time": "2026-11-20T24:00:00Z"},
        {"time": "２026-11-20T12:00:00Z"},
    ],
    ids=str,
)
def test_what_the_standard_does_not_allow_is_refused_by_name(change):
    decoded = decode(EVENT | {"data": DATA} | change)

    assert decoded.readings == []
    assert [row.code for row in decoded.refused] == [RowRefusal.INVALID_EVENT] or (
        "data" in change and decoded.refused
    )


@pytest.mark.parametrize(
    "content_type",
    [
        "application/cloudevents+json; charset=UTF-8",
        "Application/CloudEvents+JSON",
        'application/cloudevents+json;charset="utf-8"',
    ],
)
def test_a_message_is_known_by_its_media_type(content_type):
    assert len(decode(EVENT | {"data": DATA}, content_type).readings) == 1


def test_a_byte_order_mark_before_json_does_no_harm():
    body = b"\xef\xbb\xbf" + json.dumps([EVENT | {"data": DATA}]).encode()

    decoded = cloudevents.decode(Message(BATCH, body), events_max=10, bytes_max=10_000)

    assert len(decoded.readings) == 1


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/vnd.acme+json", "APPLICATION/JSON; q=1"]
)
def test_a_binary_message_holds_any_type_of_json(content_type):
    headers = {f"ce-{name}": value for name, value in EVENT.items()}
    message = Message(content_type, json.dumps(DATA).encode(), headers)

    decoded = cloudevents.decode(message, events_max=1, bytes_max=10_000)

    assert len(decoded.readings) == 1
    assert cloudevents.is_binary(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/cloudevents+json; charset=utf-16",
        "application/cloudevents-batch+json;charset=gbk",
        "application/cloudevents+xml",
        "",
    ],
)
def test_another_charset_or_type_is_no_message(content_type):
    with pytest.raises(InvalidEnvelope):
        decode(EVENT | {"data": DATA}, content_type)
