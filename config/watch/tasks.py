"""The sweeper of whoever watches."""

from typing import Final

from celery import shared_task

from common import clock
from config.watch import tallying

SLICES_MAX: Final = 20


@shared_task
def tally_readings(**_: object) -> None:
    """Compare what was accepted with what is accounted for, a few slices at a time."""
    for _slice in range(SLICES_MAX):
        if not tallying.tally(now=clock.now()):
            return
