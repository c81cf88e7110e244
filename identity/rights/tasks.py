"""The sweepers of people's own data."""

from celery import shared_task

from common import clock
from identity.rights import services

RUNS_MAX = 20


@shared_task
def prepare_own_exports(**_: object) -> None:
    """Prepare the exports that wait, and remove those whose days are over."""
    services.expire_own_exports(now=clock.now())
    for _run in range(RUNS_MAX):
        if not services.prepare_next(now=clock.now()):
            return
