"""The doorbells of payments; each drains what is due and knows nothing else."""

from typing import Final

from celery import shared_task

from common import clock
from marketplace.payments import services

SENT_MAX: Final = 100


@shared_task
def send_due(**_: object) -> None:
    """Send what is due to the gateway, and look after what was sent."""
    services.follow_refunds(now=clock.now())
    for _number in range(SENT_MAX):
        if not services.send_due(now=clock.now()):
            return


@shared_task
def reconcile(**_: object) -> None:
    """Compare our books with the gateway's, each night and whenever somebody asked."""
    services.reconcile_due(now=clock.now())
