"""The sweeper of terms: months are made ahead, and go when their term is over."""

from typing import Final

from celery import shared_task

from common import clock
from identity.privacy import services

MONTHS_AHEAD: Final = 12


@shared_task
def keep_months(**_: object) -> None:
    """Make the coming months of the record, and let go whatever is over."""
    services.make_months(months_ahead=MONTHS_AHEAD)
    services.remove_over(now=clock.now())
