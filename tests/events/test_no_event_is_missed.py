"""Eight writers commit out of order while somebody reads: the cursor misses nothing."""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from uuid import UUID

import pytest
from django.db import connection, connections, transaction

from common import tenancy
from common.ids import uuid7
from identity.event_names import IdentityEvent
from identity.events import selectors
from identity.events import services as events
from identity.events.contracts import NIL, Cursor
from identity.events.models import RecordedEvent
from tests import databases, environment, frontier

pytestmark = pytest.mark.services
WRITERS, EACH, OBJECTS = 8, 60, 3
ACME = uuid7()
counts = [0] * OBJECTS  # Of each object; changed behind its lock alone.


def write(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(EACH):
        happens_to(chance.randrange(OBJECTS), chance)
    connection.close()


def happens_to(number: int, chance: random.Random) -> None:
    """Begin a transaction, wait for the object, record what is its next event, and commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")  # Numbered before its turn comes.
        cursor.execute("SELECT pg_advisory_xact_lock(424242, %s)", [number])
        counts[number] += 1
        events.record(
            [
                events.Event(
                    name=IdentityEvent.MEMBER_INVITED,
                    object_kind="thing",
                    object_id=number,
                    concerns=[ACME],
                    facts={"count": counts[number]},
                )
            ]
        )
        time.sleep(chance.random() / 200)


Seen = list[tuple[UUID, str, int]]


def noted(rows: Iterable[RecordedEvent]) -> Seen:
    return [(row.id, row.object_id, row.facts["count"]) for row in rows]


def following(read: Callable[[], list[RecordedEvent]], is_over: threading.Event) -> Seen:
    """Read on until everybody has written and a last look has found nothing."""
    seen: Seen = []
    while True:
        was_over = is_over.is_set()
        with tenancy.acting_as_platform():
            found = read()
        seen += noted(found)
        if was_over and not found:
            return seen


class ByCursor:
    """The record's own reader; its cursor is kept as text, as readers keep it."""

    def __init__(self, organization_id: UUID | None, limit: int) -> None:
        self.kept, self.organization_id, self.limit = "", organization_id, limit

    def __call__(self) -> list[RecordedEvent]:
        batch = events.after(
            Cursor.parse(self.kept), limit=self.limit, organization_id=self.organization_id
        )
        self.kept = str(batch.cursor)
        return list(batch.events)


class ById:
    """The control: everything with an identifier beyond the last one seen."""

    last = NIL

    def __call__(self) -> list[RecordedEvent]:
        found = list(RecordedEvent.objects.filter(id__gt=self.last).order_by("id"))
        self.last = found[-1].id if found else self.last
        return found


class ByTransaction:
    """The other control: behind the frontier, in the order of transactions."""

    last = (0, NIL)

    def __call__(self) -> list[RecordedEvent]:
        high, _first = selectors._window(low=0)
        found = [
            row
            for row in RecordedEvent.objects.filter(xid__lt=high).order_by("xid", "id")
            if (row.xid, row.id) > self.last
        ]
        self.last = (found[-1].xid, found[-1].id) if found else self.last
        return found


@pytest.fixture(scope="module")
def followed(django_db_setup, django_db_blocker) -> dict[str, Seen]:
    """Let eight writers write while four readers read, and one begin late; return what each saw."""
    with django_db_blocker.unblock(), frontier.beyond_other_databases():
        connections.close_all()
        databases.clone(environment.DATABASE)
        seen = all_at_once()
        seen["late"] = begun_late()
        with tenancy.acting_as_platform():
            seen["every"] = noted(RecordedEvent.objects.all())
        connections.close_all()
        databases.drop(environment.DATABASE)
    return seen


def all_at_once() -> dict[str, Seen]:
    counts[:] = [0] * OBJECTS
    readers = {
        "market": ByCursor(None, 1_000),
        "organisation": ByCursor(ACME, 7),
        "by id": ById(),
        "by transaction": ByTransaction(),
    }
    seen: dict[str, Seen] = {}
    is_over = threading.Event()

    def reads(name: str) -> None:
        seen[name] = following(readers[name], is_over)
        connection.close()

    writing = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    reading = [threading.Thread(target=reads, args=(name,)) for name in readers]
    for thread in writing + reading:
        thread.start()
    for thread in writing:
        thread.join()
    is_over.set()
    for thread in reading:
        thread.join()
    return seen


def begun_late() -> Seen:
    read, told = ByCursor(ACME, 50), []
    with tenancy.acting_as(ACME):
        while found := read():
            told += noted(found)
    return told


def in_order(seen: Seen) -> bool:
    by_object = defaultdict(list)
    for _id, number, count in seen:
        by_object[number].append(count)
    return all(told == sorted(told) for told in by_object.values())


def record_count(count: int) -> None:
    event = events.Event(
        name=IdentityEvent.MEMBER_INVITED,
        object_kind="thing",
        object_id="one",
        concerns=[ACME],
        facts={"count": count},
    )
    events.record([event])


def test_what_came_second_is_never_told_before_what_came_first(fresh_database):
    """Numbered first, it had its turn second; a third transaction parts the two for the reader."""
    is_numbered, is_open, is_first_over, may_end = (threading.Event() for _ in range(4))
    frontier.wait_for_others()  # Once these have begun, whoever idles for a minute is ended.

    def second() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
            is_numbered.set()
            assert is_first_over.wait(60)
            record_count(2)
        connection.close()

    def between() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
            is_open.set()
            assert may_end.wait(60)
        connection.close()

    reader = ByCursor(None, 1_000)
    threads = [threading.Thread(target=work) for work in (second, between)]
    for thread, has_begun in zip(threads, (is_numbered, is_open), strict=True):
        thread.start()
        assert has_begun.wait(60)
    with transaction.atomic():
        record_count(1)
    is_first_over.set()
    threads[0].join()
    with tenancy.acting_as_platform():
        told_while_open = reader()
    may_end.set()
    threads[1].join()
    seen = []
    deadline = time.monotonic() + 60  # Other transactions of the cluster may hold readers back.
    while len(seen) < 2 and time.monotonic() < deadline:
        with tenancy.acting_as_platform():
            seen += [row.facts["count"] for row in reader()]

    assert told_while_open == []
    assert seen == [1, 2]


def test_the_cursor_misses_nothing_tells_nothing_twice_and_keeps_the_order(followed):
    every = {event_id for event_id, *_rest in followed["every"]}

    assert len(every) == WRITERS * EACH
    for name in ("market", "organisation"):
        told = [event_id for event_id, _number, _count in followed[name]]
        assert len(told) == len(set(told))
        assert set(told) == every
        assert in_order(followed[name])
    # The controls: these conditions can fail.
    assert len({event_id for event_id, *_rest in followed["by id"]}) < len(every)
    assert not in_order(followed["by transaction"])


def test_a_reader_that_begins_late_is_told_the_same(followed):
    assert len(followed["late"]) == WRITERS * EACH
    assert in_order(followed["late"])


def test_whoever_wants_only_what_is_new_is_told_only_that(fresh_database):
    def record(number: int) -> None:
        with transaction.atomic():
            events.record(
                [events.Event(name=IdentityEvent.MEMBER_REMOVED, object_kind="x", object_id=number)]
            )

    record(1)
    cursor = events.newest()
    record(2)
    with tenancy.acting_as_platform():
        batch = events.after(cursor, limit=10)

    assert [event.object_id for event in batch.events] == ["2"]
    assert not batch.has_more


def test_what_is_not_committed_holds_the_reader_up_and_is_not_passed_over(fresh_database):
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            events.record(
                [events.Event(name=IdentityEvent.MEMBER_INVITED, object_kind="x", object_id="slow")]
            )
            begun.set()
            may_end.wait(30)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(30)
    with transaction.atomic():
        events.record(
            [events.Event(name=IdentityEvent.MEMBER_INVITED, object_kind="x", object_id="quick")]
        )
    with tenancy.acting_as_platform():
        before = events.after(Cursor(), limit=10)
    may_end.set()
    thread.join()
    with tenancy.acting_as_platform():
        later = events.after(before.cursor, limit=10)

    assert [event.object_id for event in before.events] == []
    assert [event.object_id for event in later.events] == ["slow", "quick"]
