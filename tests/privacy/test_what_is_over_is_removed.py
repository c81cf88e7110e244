"""Raw readings go by whole months when their term is over and nothing needs or holds them."""

import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from common import clock, tenancy
from config.watch import tallying
from identity.contracts import Role
from identity.events.models import RecordedEvent as Event
from identity.privacy import services
from identity.privacy.contracts import HeldKind
from identity.privacy.models import Removal
from identity.privacy.removers import PartStanding
from identity.privacy.services.removing import remove_over
from metering import accounting
from metering import services as metering
from metering.contracts import RefusedRow, RowRefusal
from metering.models import Reading, UsageRecord
from metering.month_models import ReadingMonth, RemovedReadings
from tests import cast as people
from tests.metering import cast
from tests.privacy.cast import held, lift

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2019, 3, 10, 12, tzinfo=UTC)
LATER = datetime(2019, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def old(meter, at=LONG_AGO, **facts):
    return cast.reading(meter, 60, starts_at=at, ends_at=at + timedelta(minutes=1), **facts)


def tell(meter, *readings, at=LONG_AGO + DAY):
    with tenancy.acting_as(meter.provider_id):
        return metering.ingest(
            provider_id=meter.provider_id, readings=readings, received_at=at, is_replay=True
        )


def counted():
    """Let the sums of what was accepted come up to now."""
    with tenancy.acting_as_platform():
        accounting.count(until=accounting.newest_reading_id(), limit=1_000)


@pytest.fixture
def meter():
    """A meter with two readings of March 2019, told then, measured and counted; and one of now."""
    meter = cast.meter()
    tell(meter, old(meter, event_id="1"), old(meter, LONG_AGO + cast.HOUR, event_id="2"))
    cast.ingest(meter, cast.reading(meter))
    with tenancy.acting_as_platform():
        metering.close_windows(now=cast.NOON + 3 * DAY)
    counted()
    return meter


def due():
    with tenancy.acting_as_platform():
        return [
            (each.key, each.standing)
            for each in services.preview(now=clock.now())
            if each.table == "metering_reading"
        ]


def removed(done):
    return [(each.table, each.key, each.rows) for each in done if each.is_removed]


def test_a_month_goes_whole_and_what_was_measured_stays(meter):
    assert due() == [("2019-03", PartStanding.NONE)]

    done = remove_over(now=clock.now())

    assert ("metering_reading", "2019-03", 2) in removed(done)
    with tenancy.acting_as_platform():
        assert Reading.objects.count() == 1
        assert UsageRecord.objects.filter(starts_at__lt=cast.NOON - DAY).count() == 2
        month = ReadingMonth.objects.get(pk="2019-03-01")
        assert (month.readings, month.removed_at is None) == (2, False)
        assert RemovedReadings.objects.get().readings == 2
        removal = Removal.objects.get(table="metering_reading")
        assert (removal.part, removal.rows, removal.classes_version) == ("2019-03", 2, 2)
        told = Event.objects.get(name="metering.readings.removed")
        assert (told.organization_id, told.facts["readings"]) == (meter.provider_id, 2)
        assert Event.objects.filter(name="privacy.records.removed").exists()
        where = accounting.whereabouts(now=cast.NOON + 9 * DAY)
    assert (where.accepted, where.difference) == (3, 0)
    assert tallying.part().is_well
    assert due() == []
    assert removed(remove_over(now=clock.now())) == []


def test_names_stay_and_the_month_takes_no_more(meter):
    remove_over(now=clock.now())

    again = tell(
        meter,
        old(meter, event_id="3"),
        old(meter, datetime(2019, 4, 1, 11, tzinfo=UTC), event_id="4"),
        old(meter, datetime(2019, 4, 2, 11, tzinfo=UTC), event_id="5"),
        at=LATER,
    )

    gone = RowRefusal.MONTH_REMOVED
    assert (again.accepted, again.refused) == (1, (RefusedRow(0, gone), RefusedRow(1, gone)))
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT metering_make_month('2019-03-15')")
        assert cursor.fetchone() == (False,)
    moved = tell(meter, old(meter, datetime(2019, 5, 1, tzinfo=UTC), event_id="6"), at=LATER)
    assert moved.accepted == 1


def test_a_name_of_a_removed_month_is_known_and_told_apart():
    meter = cast.meter()
    first = old(meter, source="urn:card:1", event_id="1")
    tell(meter, first)
    with tenancy.acting_as_platform():
        metering.close_windows(now=cast.NOON)
    counted()
    remove_over(now=clock.now())

    later = old(meter, datetime(2019, 6, 1, tzinfo=UTC), source="urn:card:1", event_id="1")

    assert tell(meter, later, at=LATER).refused == (RefusedRow(0, RowRefusal.READING_CONFLICT),)


@pytest.mark.parametrize("kind", [HeldKind.METER, HeldKind.ORGANIZATION])
def test_a_legal_hold_keeps_the_month(meter, kind):
    hold = held(kind, meter.pk if kind == HeldKind.METER else meter.provider_id)

    assert due() == [("2019-03", PartStanding.HELD)]
    assert removed(remove_over(now=clock.now())) == []
    with (
        tenancy.acting_as_platform(),
        pytest.raises(IntegrityError, match="held"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT metering_remove_month('2019-03-01')")
    lift(hold)
    assert ("metering_reading", "2019-03", 2) in removed(remove_over(now=clock.now()))


def test_a_window_that_waits_keeps_the_month():
    meter = cast.meter()
    tell(meter, old(meter))
    counted()

    assert due() == [("2019-03", PartStanding.OPEN_WINDOWS)]
    assert removed(remove_over(now=clock.now())) == []


def test_what_was_told_late_is_kept_from_then():
    meter = cast.meter()
    tell(meter, old(meter), at=cast.NOON)
    with tenancy.acting_as_platform():
        metering.close_windows(now=cast.NOON)
    counted()

    assert due() == [("2019-03", PartStanding.RECORDED_LATELY)]
    assert removed(remove_over(now=clock.now())) == []


def test_what_no_sum_counted_yet_is_not_accounted_for():
    meter = cast.meter()
    tell(meter, old(meter))
    with tenancy.acting_as_platform():
        metering.close_windows(now=cast.NOON)

    (done,) = [each for each in remove_over(now=clock.now()) if each.key == "2019-03"]

    assert (done.is_removed, done.standing) == (False, PartStanding.UNACCOUNTED)
    with tenancy.acting_as_platform():
        assert Reading.objects.count() == 1
        assert not RemovedReadings.objects.exists()


def test_use_that_is_not_charged_keeps_the_month():
    meter = cast.meter()
    tell(meter, old(meter, subject=people.organization().pk))
    with tenancy.acting_as_platform():
        metering.close_windows(now=cast.NOON)
    counted()

    assert due() == [("2019-03", PartStanding.UNCHARGED)]
    with (
        tenancy.acting_as_platform(),
        pytest.raises(IntegrityError, match="uncharged"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT metering_remove_month('2019-03-01')")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE metering_readingmonth SET removed_at = now(), readings = 0",
        "DELETE FROM metering_removedreadings",
        "INSERT INTO metering_removedreadings (month_id, provider_id, readings)"
        " SELECT month_id, provider_id, 1 FROM metering_removedreadings",
        "DELETE FROM privacy_removal",
        "UPDATE privacy_removal SET rows = 1",
    ],
)
def test_nobody_edits_what_went(meter, statement):
    remove_over(now=clock.now())

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError, match=r"permission denied|append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_young_month_stays_whatever_is_asked():
    meter = cast.meter()
    cast.ingest(meter, cast.reading(meter))

    with (
        tenancy.acting_as_platform(),
        pytest.raises(IntegrityError, match="recorded_lately"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT metering_remove_month('2026-11-01')")


def command(*arguments):
    out = io.StringIO()
    call_command("retention", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_shows_first_and_removes_when_told(meter):
    shown = command()
    assert [(each["part"], each["is_removed"]) for each in shown["parts"]] == [("2019-03", False)]

    done = command("--run")

    assert done["is_run"]
    assert [(each["part"], each["rows"], each["is_removed"]) for each in done["parts"]] == [
        ("2019-03", 2, True)
    ]


def test_pages_and_api_say_what_went(meter):
    operator, provider = people.organization("Office"), meter.provider
    watcher = people.signed_in(people.member(operator, Role.OPERATOR))
    assert "2019-03" in watcher.get("/oversight/retention/").content.decode()
    assert watcher.get("/api/v1/retention").json()["over"][0]["stays_because"] == ""
    remove_over(now=clock.now())

    answer = watcher.get("/api/v1/retention").json()
    assert (answer["over"], answer["removed"][0]["part"]) == ([], "2019-03")
    assert "2019-03" in Client().get("/privacy/kept/").content.decode()
    own = people.signed_in(people.member(provider, Role.PROVIDER))
    assert "2019-03" in own.get(f"/supply/meters/{meter.pk}/").content.decode()
    months = own.get("/api/v1/metering/reading-months").json()
    (gone,) = [each for each in months if each["month"] == "2019-03-01"]
    assert (gone["readings_removed"], gone["removed_at"] is None) == (2, False)


def test_a_reading_is_still_a_reading(meter):
    """The control: without a removal nothing of it is gone."""
    with tenancy.acting_as_platform():
        total = sum(each.quantity for each in Reading.objects.filter(starts_at__lt=cast.NOON - DAY))
    assert total == Decimal(120)
