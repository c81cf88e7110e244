"""
Who rang: a task knows the request that it was rung for, and a caller the name of the request.

Only names of work travel with a ring; whatever else the log's context holds stays where it is.
"""

from typing import Any, Final

from celery import signals
from django.dispatch import receiver
from django.http import HttpResponseBase
from django_structlog.celery.receivers import CeleryReceiver
from django_structlog.celery.signals import (
    bind_extra_task_metadata,
    modify_context_before_task_publish,
)
from django_structlog.signals import bind_extra_request_finished_metadata, update_failure_response
from structlog import contextvars

from common import trace

TRAVELS: Final = ("request_id", "parent_task_id", "command_id")
HEADER: Final = "X-Request-Id"

# One for web, worker, beat and commands: each of them rings.
_receiver: Final = CeleryReceiver()


def listen() -> None:
    """Tell of every task, and of every ring for one."""
    _receiver.connect_worker_signals()


@receiver(modify_context_before_task_publish)
def keep_names_of_work(context: dict[str, Any], **_: Any) -> None:
    """Let a ring carry the names of the work that rang."""
    for name in context.keys() - set(TRAVELS):
        del context[name]


@receiver(bind_extra_task_metadata)
def name_the_task(task: Any, **_: Any) -> None:
    """Let every line of a task name it."""
    contextvars.bind_contextvars(task=task.name)


@signals.task_postrun.connect
def forget_the_task(**_: Any) -> None:
    """Let what a process does between tasks not be told as the last one's."""
    contextvars.clear_contextvars()


@receiver([bind_extra_request_finished_metadata, update_failure_response])
def name_the_request(response: HttpResponseBase, **_: Any) -> None:
    """Tell the caller under which name logs tell of the request."""
    response[HEADER] = trace.current().request_id
