"""Doorbells of the gateway."""

import structlog
from celery import shared_task

from common import clock, tenancy
from gateway import services
from gateway.contracts import KeyUnusable

logger = structlog.get_logger(__name__)


@shared_task
def sign_due(**_: object) -> None:
    """Publish the node's set of keys if it changed, and sign what waits."""
    signed = services.SIGNING_BATCH_MAX
    try:
        while signed == services.SIGNING_BATCH_MAX:
            with tenancy.acting_as_platform():
                signed = services.sign_due(now=clock.now())
    except KeyUnusable as refusal:
        logger.warning("gateway.keys.unusable", purpose=refusal.facts["purpose"])
