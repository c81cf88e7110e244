"""The doorbell of claims."""

import structlog
from celery import shared_task

from common import clock
from marketplace.claims import services

logger = structlog.get_logger(__name__)


@shared_task
def complete_claw_backs(**_: object) -> None:
    """Claim what was captured of vouchers after they were taken back."""
    made = services.complete_claw_backs(now=clock.now())
    if made:
        logger.info("claims.recovery.demanded", recoveries=made)
