"""The doorbell of vouchers."""

from typing import Final

import structlog
from celery import shared_task
from django.conf import settings

from common import clock
from marketplace.vouchers import services

logger = structlog.get_logger(__name__)
SWEEPS_MAX: Final = 100


@shared_task
def expire_vouchers(**_: object) -> None:
    """Return to their pools what is left on vouchers whose time is over."""
    for _sweep in range(SWEEPS_MAX):
        swept = services.expire_vouchers(now=clock.now(), limit=settings.VOUCHERS_SWEEP_BATCH_MAX)
        if swept:
            logger.info("vouchers.voucher.expired", vouchers=swept)
        if swept < settings.VOUCHERS_SWEEP_BATCH_MAX:
            return


@shared_task
def move_applications(**_: object) -> None:
    """Close what was open to objections, end what is over, and remind of what ends soon."""
    now = clock.now()
    moved = {
        "approved": services.close_publicity(now=now),
        "expired": services.expire_applications(now=now),
        "reminded": services.remind_of_ends(now=now),
    }
    if any(moved.values()):
        logger.info("vouchers.applications.moved", **moved)
