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
    lowered = services.lower_recoveries(now=clock.now())
    if lowered:
        logger.info("claims.recovery.lowered", recoveries=lowered)


@shared_task
def grant_published(**_: object) -> None:
    """Grant requests that were public for their days and to which nobody objects any more."""
    granted = services.grant_published(now=clock.now())
    if granted:
        logger.info("claims.reimbursement.approved", requests=granted)
