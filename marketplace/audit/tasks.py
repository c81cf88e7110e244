"""The doorbells of the audit room."""

from celery import shared_task

from common import clock
from marketplace.audit import services

RUNS_MAX = 20


@shared_task
def build_exports(**_: object) -> None:
    """Build the exports that wait."""
    for _run in range(RUNS_MAX):
        if services.build_next(clock=clock.now) is None:
            return


@shared_task
def expire_exports(**_: object) -> None:
    """Remove the files of exports whose days are over."""
    services.expire_exports(now=clock.now())
