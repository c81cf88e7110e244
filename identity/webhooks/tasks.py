"""Rings of webhooks."""

from celery import shared_task

from common import clock
from identity.webhooks import services

RUN_SECONDS = 40.0
BATCHES_MAX = 200


@shared_task
def deliver(**_: object) -> None:
    """Read what happened, and send what is due."""
    for _batch in range(BATCHES_MAX):
        if not services.spread(now=clock.now()):
            break
    for _batch in range(BATCHES_MAX):
        if not services.continue_replays(now=clock.now()):
            break
    services.run(clock=clock.now, seconds=RUN_SECONDS)


@shared_task
def tidy_webhooks(**_: object) -> None:
    """Forget what is long over; disable who lets too much wait."""
    while services.tidy(now=clock.now()):
        continue
