"""A search by what is free fills its pages and counts what it shows, whoever told of it."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from common import clock, tenancy
from gateway import services
from gateway.models import DueSigning
from gateway.sensing.contracts import Health, StateSource
from gateway.sensing.models import SourceState
from gateway.sensing.rules import perceived
from gateway.sensing.selectors import FREE_NOW, sight_of
from tests import factories
from tests.factories import NOW
from tests.flow.strangers import undone
from tests.gateway.test_states_are_answered import told

SEARCH = "/api/gateway/v1/search"
KINDS = ("ALL", "SOME", "NONE", "UNKNOWN")
pytestmark = pytest.mark.django_db


@pytest.fixture
def codes(key_folder) -> dict[str, set[str]]:
    """Register twelve resources, three of each kind in turn, all free by the register's book."""
    with tenancy.acting_as_platform():
        services.publish_keyset(now=clock.now())
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for number in range(12):
        resource = factories.ResourceFactory()
        kind = KINDS[number % 4]
        found[kind].add(resource.identifier)
        if kind == "SOME":
            told(resource, free=1_000)
        if kind == "NONE":
            told(resource, health=Health.DOWN, source=StateSource.PROBE)
        if kind == "UNKNOWN":
            told(resource, free=2_000, age=100)
    with tenancy.acting_as_platform():
        DueSigning.objects.update(due_at=NOW)
        services.sign_due(now=clock.now())
    return found


def walked(**asked: object) -> list[list[str]]:
    """Return the codes of each page until the search says that there is none behind it."""
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = Client().get(SEARCH, {"limit": 2, **asked, **cursor}).json()
        pages.append([row["code"] for row in answer["rows"]])
        if not answer["next"]:
            return pages
        cursor = {"cursor": answer["next"]}


def test_pages_of_each_availability_are_full_until_the_last(codes):
    for kind in KINDS:
        pages = walked(availability=kind)

        assert [len(page) for page in pages] == [2, 1], kind
        assert {code for page in pages for code in page} == codes[kind]


def test_pages_of_so_much_free_are_full_until_the_last(codes):
    for least, kinds in ((1, ("ALL", "SOME")), (1_001, ("ALL",))):
        pages = walked(available_milli_min=least)

        wanted = set().union(*(codes[kind] for kind in kinds))
        assert {len(page) for page in pages[:-1]} <= {2}
        assert len(pages) == -(-len(wanted) // 2)
        assert {code for page in pages for code in page} == wanted


def test_each_count_is_that_of_the_rows(codes):
    narrowed = [{"availability": kind} for kind in KINDS]
    for asked in ({}, *narrowed, {"available_milli_min": 1}):
        answer = Client().get(SEARCH, {"facets": "true", "limit": 200, **asked}).json()

        rows, facets = answer["rows"], answer["facets"]
        assert facets["availability"] == Counter(kind_of(row) for row in rows), asked
        assert facets["status"] == {"ACTIVE": len(rows)}
        for name in ("region", "resource_class", "form", "level"):
            assert sum(facets[name].values()) == len(rows), name


def kind_of(row: dict) -> str:
    available, total = row["state"]["available"], row["state"]["total"]["milli"]
    if available is None:
        return "UNKNOWN"
    if available["milli"] <= 0:
        return "NONE"
    return "SOME" if available["milli"] < total else "ALL"


def test_the_statement_says_what_the_rules_say(key_folder):
    """Of 300 mixtures of words the database and `rules.perceived` find the same amount free."""
    resource = factories.ResourceFactory()
    now, total = clock.now(), resource.total_milli
    statement = FREE_NOW.format(now="at.now", total="r.total_milli", market="r.available_milli")
    asked = (
        f"SELECT {statement} FROM identity_computeresource r"
        " CROSS JOIN (VALUES (%s::timestamptz)) AS at (now) WHERE r.id = %s"
    )
    draw = random.Random(20_261_127)  # noqa: S311 - mixtures of a test, always the same
    for _each in range(300):
        words = [
            a_word(draw, resource, source, now, total)
            for source in (StateSource.AGENT, StateSource.PROBE, StateSource.DELIVERY)
            if draw.random() < 0.7
        ]
        with undone(), tenancy.acting_as_platform(), connection.cursor() as cursor:
            SourceState.objects.bulk_create(words)
            cursor.execute(asked, [now, resource.pk])
            (free,) = cursor.fetchone()
        state = perceived(
            total_milli=total,
            market_milli=resource.available_milli,
            market_at=resource.observed_at,
            sights=[sight_of(word) for word in words],
            now=now,
        )

        assert free == state.available_milli, words


def a_word(draw, resource, source, now, total) -> SourceState:
    at = now - timedelta(seconds=draw.choice([1, 5, 30, 200]))
    least = draw.choice([None, total // 2, total, 2 * total])
    free = draw.choice([None, 0, total // 4, total])
    if free is not None and least is not None:
        free = min(free, least)
    return SourceState(
        resource=resource,
        provider_id=resource.provider_id,
        source=source,
        total_milli=least,
        free_milli=free,
        health=draw.choice(list(Health)),
        observed_at=at,
        sequence=1,
        digest=b"1" * 32,
        fresh_until=at + timedelta(seconds=90),
        received_at=at,
    )
