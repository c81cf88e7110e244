"""What happened is recorded once, with who did it, and stays as it was recorded."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import structlog
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from common import commands, doing, tenancy
from common.ids import uuid7
from identity.event_names import IdentityEvent
from identity.events import registry, selectors
from identity.events import services as events
from identity.events.contracts import Cursor, InvalidEventCursor
from identity.events.models import RecordedEvent

ACME, ZETA = uuid7(), uuid7()
pytestmark = pytest.mark.django_db


def invited(*concerns: UUID, **fields: object) -> events.Event:
    values = {"object_kind": "membership", "object_id": 7, "concerns": concerns} | fields
    return events.Event(name=IdentityEvent.MEMBER_INVITED, **values)


def seen_by(tenant: UUID | str) -> list[RecordedEvent]:
    with tenancy.acting_as(tenant):
        return list(RecordedEvent.objects.order_by("id", "place"))


def test_an_event_says_what_when_who_for_whom_and_in_which_request():
    doer = doing.Doer(person_id=5, api_key_id=uuid7(), organization_id=ACME)

    with structlog.contextvars.bound_contextvars(request_id="r-1"), doing.by(doer):
        events.record([invited(ACME, object_label="L", facts={"role": "BUYER"})])

    (event,) = seen_by(ACME)
    assert (event.name, event.object_kind, event.object_id) == (
        "identity.member.invited",
        "membership",
        "7",
    )
    assert (event.object_label, event.facts) == ("L", {"role": "BUYER"})
    assert (event.person_id, event.api_key_id, event.behalf_id) == (5, doer.api_key_id, ACME)
    assert (event.agent_id, event.task, event.request_id) == (None, "", "r-1")
    assert abs(event.recorded_at - datetime.now(UTC)) < timedelta(seconds=5)
    assert abs(event.happened_at - event.recorded_at) < timedelta(milliseconds=2)


def test_an_event_of_a_task_names_the_task():
    structlog.contextvars.clear_contextvars()
    with structlog.contextvars.bound_contextvars(task_id="t-1", task="a.b"):
        events.record([invited(ACME)])

    (event,) = seen_by(ACME)
    assert (event.task, event.request_id, event.person_id) == ("a.b", "t-1", None)


def test_an_event_of_a_command_names_the_command_and_nobody():
    class Tried(commands.Command):
        def handle(self, *_args, **_options):
            events.record([invited(ACME)])

    with doing.by(doing.Doer(person_id=5, organization_id=ACME)):
        call_command(Tried())

    (event,) = seen_by(ACME)
    assert (event.task, event.person_id, event.behalf_id) == ("test_the_record", None, None)
    assert len(event.request_id) == 36


@pytest.mark.parametrize("name", ["x" * 65, "a b", "a\nb", "名"])
def test_a_name_that_a_client_made_up_for_its_request_is_not_taken(name):
    with structlog.contextvars.bound_contextvars(request_id=name):
        assert doing.request_id() == ""


def test_each_organisation_concerned_has_a_row_and_sees_no_other():
    events.record([invited(ACME, ZETA, ACME), invited(ZETA), invited()])

    assert [event.organization_id for event in seen_by(ACME)] == [ACME]
    assert [event.organization_id for event in seen_by(ZETA)] == [ZETA, ZETA]
    assert seen_by(uuid7()) == []
    rows = seen_by(tenancy.PLATFORM)
    assert [(row.organization_id, row.place) for row in rows] == [
        (ACME, 0),
        (ZETA, 1),
        (ZETA, 0),
        (None, 0),
    ]
    assert len({row.id for row in rows}) == 3


def test_recording_leaves_the_tenant_as_it_was():
    with tenancy.acting_as(ACME):
        events.record([invited(ZETA)])

        assert tenancy.current() == str(ACME)
        assert RecordedEvent.objects.count() == 0


def test_a_set_is_recorded_in_its_order_by_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        events.record([invited(ACME, object_id=number) for number in range(500)])

    assert [event.object_id for event in seen_by(ACME)] == [str(number) for number in range(500)]


def test_nothing_is_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        events.record([])


def test_what_is_rolled_back_did_not_happen():
    with transaction.atomic():
        events.record([invited(ACME)])
        transaction.set_rollback(True)

    assert seen_by(tenancy.PLATFORM) == []


@pytest.mark.parametrize(
    "event",
    [
        events.Event(name="identity.member.unheard_of", object_kind="x", object_id=1),
        invited(facts={"text": "x" * 2_048}),
        invited(*(uuid7() for _ in range(17))),
    ],
)
def test_an_unknown_name_and_too_much_are_mistakes_of_the_program(event):
    with pytest.raises(ValueError, match=r"identity\.member"):
        events.record([event])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events_event SET name = 'a.b.c'",
        "DELETE FROM events_event",
        "TRUNCATE events_event",
        "SELECT * FROM events_event_before",
        "INSERT INTO events_event_before DEFAULT VALUES",
        "INSERT INTO events_event (xid) VALUES (1)",
        "SELECT events_add_partition('x', NULL, NULL)",
        "ALTER TABLE events_event DISABLE TRIGGER ALL",
    ],
)
def test_the_application_cannot_alter_what_was_recorded(statement):
    with tenancy.acting_as_platform():
        events.record([invited(ACME)])
        with (
            pytest.raises(DatabaseError, match=r"permission denied|append-only|must be owner"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_tenant_cannot_make_up_an_event():
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        tenancy.acting_as(ACME),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT events_record('*', %s::jsonb, 1, NULL, NULL, '', NULL, '')",
            ['[{"name":"a.b.c","kind":"x","object":"1","label":"","facts":{},"concerns":[null]}]'],
        )


@pytest.mark.parametrize("name", ["two.parts", "a.b.c.d", "A.b.c", "a.b.c" + "c" * 60])
def test_a_name_has_three_parts_of_small_letters(name):
    from django.db.models import TextChoices

    with pytest.raises(ValueError, match="no name of an event"):
        registry.register(TextChoices("Names", {"ONE": (name, "One")}))


def test_months_are_made_ahead_once():
    assert events.make_partitions(months_ahead=6) == 0
    assert events.make_partitions(months_ahead=15) == 3


# --- Cursors ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text", ["x", "1-2", "1-2-3", "2-1-" + "0" * 32, "-1-2-" + "0" * 32, "01-2-" + "0" * 32]
)
def test_a_damaged_cursor_is_refused(text):
    with pytest.raises(InvalidEventCursor):
        Cursor.parse(text)


def test_a_cursor_is_read_as_it_was_written():
    cursor = Cursor(3, 9, uuid7())

    assert Cursor.parse(str(cursor)) == cursor
    assert Cursor.parse("") == Cursor()


def test_what_happened_to_objects_is_found_oldest_first_each_event_once():
    one, other = uuid7(), uuid7()
    events.record([invited(ACME, ZETA, object_id=one), invited(ACME, object_id=one)])

    with tenancy.acting_as_platform():
        found = events.of_objects("membership", [one, other])

    assert [len(found[one]), found[other]] == [2, []]
    assert found[one][0].id < found[one][1].id


def test_events_are_found_by_when_they_were_recorded():
    events.record([invited(ACME)])
    now = datetime.now(UTC)

    def found(start, end):
        return selectors.recorded(ACME).filter(selectors.recorded_between(start, end)).count()

    with tenancy.acting_as(ACME):
        assert found(now - timedelta(minutes=1), now + timedelta(minutes=1)) == 1
        assert found(now + timedelta(minutes=1), None) == 0
        assert found(None, now - timedelta(minutes=1)) == 0
        assert found(datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)) == 1
