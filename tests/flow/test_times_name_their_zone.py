"""No door of the API reads a time without a zone; each is found in the schema."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

import django_filters
import pytest
from django.test import Client

from identity.contracts import Role
from identity.http.fields import StrictSerializer
from tests.flow.facts import market_facts
from tests.flow.strangers import World
from tests.identity import access

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Refuses events one by one, by their place; tests of metering look at its times.
READINGS = "/api/v1/metering/events"
# Is signed byte for byte, and read only then; tests of sensing look at its moment.
HEARTBEATS = "/api/gateway/v1/heartbeats"
NAIVE = "2026-11-20T14:05:00"
HOSTILE = [
    "2026-11-20T14:05:00 08:00",
    "2026-11-20T24:00:00Z",
    "2016-12-31T23:59:60Z",
    "2026-W47-5",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "2026-11-20T14:05:00+15:00",
    "２０２６-11-20T14:05:00Z",
    "9999-12-31",
]


@pytest.fixture
def stage() -> World:
    return World()


@pytest.fixture
def schema() -> dict[str, Any]:
    return Client().get("/api/schema/?format=json").json()


def moments_of(schema: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield the method and path of each operation that takes a moment; where, and its name."""
    for path, operations in schema["paths"].items():
        if path in (READINGS, HEARTBEATS):
            continue
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                if parameter["schema"].get("format") == "date-time":
                    yield method, path, "query", parameter["name"]
            content = operation.get("requestBody", {}).get("content", {})
            name = content.get("application/json", {}).get("schema", {}).get("$ref", "")
            body = schema["components"]["schemas"].get(name.rpartition("/")[2], {})
            for member, shape in body.get("properties", {}).items():
                if shape.get("format") == "date-time":
                    yield method, path, "body", member


def browser_for(stage: World, method: str, path: str) -> Client:
    """Return somebody who may call an operation."""
    known = {str(line): line for line in access.table()}
    for line in known.values():
        route = access.PARAMETER.sub(r"{\1}", line.route)
        if line.method == method.upper() and route == path:
            browser = Client()
            role = next(role for role in Role if role in line.roles)
            browser.cookies.load(stage.session(role.value))
            return browser
    raise AssertionError(path)


def codes(answer) -> dict[str, str]:
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def test_every_moment_of_the_api_names_its_zone(stage, schema):
    before, doors, silent = market_facts(), 0, []
    for method, template, place, name in moments_of(schema):
        path = re.sub(r"{(\w+)}", lambda m: (stage.real(m[1]) or [str(uuid4())])[0], template)
        browser = browser_for(stage, method, template)
        for text in [NAIVE, *HOSTILE]:
            options: dict[str, Any] = {"headers": {"Idempotency-Key": uuid4().hex}}
            send = getattr(browser, method)
            if place == "query":
                body = {} if method == "get" else {"content_type": "application/octet-stream"}
                answer = send(f"{path}?{urlencode({name: text})}", **body, **options)
            else:
                answer = send(path, {name: text}, content_type="application/json", **options)
            if (answer.status_code, codes(answer).get(name)) != (400, "invalid_moment"):
                silent.append((method, template, name, text, answer.status_code))
        doors += 1

    assert silent == []
    assert doors >= 25
    assert market_facts() == before


def test_the_schema_says_what_a_bare_date_is(schema):
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["schema"].get("format") in ("date-time", "date"):
                    assert "market's time zone" in parameter.get("description", ""), path


def test_a_bare_date_is_a_day_of_the_market(stage):
    """The trade of the stage is of now; the day that holds it is one of UTC+8."""
    browser = Client()
    browser.cookies.load(stage.session("AUDITOR"))
    (order,) = browser.get("/api/v1/orders?page_size=1").json()["results"]
    moment = datetime.fromisoformat(order["placed_at"])

    for zone_day, shown in [(moment, 1), (moment + ONE_DAY, 0)]:
        day = f"{zone_day.astimezone(SHANGHAI):%Y-%m-%d}"
        found = browser.get(f"/api/v1/orders?placed_from={day}&page_size=1").json()["results"]
        assert len(found) == shown


def subclasses(base: type) -> Iterator[type]:
    for each in base.__subclasses__():
        yield each
        yield from subclasses(each)


def test_no_door_reads_with_fields_that_take_anything():
    """Django's and DRF's own take naive times, week dates, and digits of any script."""
    access.routes()
    loose = {"DateTimeField", "DateField", "UUIDField", "IntegerField", "DecimalField", "CharField"}
    found = [
        f"{form.__name__}.{name}"
        for form in subclasses(StrictSerializer)
        for name, field in form().fields.items()
        for each in (field, getattr(field, "child", None))
        if type(each).__module__.startswith("rest_framework") and type(each).__name__ in loose
    ]
    loose = {"UUIDFilter", "NumberFilter", "DateFilter", "DateTimeFilter", "IsoDateTimeFilter"}
    found += [
        f"{form.__name__}.{name}"
        for form in subclasses(django_filters.FilterSet)
        for name, each in form.base_filters.items()
        if type(each).__module__.startswith("django_filters") and type(each).__name__ in loose
    ]

    assert found == []
