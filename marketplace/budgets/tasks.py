"""The doorbells of budgets."""

import structlog
from celery import shared_task

from common import clock
from marketplace.budgets import services

logger = structlog.get_logger(__name__)


@shared_task
def tell_of_use(**_: object) -> None:
    """Tell of budgets that are used, and of those that will be."""
    told = services.tell_of_use(now=clock.now())
    if told:
        logger.info("budgets.caps.told", caps=told)
