"""What fell due while beat was off for days is done once, in bounded batches, whoever rings."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from common import clock, tenancy
from ledger import services as ledger
from ledger import tasks
from ledger.contracts import Op
from ledger.models import Hold
from tests.ledger.conftest import install_small_chart, move

HOLDS = 2_500


@pytest.fixture
def overdue(fresh_database, django_db_blocker) -> None:
    """Leave holds that expired one after the other over the last two days."""
    with tenancy.acting_as_platform():
        install_small_chart()
        ledger.post(transfers=[move("bank", "acme", HOLDS * 10, "deposit")])
        now = clock.now()
        step = timedelta(days=2) / HOLDS
        ledger.hold(transfers=[
            move("acme", "provider", 1, "order", expires_at=now - number * step)
            for number in range(HOLDS)
        ])  # fmt: skip


def released() -> int:
    with tenancy.acting_as_platform():
        return Hold.objects.exclude(resolved_by=None).count()


def test_one_sweep_is_bounded(overdue):
    assert ledger.release_expired(now=clock.now()) == ledger.EXPIRED_BATCH_MAX
    assert released() == ledger.EXPIRED_BATCH_MAX


def test_two_beats_that_ring_at_once_after_two_days_have_it_done_once(overdue):
    failures: list[BaseException] = []

    def ring() -> None:
        try:
            tasks.release_expired_holds()
        except BaseException as error:  # Told below; the ring is repeated seconds later.
            failures.append(error)
        finally:
            connections.close_all()

    rings = [threading.Thread(target=ring) for _ in range(4)]
    for it in rings:
        it.start()
    for it in rings:
        it.join()
    tasks.release_expired_holds()  # And the next sweep finds what a lost race left.

    assert released() == HOLDS
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT hold_id) FROM ledger_transfer WHERE op = %s",
            [Op.RELEASE],
        )
        counted = cursor.fetchone()
    assert counted == (HOLDS, HOLDS)
