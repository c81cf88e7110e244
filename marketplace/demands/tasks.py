"""The doorbells of demands."""

from uuid import UUID

import structlog
from celery import shared_task

from common import clock
from marketplace.demands import services

logger = structlog.get_logger(__name__)


@shared_task
def match_demand(*, demand_id: str, **_: object) -> None:
    """Match the demand that was rung for."""
    found = services.match_demand(demand_id=UUID(demand_id), now=clock.now())
    if found is not None:
        logger.info("demands.demand.matched", demand=found.number, state=found.state)


@shared_task
def match_waiting(**_: object) -> None:
    """Look again at what waits, and at what nobody was rung for."""
    services.match_waiting(now=clock.now())


@shared_task
def alert(**_: object) -> None:
    """Tell of listings that saved searches wait for."""
    services.alert(now=clock.now())
