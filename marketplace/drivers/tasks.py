"""Rings of drivers."""

import time

import structlog
from celery import shared_task

from common import clock
from marketplace.drivers import services

logger = structlog.get_logger(__name__)
RUN_SECONDS = 30.0


@shared_task
def drive(**_: object) -> None:
    """Take deliveries up, plan what follows and call what is due, until nothing is."""
    ends_at = time.monotonic() + RUN_SECONDS
    while (left := ends_at - time.monotonic()) > 0:
        planned = services.plan(now=clock.now())
        called = services.call_due(clock=clock.now, seconds=left)
        if called:
            logger.info("drivers.calls.made", count=called)
        if not planned and not called:
            return
