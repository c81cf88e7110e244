"""The doorbell of the bulletin."""

from celery import shared_task

from common import clock
from marketplace.bulletin import services


@shared_task
def publish_index(**_: object) -> None:
    """Publish the index of the days that are over."""
    services.publish_missing(now=clock.now())
