"""The sweepers of notices."""

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.conf import settings

from common import clock
from identity.notices import services

BATCHES_MAX: Final = 20


@shared_task
def spread(**_: object) -> None:
    """Tell people of what was recorded."""
    for _batch in range(BATCHES_MAX):
        if not services.spread(now=clock.now()).has_more:
            return


@shared_task
def send_letters(**_: object) -> None:
    """Send the letters that are due."""
    services.send_due(now=clock.now())


@shared_task
def remind(**_: object) -> None:
    """Call to mind what waits for an act."""
    services.remind(now=clock.now())


@shared_task
def forget(**_: object) -> None:
    """Drop notices whose time is over."""
    services.forget(before=clock.now() - timedelta(days=settings.NOTICES_KEPT_DAYS))
