"""The doorbell of the bulletin."""

from celery import shared_task

from common import clock
from marketplace.bulletin import boards, services


@shared_task
def publish_index(**_: object) -> None:
    """Publish the index of the days that are over."""
    services.publish_missing(now=clock.now())


@shared_task
def take_boards(**_: object) -> None:
    """Take the figures of the public site and of the big screens."""
    boards.take(now=clock.now())
