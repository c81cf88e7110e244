"""The doorbell of deliveries; it drains what is due and knows nothing else."""

import structlog
from celery import shared_task

from common import clock
from marketplace.fulfilment import services

logger = structlog.get_logger(__name__)
RUNS_MAX = 100


@shared_task
def advance(**_: object) -> None:
    """Follow what agents say, ask for what cleared, and end what is overdue or over."""
    if followed := services.follow_agents(now=clock.now()):
        logger.info("fulfilment.agents.followed", deliveries=followed)
    for _run in range(RUNS_MAX):
        run = services.advance(now=clock.now())
        if not run.moved:
            return
        logger.info(
            "fulfilment.deliveries.advanced",
            opened=run.opened,
            failed=run.failed,
            exited=run.exited,
            called_off=run.called_off,
        )


@shared_task
def erase_secrets(**_: object) -> None:
    """Erase secrets that were taken an hour ago."""
    for _run in range(RUNS_MAX):
        erased = services.erase_taken(now=clock.now())
        if not erased:
            return
        logger.info("fulfilment.secrets.erased", count=erased)


@shared_task
def tell_of_keys(**_: object) -> None:
    """Tell both parties of keys that expire before their order ends."""
    for _run in range(RUNS_MAX):
        told = services.tell_expiring(now=clock.now())
        if not told:
            return
        logger.info("fulfilment.keys.expiring", count=told)


@shared_task
def close_unanswered(**_: object) -> None:
    """Close requests for changes that nobody answered in time."""
    for _run in range(RUNS_MAX):
        closed = services.expire_changes(now=clock.now())
        if not closed:
            return
        logger.info("fulfilment.changes.expired", count=closed)
