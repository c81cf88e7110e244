"""Readings lie by month; a name is taken once over all months and for good."""

from datetime import UTC, date, datetime, timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from common import sql_files, tenancy
from common.ids import uuid7
from common.rls import owned_by, protect
from metering import services
from metering.contracts import IngestResult, RefusedRow, RowRefusal
from metering.contracts import Reading as ReadingFacts
from metering.due import WORK
from metering.models import Reading
from metering.month_models import ReadingMonth
from metering.selectors import known_readings
from tests import cast as people
from tests import databases
from tests.metering import cast

LONG_AGO = datetime(2019, 3, 31, 23, 0, tzinfo=UTC)
MONTH = timedelta(days=31)


def ask(statement, *values):
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def tell(meter, *readings):
    with tenancy.acting_as(meter.provider_id):
        return services.ingest(
            provider_id=meter.provider_id,
            readings=readings,
            received_at=cast.NOON + timedelta(days=3),
            is_replay=True,
        )


def old(meter, at=LONG_AGO, quantity=60, **facts):
    return cast.reading(meter, quantity, starts_at=at, ends_at=at + timedelta(minutes=1), **facts)


def partitions():
    found = ask(
        "SELECT DISTINCT tableoid::regclass::text FROM metering_reading ORDER BY 1",
    )
    return [name for (name,) in found]


@pytest.mark.django_db
def test_each_month_has_a_part_of_its_own():
    meter = cast.meter()

    tell(meter, old(meter), old(meter, LONG_AGO + cast.HOUR), cast.reading(meter))

    assert partitions() == [
        "metering_reading_2019_03",
        "metering_reading_2019_04",
        "metering_reading_2026_11",
    ]


@pytest.mark.django_db
def test_a_name_is_known_in_every_other_month():
    meter = cast.meter()
    first = old(meter, source="urn:card:1", event_id="1")
    again = old(meter, LONG_AGO + MONTH, source="urn:card:1", event_id="1")
    tell(meter, first)

    result = tell(meter, again, old(meter, event_id="2"), first)

    assert result == IngestResult(1, 1, (RefusedRow(0, RowRefusal.READING_CONFLICT),))
    assert partitions() == ["metering_reading_2019_03"]
    with tenancy.acting_as(meter.provider_id):
        asked = known_readings(provider_id=meter.provider_id, readings=[first])
        differing = known_readings(provider_id=meter.provider_id, readings=[again])
    assert (asked, differing) == (({"1"}, set()), (set(), {"1"}))


@pytest.mark.django_db
def test_one_batch_that_says_one_name_twice_takes_the_first():
    meter = cast.meter()
    said = [
        cast.reading(meter, quantity, source="urn:card:1", event_id="1") for quantity in (1, 2, 1)
    ]

    assert cast.ingest(meter, *said) == IngestResult(
        1, 1, (RefusedRow(1, RowRefusal.READING_CONFLICT),)
    )


@pytest.mark.django_db
def test_source_and_id_are_no_other_name_when_they_join_to_the_same_text():
    meter = cast.meter()

    result = cast.ingest(
        meter,
        cast.reading(meter, 1, source="ab", event_id="c"),
        cast.reading(meter, 1, source="a", event_id="bc"),
    )

    assert result == IngestResult(2, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO metering_reading (provider_id, meter_id, source, event_id, starts_at, ends_at,"
        " quantity, received_at) SELECT provider_id, meter_id, 's', 'e', starts_at, ends_at, 1,"
        " received_at FROM metering_reading",
        "INSERT INTO metering_readingname VALUES (gen_random_uuid(), gen_random_uuid())",
        "DELETE FROM metering_readingname",
        "SELECT count(*) FROM metering_readingname",
        "SELECT count(*) FROM metering_reading_2026_11",
        "DROP TABLE metering_reading_2026_11",
        "ALTER TABLE metering_reading DETACH PARTITION metering_reading_2026_11",
        "INSERT INTO metering_readingmonth (month) VALUES ('2018-01-01')",
    ],
)
def test_nobody_goes_round_the_function_that_takes_readings(statement):
    meter = cast.meter()
    cast.ingest(meter, cast.reading(meter))

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_tables_owner_edits_nothing_either(fresh_database):
    meter = cast.meter()
    cast.ingest(meter, cast.reading(meter))

    with databases.admin(fresh_database) as admin:
        for statement in (
            "UPDATE metering_readingname SET digest = gen_random_uuid()",
            "DELETE FROM metering_reading_2026_11",
            "TRUNCATE metering_reading",
        ):
            with pytest.raises(Exception, match="append-only"):
                admin.execute(statement)


@pytest.mark.django_db
def test_a_reading_names_an_agent_of_its_provider_or_none():
    meter = cast.meter()
    stranger = people.organization()
    with tenancy.acting_as(stranger.pk):
        agent = people.agent(stranger)

    with pytest.raises(IntegrityError, match="names no agent of its provider"):
        cast.ingest(meter, cast.reading(meter), agent_id=agent.pk)


@pytest.mark.django_db
def test_names_are_told_to_whom_they_belong():
    meter, stranger = cast.meter(), people.organization()

    with (
        tenancy.acting_as(stranger.pk),
        pytest.raises(DatabaseError, match="to whom they belong"),
        transaction.atomic(),
    ):
        known_readings(provider_id=meter.provider_id, readings=[cast.reading(meter)])


@pytest.mark.django_db
def test_months_are_made_ahead_and_the_newest_says_when_the_next_is_due():
    (work,) = [each for each in WORK if each.name == "reading_months"]

    def due():
        with tenancy.acting_as_platform():
            return work.read(cast.NOON).rows

    months = list(ReadingMonth.objects.filter(next_due_at__isnull=False))
    assert len(months) == 1
    assert months[0].month == max(ReadingMonth.objects.values_list("month", flat=True))
    assert services.keep_months() == 0

    with mock.patch("metering.services.months.MONTHS_AHEAD", 5):
        assert services.keep_months() == 2
    (newest,) = ReadingMonth.objects.filter(next_due_at__isnull=False)
    assert newest.month > months[0].month
    assert due() == 0


@pytest.mark.django_db
def test_a_month_that_nobody_made_takes_nothing():
    meter = cast.meter()

    with (
        mock.patch("metering.services.months.make_missing"),
        pytest.raises(IntegrityError, match="no partition"),
    ):
        tell(meter, old(meter))


def test_what_was_taken_before_is_carried_over_and_back(fresh_database):
    """The migration's own statements, with readings of three months in the table."""
    meter = cast.meter()
    subject = uuid7()
    tell(meter, old(meter), old(meter, LONG_AGO + MONTH, subject=subject), cast.reading(meter, 7))
    with tenancy.acting_as_platform():
        before = list(Reading.objects.order_by("id").values_list())
    wall = protect("metering_reading", visible=owned_by("provider_id"))

    with databases.admin(fresh_database) as owner:
        owner.execute("SET ROLE suanpan_owner")
        with owner.transaction():
            owner.execute(wall.reverse_sql)
            owner.execute(sql_files.read("metering", "readings_by_month_gone.sql"))
            owner.execute(wall.sql)
            owner.execute("DELETE FROM metering_readingmonth")
        with tenancy.acting_as_platform():
            assert list(Reading.objects.order_by("id").values_list()) == before
        assert ask("SELECT relkind::text FROM pg_class WHERE relname = 'metering_reading'") == [
            ("r",)
        ]
        with owner.transaction():
            owner.execute(wall.reverse_sql)
            owner.execute(sql_files.read("metering", "readings_by_month.sql"))
            owner.execute(wall.sql)

    with tenancy.acting_as_platform():
        assert list(Reading.objects.order_by("id").values_list()) == before
    again = tell(meter, old(meter, event_id="later"), cast.reading(meter, 8))
    assert again.accepted == 2
    with tenancy.acting_as_platform():
        newest = Reading.objects.latest("id")
        assert newest.pk > before[-1][0]
        known = [
            ReadingFacts(
                source=each.source,
                event_id=each.event_id,
                meter_id=each.meter_id,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                quantity=each.quantity,
                unit="card-second",
                subject=each.subject,
            )
            for each in Reading.objects.all()
        ]
    assert tell(meter, *known) == IngestResult(0, 5)
    assert date(2019, 3, 1) in ReadingMonth.objects.values_list("month", flat=True)
