"""The doorbell of payouts."""

from celery import shared_task

from common import clock
from marketplace.payouts import services


@shared_task
def finish_runs(**_: object) -> None:
    """Close the runs that the bank's statements answered."""
    services.finish_runs(now=clock.now())
