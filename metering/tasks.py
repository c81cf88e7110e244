"""Doorbells of measuring. The window that is due is the promise; a ring only finds it."""

from celery import current_app, shared_task
from django.db import transaction

from common import clock, tenancy
from metering import services

CHARGE_DUE = "marketplace.settlement.tasks.charge_due"


@shared_task
def close_due_windows(**_: object) -> None:
    """Close what is due, batch by batch, and ring for the charges that follow."""
    is_full = True
    while is_full:
        with tenancy.acting_as_platform():
            closed = services.close_windows(now=clock.now())
            if closed.records:
                transaction.on_commit(_ring_charging, robust=True)
        is_full = closed.is_full


def _ring_charging() -> None:
    # By name: measuring knows nothing of the room above that charges.
    current_app.send_task(CHARGE_DUE)
