"""The SDK of the CloudEvents project is the oracle: what it writes, we read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import unquote
from uuid import UUID

import pytest
from cloudevents.core.bindings import http
from cloudevents.core.v1.event import CloudEvent

from metering import cloudevents
from metering.cloudevents import Message
from metering.contracts import Reading

METER = UUID("00000000-0000-7000-8000-000000000001")
ORDER = UUID("00000000-0000-7000-8000-000000000002")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def event():
    return CloudEvent(
        attributes={
            "specversion": "1.0",
            "type": "org.suanpan.reading.v1",
            "source": "urn:机架:7",
            "id": "1 % 二",
            "subject": str(ORDER),
            "time": NOON,
            "datacontenttype": "application/json",
            "partitionkey": "an extension",
        },
        data={
            "meter": str(METER),
            "starts_at": NOON.isoformat(),
            "ends_at": (NOON + timedelta(minutes=1)).isoformat(),
            "quantity": "480.5",
            "unit": "card-second",
        },
    )


@pytest.mark.parametrize("write", [http.to_structured_event, http.to_binary_event])
def test_what_the_sdk_writes_is_the_reading_that_was_meant(event, write):
    sent = write(event)
    headers = {name.lower(): unquote(value) for name, value in sent.headers.items()}
    content_type = headers["content-type"].partition(";")[0]

    decoded = cloudevents.decode(
        Message(content_type, sent.body, headers), events_max=1, bytes_max=10_000
    )

    assert decoded.refused == []
    assert decoded.readings == [
        (
            0,
            Reading(
                source="urn:机架:7",
                event_id="1 % 二",
                meter_id=METER,
                starts_at=NOON,
                ends_at=NOON + timedelta(minutes=1),
                quantity=Decimal("480.5"),
                unit="card-second",
                subject=ORDER,
            ),
        )
    ]
