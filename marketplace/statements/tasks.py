"""The doorbell of statements."""

from typing import Final

from celery import shared_task

from common import clock
from marketplace.statements import services

SETS_MAX: Final = 20


@shared_task
def issue_due(**_: object) -> None:
    """Issue the statements of months that are over."""
    services.begin_rounds(now=clock.now())
    for _number in range(SETS_MAX):
        if not services.issue_due(now=clock.now()):
            return


@shared_task
def look_at_monitors(**_: object) -> None:
    """Look at the accounts that somebody watches."""
    for _number in range(SETS_MAX):
        if not services.look_at_monitors(now=clock.now()):
            return
