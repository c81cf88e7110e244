"""The doorbells of settlement; each drains what is due and knows nothing else."""

import structlog
from celery import shared_task

from common import clock
from marketplace.settlement import services

logger = structlog.get_logger(__name__)
RUNS_MAX = 100


@shared_task
def open_contracts(**_: object) -> None:
    """Open the contracts of orders that have cleared and begun."""
    services.open_contracts(now=clock.now())


@shared_task
def charge_due(**_: object) -> None:
    """Charge what was measured."""
    for _run in range(RUNS_MAX):
        charged = services.charge_carefully(now=clock.now())
        if charged.charges:
            logger.info("settlement.usage.charged", charges=charged.charges)
        if not charged.is_full:
            return


@shared_task
def settle_due(**_: object) -> None:
    """
    Settle the contracts that have ended.

    Those of which nothing is delivered end, and those that both parties agreed to end. What never
    ran gets its receipt.
    """
    services.end_agreed(now=clock.now())
    services.end_undelivered(now=clock.now())
    for _run in range(RUNS_MAX):
        settled = services.settle_due(now=clock.now())
        if settled.contracts:
            logger.info("settlement.contract.settled", contracts=settled.contracts)
        if not settled.is_full:
            break
    issued = services.issue_receipts(now=clock.now())
    if issued:
        logger.info("settlement.receipts.issued", receipts=issued)


@shared_task
def renew_due(**_: object) -> None:
    """Hold the instalments of long contracts that are due."""
    for _run in range(RUNS_MAX):
        renewed = services.renew_due(now=clock.now())
        if renewed.held or renewed.late or renewed.lapsed:
            logger.info(
                "settlement.instalments.renewed",
                held=renewed.held,
                late=renewed.late,
                lapsed=renewed.lapsed,
            )
        if not renewed.is_full:
            return
