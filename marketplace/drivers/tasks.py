"""Rings of drivers."""

import structlog
from celery import shared_task

from common import clock
from marketplace.drivers import services

logger = structlog.get_logger(__name__)
RUN_SECONDS = 30.0
ROUNDS_MAX = 100


@shared_task
def drive(**_: object) -> None:
    """Take deliveries up, plan what follows, and call what is due."""
    for _round in range(ROUNDS_MAX):
        if not services.plan(now=clock.now()):
            break
    called = services.call_due(clock=clock.now, seconds=RUN_SECONDS)
    if called:
        logger.info("drivers.calls.made", count=called)
