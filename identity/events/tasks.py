"""The sweeper of the record of events."""

from celery import shared_task
from django.conf import settings

from identity.events import services


@shared_task
def make_partitions(**_: object) -> None:
    """Make the coming months' partitions."""
    services.make_partitions(months_ahead=settings.EVENTS_MONTHS_AHEAD)
