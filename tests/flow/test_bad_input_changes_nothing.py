"""Hostile and mistaken requests over the API: a clear problem, no row written, no 500."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from identity.contracts import Role
from tests import cast
from tests.flow.facts import market_facts
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return Market()


@pytest.fixture
def provider(market) -> Client:
    return cast.signed_in(cast.member(market.provider, Role.PROVIDER))


@pytest.fixture
def buyer(market) -> Client:
    return cast.signed_in(cast.member(market.buyer, Role.BUYER))


def send(client: Client, path: str, body, content_type: str = "application/json"):
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(
        f"/api/v1/{path}",
        text,
        content_type=content_type,
        headers={"Idempotency-Key": str(uuid4()), "Accept-Language": "en"},
    )


def order(market: Market, **changes) -> dict:
    starts_at = timezone.now().replace(microsecond=0) + timedelta(hours=1)
    return {
        "listing_id": str(market.listing.pk),
        "units_milli": 1000,
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
    } | changes


def reading(market: Market, **changes) -> dict:
    ends_at = timezone.now().replace(minute=0, second=0, microsecond=0)
    return {
        "specversion": "1.0",
        "type": "org.suanpan.reading.v1",
        "source": "urn:meter",
        "id": str(uuid4()),
        "data": {
            "meter": str(market.meter.pk),
            "starts_at": (ends_at - timedelta(minutes=10)).isoformat(),
            "ends_at": ends_at.isoformat(),
            "quantity": "600",
            "unit": "card-second",
        }
        | changes,
    }


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "",
        "[]",
        "null",
        '"text"',
        '{"units_milli": NaN}',
        '{"units_milli": Infinity}',
        '{"units_milli": 1, "units_milli": 2}',
        b"\xff\xfe",
        "[" * 100_000,
    ],
)
def test_what_is_no_json_object(market, buyer, body):
    before = market_facts()

    answer = send(buyer, "orders", body)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"]
    assert market_facts() == before


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"units_milli": -1}, 400, "units_milli"),
        ({"units_milli": 0}, 400, "units_milli"),
        ({"units_milli": "1_000"}, 400, "units_milli"),
        ({"units_milli": "１０００"}, 400, "units_milli"),
        ({"units_milli": 1.5}, 400, "units_milli"),
        ({"units_milli": True}, 400, "units_milli"),
        ({"units_milli": 10**30}, 400, "units_milli"),
        ({"listing_id": "nothing"}, 400, "listing_id"),
        ({"listing_id": str(uuid4())}, 404, None),
        ({"starts_at": "2020-01-01T00:00:00Z"}, 400, "starts_at"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, 400, None),
        ({"ends_at": "yesterday"}, 400, "ends_at"),
        ({"quote_id": str(uuid4())}, 404, "quote_id"),
        ({"colour": "red"}, 400, "colour"),
    ],
)
def test_an_order_that_cannot_be_placed(market, buyer, changes, status, field):
    before = market_facts()

    answer = send(buyer, "orders", order(market, **changes))

    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status), problem
    if field:
        assert field in [error["field"] for error in problem["errors"]], problem
    assert market_facts() == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantity": "-1"}, "negative_quantity"),
        ({"quantity": "NaN"}, "invalid_quantity"),
        ({"quantity": "1e9"}, "invalid_quantity"),
        ({"quantity": "9999999999"}, "above_capacity"),
        ({"meter": str(uuid4())}, "unknown_meter"),
        ({"ends_at": "2026-01-01T00:00:00Z"}, "invalid_period"),
        ({"unit": "token"}, "unit_mismatch"),
    ],
)
def test_a_reading_that_cannot_be_taken(market, provider, changes, code):
    before = market_facts()

    answer = send(
        provider,
        "metering/events",
        [reading(market, **changes)],
        "application/cloudevents-batch+json",
    )

    assert 400 <= answer.status_code < 500
    assert code in answer.content.decode(), answer.content
    assert market_facts() == before


def test_a_reading_for_another_providers_meter_looks_like_one_for_none(market):
    stranger = cast.organization("Stranger")
    client = cast.signed_in(cast.member(stranger, Role.PROVIDER))
    before = market_facts()

    foreign = send(
        client, "metering/events", [reading(market)], "application/cloudevents-batch+json"
    )
    unknown = send(
        client,
        "metering/events",
        [reading(market, meter=str(uuid4()))],
        "application/cloudevents-batch+json",
    )

    assert foreign.status_code == unknown.status_code == 422
    assert "unknown_meter" in foreign.content.decode()
    assert market_facts() == before


def test_an_order_beyond_the_listing_is_refused_at_once(market, buyer):
    before = market_facts()

    answer = send(buyer, "orders", order(market, units_milli=8_001))

    assert answer.status_code == 409
    assert answer.json()["code"] == "capacity_exhausted"
    assert market_facts() == before


def test_an_order_beyond_funds_is_rejected_whole():
    market = Market(cash="100.00")
    cash = market.cash()

    placed = market.order(cards=8, hours=200)

    assert (placed.state, placed.refusal_code) == ("REJECTED", "insufficient_funds")
    assert market.cash() == cash
