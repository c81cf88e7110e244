"""The sweeper of the record of who saw what."""

from datetime import timedelta
from typing import Final

from celery import shared_task

from common import clock
from identity.privacy import classes, services

MONTHS_AHEAD: Final = 12


@shared_task
def keep_months(**_: object) -> None:
    """Make the coming months of the record, and let those go whose term is over."""
    services.make_months(months_ahead=MONTHS_AHEAD)
    services.drop_months(before=clock.now() - timedelta(days=classes.days_kept("ACCESS")))
