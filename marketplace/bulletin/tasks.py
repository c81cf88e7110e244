"""The doorbell of the bulletin."""

import structlog
from celery import shared_task

from common import clock
from gateway.contracts import KeyUnusable
from marketplace.bulletin import boards, levels, services

logger = structlog.get_logger(__name__)


@shared_task
def publish_index(**_: object) -> None:
    """Publish the index of the days that are over."""
    services.publish_missing(now=clock.now())


@shared_task
def take_boards(**_: object) -> None:
    """Take the figures of the public site and of the big screens."""
    boards.take(now=clock.now())


@shared_task
def tell_levels(**_: object) -> None:
    """Let the node sign the day that is over, for those above."""
    try:
        levels.tell_day(now=clock.now())
    except KeyUnusable as refusal:
        logger.warning("bulletin.levels.unsigned", purpose=refusal.facts["purpose"])
