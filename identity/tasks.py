"""Rings of the register."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings

from common import clock, tenancy
from identity import services

logger = structlog.get_logger(__name__)


@shared_task
def remind_of_certificates(**_: object) -> None:
    """Remind holders that certificates end soon."""
    told = services.remind_of_certificates(now=clock.now())
    if told:
        logger.info("identity.certificate.reminded", certificates=told)


@shared_task
def expire_grants(**_: object) -> None:
    """End the grants whose time is over."""
    ended = services.expire_grants(now=clock.now())
    if ended:
        logger.warning("identity.grant.expired", grants=ended)


@shared_task
def forget_old_replies(**_: object) -> None:
    """Drop the replies whose time to be asked for again is over."""
    before = clock.now() - timedelta(days=settings.IDENTITY_REPLY_DAYS)
    with tenancy.acting_as_platform():
        services.forget_replies(before=before)
