"""Doorbells of measuring. The window that is due is the promise; a ring only finds it."""

from celery import shared_task

from common import clock, doorbell, tenancy
from metering import services


@shared_task
def keep_months(**_: object) -> None:
    """Make the months that readings may come for, ahead."""
    services.keep_months()


@shared_task
def close_due_windows(**_: object) -> None:
    """Close what is due, batch by batch, and ring for the charges that follow."""
    is_full = True
    while is_full:
        with tenancy.acting_as_platform():
            closed = services.close_windows(now=clock.now())
            if closed.records:
                doorbell.ring("usage.recorded")
        is_full = closed.is_full
