"""The doorbell of the catalog."""

from typing import Final

from celery import shared_task

from common import clock
from marketplace.catalog import services
from marketplace.catalog.contracts import LISTING_BATCH_MAX

SWEEPS_MAX: Final = 20


@shared_task
def follow_plans(**_: object) -> None:
    """Move listings to the plan versions that took effect."""
    for _sweep in range(SWEEPS_MAX):
        if services.follow_plans(now=clock.now()) < LISTING_BATCH_MAX:
            return


@shared_task
def compute_prices(**_: object) -> None:
    """Compute the all-in prices that fell due."""
    for _sweep in range(SWEEPS_MAX):
        if services.compute_due_all_in(now=clock.now()) < LISTING_BATCH_MAX:
            return
