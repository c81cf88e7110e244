"""The sweeper of whoever watches."""

from typing import Final

from celery import shared_task

from common import clock, tenancy
from config.watch import status, tallying
from marketplace.bulletin import boards

SLICES_MAX: Final = 20


@shared_task
def tally_readings(**_: object) -> None:
    """Compare what was accepted with what is accounted for, a few slices at a time."""
    for _slice in range(SLICES_MAX):
        if not tallying.tally(now=clock.now()):
            return


@shared_task
def post_alarms(**_: object) -> None:
    """Write down what is not well, for the big screen."""
    now = clock.now()
    with tenancy.acting_as_platform():
        found = status.alarms(now)
    boards.post_alarms(found, now=now)
