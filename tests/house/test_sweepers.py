"""Every sweeper is a task that exists, and none stands before somebody's ring."""

from celery import current_app
from django.conf import settings

from config import sweepers


def test_every_scheduled_name_is_a_registered_task():
    current_app.loader.import_default_modules()

    assert set(sweepers.SECONDS) <= set(current_app.tasks)


def test_sweeps_keep_to_their_own_queue_and_end_unanswered():
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["options"]["queue"] == sweepers.QUEUE
        assert entry["options"]["expires"] >= entry["schedule"].total_seconds()


def test_a_worker_listens_to_both_queues():
    assert {queue.name for queue in settings.CELERY_TASK_QUEUES} == {"suanpan", "sweeps"}
