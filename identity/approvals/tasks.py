"""Rings of approvals."""

from celery import shared_task

from common import clock
from identity.approvals import services


@shared_task
def expire_proposals(**_: object) -> None:
    """Let proposals that nobody decided in time wait no more."""
    while services.expire_proposals(now=clock.now()) == services.SWEEP_MAX:
        continue
