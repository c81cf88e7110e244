"""The doorbell: Celery carries the names of work that PostgreSQL already holds."""

import os
from typing import Any

from celery import Celery, signals
from django import db

from config import beat, bells, logs, spans, tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("suanpan", task_cls="config.pulse.guard:GuardedTask")
app.set_default()  # For every thread, not only the one that imports this.
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
bells.install()
tracing.listen()


@signals.setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Let Celery leave logging as the settings have it."""


@signals.task_prerun.connect
@signals.task_postrun.connect
def try_connections(sender: Any = None, **_: Any) -> None:
    """Let a task begin and end as a request does: what broke or is too old is opened anew."""
    if not getattr(sender.request, "is_eager", False):
        db.close_old_connections()


@signals.worker_init.connect
def name_the_worker(**_: Any) -> None:
    """Let the lines of the worker, and of the processes that it forks, name it."""
    logs.is_service("worker")
    spans.start("worker")


@signals.worker_ready.connect
def show_that_the_worker_lives(sender: Any, **_: Any) -> None:
    """Let the worker leave its marks, and end itself once it runs nothing any more."""
    from config.pulse import deafness, heartbeat
    from config.watch import listening

    listening.listen()
    heartbeat.start_once("worker", watch=deafness.DeafnessWatch(sender.controller.concurrency))


@signals.beat_init.connect
def show_that_beat_lives(**_: Any) -> None:
    """Let beat leave its marks, as long as it looks at its schedule."""
    from config.pulse import heartbeat
    from config.watch import listening

    logs.is_service("beat")
    listening.listen()
    heartbeat.start_once("beat", is_well=beat.is_ticking)
