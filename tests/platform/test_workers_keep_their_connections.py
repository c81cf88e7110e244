"""A worker's tasks share a connection, and the next one is well where it broke."""

from types import SimpleNamespace
from typing import Any

import pytest
from celery.fixups.django import DjangoWorkerFixup
from django.db import connection

from config import celery
from tests import databases

TASK: Any = SimpleNamespace(request=SimpleNamespace(is_eager=False))


def backend(worker: DjangoWorkerFixup) -> int:
    """Run what surrounds a task of a worker, and return which backend served it."""
    worker.on_task_prerun(TASK)
    celery.try_connections(sender=TASK)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    worker.on_task_postrun(TASK)
    celery.try_connections(sender=TASK)
    return int(pid)


@pytest.fixture
def worker(fresh_database) -> DjangoWorkerFixup:
    return DjangoWorkerFixup(celery.app)


def test_tasks_share_a_connection(worker):
    assert len({backend(worker) for _task in range(3)}) == 1


def test_celery_alone_would_open_one_for_each_task(worker):
    """Negative control: what the setting prevents."""
    worker.db_reuse_max = None
    assert len({backend(worker) for _task in range(3)}) == 3


def test_a_connection_that_broke_between_tasks_is_opened_anew(worker):
    first = backend(worker)
    with databases.admin() as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    assert backend(worker) != first
