"""The follower of changes. It may run twice, late or not at all; numbers come then."""

from celery import shared_task

from gateway.changes import services


@shared_task
def number_changes(**_: object) -> None:
    """Give what changed its number, and tell who follows it."""
    while services.number_changes():
        continue
