"""
What happens at once, with real threads on PostgreSQL.

Beside each promise stands its negative control: with the lock switched off, the race happens.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Timer
from uuid import uuid4

import pytest
from django.db import connections
from django.db.models import Max

from common import tenancy
from metering import locks, selectors, services
from metering.models import UsageRecord
from metering.services import closing
from tests import databases, environment
from tests.metering import cast

pytestmark = pytest.mark.usefixtures("committed")

LATER = cast.NOON + timedelta(days=2)


@pytest.fixture(scope="module")
@databases.maker
def committed(django_db_setup, django_db_blocker):
    """Give this file a database that keeps what is committed, and the next one a clean one."""
    with django_db_blocker.unblock():
        connections.close_all()
        databases.clone(environment.DATABASE)
        yield
        connections.close_all()
        databases.drop(environment.DATABASE)


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run works in threads of their own; return what each returned or raised."""

    def run(work):
        try:
            return work()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


@contextmanager
def before_commit(reached: Event, go: Event):
    """Do the block as the platform, then hold its transaction open until told to commit."""
    with tenancy.acting_as_platform():
        yield
        reached.set()
        assert go.wait(20)


def test_a_batch_sent_by_eight_clients_at_once_is_taken_once():
    meter = cast.meter()
    batch = [
        cast.reading(meter, 1, at=minute * timedelta(minutes=1), seconds=60)
        for minute in range(200)
    ]

    results = at_once(
        *[lambda: cast.ingest(meter, *batch)] * 4,
        *[lambda: cast.ingest(meter, *reversed(batch))] * 4,
    )

    assert sum(result.accepted for result in results) == 200
    assert sum(result.duplicates for result in results) == 7 * 200
    cast.close(now=LATER)
    assert sum(record.quantity for record in cast.records(meter)) == 200


def test_of_two_contents_under_one_id_exactly_one_is_taken():
    meter = cast.meter()
    works = [
        lambda quantity=quantity: cast.ingest(meter, cast.reading(meter, quantity, event_id="a"))
        for quantity in range(8)
    ]

    results = at_once(*works)

    assert sum(result.accepted for result in results) == 1
    assert sum(len(result.refused) for result in results) == 7


def test_eight_closers_measure_every_window_once():
    meter = cast.meter()
    cast.ingest(meter, *[cast.reading(meter, 1, at=hour * cast.HOUR) for hour in range(40)])

    def close_all():
        while cast.close(now=LATER, limit=3).windows:
            pass

    errors = [result for result in at_once(*[close_all] * 8) if result is not None]

    records = cast.records(meter)
    assert errors == []
    assert len(records) == 40
    assert {record.revision for record in records} == {1}
    assert [record.sequence for record in records] == sorted(r.sequence for r in records)


def test_control_without_the_windows_lock_two_closers_measure_the_same_window(monkeypatch):
    monkeypatch.setattr(
        closing, "TAKE_DUE", closing.TAKE_DUE.replace("FOR NO KEY UPDATE SKIP LOCKED", "")
    )
    meter = cast.meter()
    cast.ingest(meter, cast.reading(meter))
    reached, go = Event(), Event()

    def first():
        with before_commit(reached, go):
            services.close_windows(now=LATER)

    def second():
        assert reached.wait(20)
        go_soon(go)
        return cast.close(now=LATER)

    _, closed = at_once(first, second)

    # The key of the records is the last line of defence: what it refuses is set aside.
    assert (closed.records, closed.set_aside) == (0, 1)


def go_soon(go: Event) -> None:
    """Let the other transaction commit while this one already waits for it."""
    Timer(0.5, go.set).start()


def test_a_window_that_a_batch_is_writing_to_is_measured_after_it():
    meter, order = cast.meter(), uuid4()
    cast.ingest(meter, cast.reading(meter, 1, subject=order))
    reached, go = Event(), Event()

    def late_batch():
        with before_commit(reached, go):
            services.ingest(
                provider_id=meter.provider_id,
                readings=[cast.reading(meter, 2, subject=order)],
                received_at=LATER,
            )

    def closer():
        assert reached.wait(20)
        closed = cast.close(now=LATER)
        go.set()
        return closed.windows

    _, while_writing = at_once(late_batch, closer)
    cast.close(now=LATER)

    assert while_writing == 0
    assert [(record.quantity, record.revision) for record in cast.records(meter)] == [(3, 1)]


def test_a_batch_that_meets_a_closing_window_opens_it_again():
    meter, order = cast.meter(), uuid4()
    cast.ingest(meter, cast.reading(meter, 1, subject=order))
    reached, go = Event(), Event()

    def closer():
        with before_commit(reached, go):
            services.close_windows(now=LATER)

    def late_batch():
        assert reached.wait(20)
        go_soon(go)
        return cast.ingest(meter, cast.reading(meter, 2, subject=order)).accepted

    assert at_once(closer, late_batch)[1] == 1
    cast.close(now=LATER)

    assert [(record.quantity, record.revision) for record in cast.records(meter)] == [
        (1, 1),
        (3, 2),
    ]


def close_two_windows_and_read_between() -> list[int]:
    """
    Close one window, hold its commit back, close another, and read by watermark in between.

    Return the sequences that a reader saw who always goes on from the highest it has seen.
    """
    first, second = cast.meter(), cast.meter()
    before = latest_sequence()
    cast.ingest(first, cast.reading(first, subject=uuid4()))
    reached, go = Event(), Event()

    def slow():
        with before_commit(reached, go):
            services.close_windows(now=LATER)

    def quick():
        assert reached.wait(20)
        cast.ingest(second, cast.reading(second, subject=uuid4()))
        go_soon(go)
        cast.close(now=LATER)
        seen = read_after(before)
        assert go.wait(20)
        return seen

    _, seen = at_once(slow, quick)
    assert isinstance(seen, list), seen
    return seen + read_after(max(seen))


def latest_sequence() -> int:
    with tenancy.acting_as_platform():
        return UsageRecord.objects.aggregate(latest=Max("sequence"))["latest"] or 0


def read_after(sequence: int) -> list[int]:
    with tenancy.acting_as_platform():
        usage = selectors.usage_after(sequence=sequence, limit=10)
    return [row.sequence for row in usage]


def test_a_reader_past_a_watermark_misses_nothing():
    seen = close_two_windows_and_read_between()

    assert len(seen) == 2
    assert seen == sorted(seen)


def test_control_without_the_numbering_lock_a_reader_misses_a_record(monkeypatch):
    monkeypatch.setattr(locks, "usage_sequence", lambda: None)

    assert len(close_two_windows_and_read_between()) == 1


def die_after(work: Callable[[], object]) -> None:
    """Do something as the platform and die before it is committed."""
    with tenancy.acting_as_platform():
        work()
        raise RuntimeError


def test_a_closer_that_dies_leaves_the_window_to_the_next():
    meter = cast.meter()
    cast.ingest(meter, cast.reading(meter))

    with pytest.raises(RuntimeError):
        die_after(lambda: services.close_windows(now=LATER))

    assert cast.records(meter) == []
    assert cast.close(now=LATER).records == 1


def test_a_batch_that_dies_leaves_nothing():
    meter = cast.meter()

    with pytest.raises(RuntimeError):
        die_after(lambda: cast.ingest(meter, cast.reading(meter)))

    assert cast.close(now=LATER).windows == 0
