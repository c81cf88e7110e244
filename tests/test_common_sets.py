"""Sets are written by one statement, whatever stands already."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common import sets, tenancy
from config.pulse.models import Ring

TABLE = "pulse_ring"
TYPES = {"sender": "text", "queue": "text", "heard_at": "timestamptz"}
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
NEWEST = "(sender, queue) DO UPDATE SET heard_at = greatest(pulse_ring.heard_at, excluded.heard_at)"


@pytest.fixture
def heard(db):
    with tenancy.acting_as_platform():
        Ring.objects.all().delete()
        yield lambda: dict(Ring.objects.values_list("sender", "heard_at"))


def ring(sender: str, at: datetime = NOON) -> tuple[str, str, datetime]:
    return (sender, "bench", at)


def test_rows_are_inserted_by_one_statement(heard):
    with CaptureQueriesContext(connection) as queries:
        written = sets.insert(TABLE, TYPES, [ring(f"s{number}") for number in range(1000)])

    assert len(queries) == 1
    assert (written.count, written.rows, len(heard())) == (1000, [], 1000)


def test_what_stands_already_is_left_or_met(heard):
    sets.insert(TABLE, TYPES, [ring("beat")])

    left = sets.insert(
        TABLE,
        TYPES,
        [ring("beat", LATER), ring("web", LATER)],
        on_conflict="DO NOTHING",
        returning=["sender"],
    )
    assert (left.count, left.rows) == (1, [("web",)])
    assert heard() == {"beat": NOON, "web": LATER}

    met = sets.insert(TABLE, TYPES, [ring("beat", LATER), ring("web")], on_conflict=NEWEST)
    assert met.count == 2
    assert heard() == {"beat": LATER, "web": LATER}


def test_without_a_word_about_conflicts_a_row_that_stands_already_is_refused(heard):
    sets.insert(TABLE, TYPES, [ring("beat")])

    with pytest.raises(IntegrityError, match="sender_queue"), transaction.atomic():
        sets.insert(TABLE, TYPES, [ring("beat")])


def test_rows_are_updated_by_what_they_were_and_what_is_given(heard):
    sets.insert(TABLE, TYPES, [ring("beat"), ring("web"), ring("worker")])

    changed = sets.update(
        TABLE,
        TYPES,
        [ring("beat", LATER), ring("worker", NOON - timedelta(1)), ring("nobody", LATER)],
        key=["sender", "queue"],
        changes={"heard_at": "greatest(row.heard_at, given.heard_at)"},
        returning=["sender", "heard_at"],
    )

    assert (changed.count, sorted(changed.rows)) == (2, [("beat", LATER), ("worker", NOON)])
    assert heard() == {"beat": LATER, "web": NOON, "worker": NOON}


def test_no_rows_ask_the_database_nothing(heard):
    with CaptureQueriesContext(connection) as queries:
        nothing = sets.insert(TABLE, TYPES, [], returning=["sender"])
        assert nothing == sets.update(TABLE, TYPES, [], key=["sender"], changes={"queue": "''"})

    assert (nothing.count, nothing.rows, len(queries)) == (0, [], 0)


def test_rows_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        sets.as_arrays([("a", 1), ("b",)])
