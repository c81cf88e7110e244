"""The doorbells of the policy room."""

from celery import shared_task

from common import clock
from marketplace.policy import services

RUNS_MAX = 20


@shared_task
def run_workbench(**_: object) -> None:
    """Decide the runs that wait."""
    for _run in range(RUNS_MAX):
        if services.run_next(clock=clock.now) is None:
            return


@shared_task
def drop_files(**_: object) -> None:
    """Remove the files of runs that nobody published."""
    services.drop_files(now=clock.now())
