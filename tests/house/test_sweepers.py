"""Every sweeper is a task that exists, and none stands before somebody's ring."""

from celery import current_app
from django.conf import settings

from config import sweepers


def test_every_scheduled_name_is_a_registered_task():
    current_app.loader.import_default_modules()

    assert set(sweepers.SECONDS) <= set(current_app.tasks)


def test_sweeps_keep_to_their_own_queue_and_end_unanswered():
    for name in sweepers.SECONDS:
        entry = settings.CELERY_BEAT_SCHEDULE[name]
        assert entry["options"]["queue"] == sweepers.QUEUE
        assert entry["options"]["expiration"] >= entry["schedule"].total_seconds()


def test_a_canary_goes_through_each_queue_that_a_worker_listens_to():
    entries = settings.CELERY_BEAT_SCHEDULE.values()

    canaries = {it["options"]["queue"] for it in entries if it["task"] == sweepers.CANARY}

    assert canaries == {queue.name for queue in settings.CELERY_TASK_QUEUES}


def test_a_worker_listens_to_both_queues():
    assert {queue.name for queue in settings.CELERY_TASK_QUEUES} == {"suanpan", "sweeps"}
