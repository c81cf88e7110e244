"""The sweepers of the ways in."""

from celery import shared_task

from common import clock
from identity.entry import services


@shared_task
def settle_entries(**_: object) -> None:
    """End invitations whose time is over, and forget tokens and links that are."""
    now = clock.now()
    services.settle_invitations(now=now)
    services.forget_tokens(now=now)
    services.forget_address_changes(now=now)
