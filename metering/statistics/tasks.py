"""Doorbells of statistics. The hours that changed are the promise."""

from celery import shared_task

from common import clock, tenancy
from metering.statistics import services


@shared_task
def roll_up(**_: object) -> None:
    """Roll up what changed, batch by batch."""
    is_full = True
    while is_full:
        with tenancy.acting_as_platform():
            is_full = services.roll_up(now=clock.now()).is_full
