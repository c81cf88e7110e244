"""Row-level security is the second wall: it holds for raw SQL as the application's role."""

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection

from common import tenancy
from tests import cast as people
from tests.metering import cast

pytestmark = pytest.mark.django_db

TABLES = ["metering_meter", "metering_reading", "metering_window", "metering_usagerecord"]


def count(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


@pytest.fixture
def meter():
    meter = cast.meter()
    cast.ingest(meter, cast.reading(meter))
    cast.close()
    return meter


@pytest.mark.parametrize("table", TABLES)
def test_a_row_is_seen_by_its_provider_and_the_platform_alone(meter, table):
    with tenancy.acting_as(meter.provider_id):
        assert count(table) == 1
    with tenancy.acting_as_platform():
        assert count(table) == 1
    with tenancy.acting_as(people.organization().pk):
        assert count(table) == 0
    with tenancy.acting_as(""):
        assert count(table) == 0


@pytest.mark.parametrize("table", TABLES)
def test_the_wall_holds_for_the_owner_of_the_tables_too(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = %s",
            [table],
        )
        assert cursor.fetchone() == (True,)


def test_nobody_writes_a_reading_in_anothers_name(meter):
    stranger = people.organization()

    with pytest.raises(ProgrammingError, match="row-level security"):
        insert_reading(meter, provider_id=meter.provider_id, tenant=stranger.pk)


def test_nobody_writes_a_reading_of_anothers_meter_in_their_own_name(meter):
    stranger = people.organization()

    with pytest.raises(IntegrityError, match="names no meter of its provider"):
        insert_reading(meter, provider_id=stranger.pk, tenant=stranger.pk)


def insert_reading(meter, *, provider_id, tenant):
    with tenancy.acting_as(tenant), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT metering_take_readings(json_build_array(json_build_object(
                'n', 0, 'source', 's', 'event_id', 'e', 'meter_id', %s::uuid, 'unit', '',
                'state', '', 'starts_at', now(), 'ends_at', now() + interval '1 second',
                'quantity', 1
            )), %s, NULL, now())
            """,
            [meter.pk, provider_id],
        )


def test_nobody_removes_a_window(meter):
    with pytest.raises(ProgrammingError, match="permission denied"):
        execute("DELETE FROM metering_window")
    with tenancy.acting_as_platform():
        assert count("metering_window") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM metering_meter",
        "UPDATE metering_meter SET provider_id = provider_id",
        "UPDATE metering_meter SET rule_version_id = rule_version_id",
    ],
)
def test_a_meter_stays_what_it_is(meter, statement):
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"):
        execute(statement)


def execute(statement):
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(statement)
