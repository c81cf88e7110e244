"""A ring is sent once its work is committed, and losing one harms nobody."""

import pytest
from django.db import transaction

from common import doorbell

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung():
    """Listen in place of Celery."""
    heard: list[tuple[str, dict[str, doorbell.Name]]] = []
    before = doorbell._sender
    doorbell.install(lambda bell, names: heard.append((bell, dict(names))))
    yield heard
    doorbell.install(before)


def test_a_ring_waits_until_its_work_is_committed(rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        doorbell.ring("orders.waiting", book_id=7)
        assert rung == []

    assert rung == [("orders.waiting", {"book_id": 7})]


def test_what_is_rolled_back_rings_nobody(rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        doorbell.ring("orders.cleared")
        transaction.set_rollback(True)

    assert rung == []


@pytest.mark.parametrize("error", [doorbell.RingLostError("away"), ValueError("a mistake")])
def test_a_ring_that_is_lost_is_told_and_harms_nobody(
    rung, error, caplog, django_capture_on_commit_callbacks
):
    def fail(_bell, _names):
        raise error

    doorbell.install(fail)
    done = []

    with django_capture_on_commit_callbacks(execute=True):
        doorbell.ring("orders.cleared")
        transaction.on_commit(lambda: done.append("the work goes on"))

    assert done == ["the work goes on"]
    assert caplog.records


def test_rings_of_a_process_without_a_sender_are_lost(
    rung, caplog, django_capture_on_commit_callbacks
):
    doorbell.install(doorbell._nobody)

    with django_capture_on_commit_callbacks(execute=True):
        doorbell.ring("orders.cleared")

    assert "common.ring.lost" in caplog.text
