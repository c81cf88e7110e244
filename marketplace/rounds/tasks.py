"""The doorbells of call rounds."""

from uuid import UUID

import structlog
from celery import shared_task

from common import clock, doorbell
from marketplace.rounds import services

logger = structlog.get_logger(__name__)


@shared_task
def decide_round(*, round_id: str, **_: object) -> None:
    """Decide the round that was rung for."""
    found = services.decide_round(round_id=UUID(round_id), now=clock.now())
    if found is not None:
        logger.info("rounds.round.decided", number=found.number, state=found.state)


@shared_task
def advance_rounds(**_: object) -> None:
    """Let rounds go on whose moment came, and ring for those that are to be decided."""
    for round_id in services.advance_due(now=clock.now()):
        doorbell.ring("rounds.sealed", round_id=str(round_id))
