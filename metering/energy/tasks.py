"""Doorbells of energy. The usage record past the place reached is the promise."""

from celery import shared_task

from common import clock, tenancy
from metering.energy import services


@shared_task
def count_due(**_: object) -> None:
    """Count the electricity of new usage, batch by batch."""
    is_full = True
    while is_full:
        with tenancy.acting_as_platform():
            is_full = services.count_due(now=clock.now()).is_full
