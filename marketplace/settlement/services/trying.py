"""
Runs of charging that began and did not end: what is left of a worker that was killed meanwhile.

A fault that Python sees is isolated where it happens. One that ends the process leaves nothing but
a run that was noted before. Each run that never ended halves the next, so the contract with which
workers die is soon alone; after a few more tries it is set aside, and runs grow again.
"""

from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import F
from django.db.models.expressions import Combinable

from common import reviews, tenancy
from marketplace.settlement import locks, telling
from marketplace.settlement.contracts import ChargingRun, ContractReviewCode
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import ChargingCursor, Contract
from marketplace.settlement.services import batches
from marketplace.settlement.services.charging import CHARGING_BATCH_MAX, charge_due
from marketplace.settlement.services.opening import open_contracts

logger = structlog.get_logger(__name__)
TRIES_ALONE_MAX: Final = 2


def charge_carefully(*, now: datetime) -> ChargingRun:
    """Charge what is due, as `charge_due` does, though a contract may kill whoever charges it."""
    open_contracts(now=now)
    limit = begin(now=now)
    if limit is None:
        return ChargingRun()
    try:
        charged = charge_due(
            now=now, limit=limit, is_careful=limit < CHARGING_BATCH_MAX, is_patient=True
        )
    except Exception as error:  # It failed, and was not killed.
        is_outage = isinstance(error, OperationalError | InterfaceError)
        with suppress(DatabaseError, InterfaceError):
            end(limit, failed=F("failed") + (0 if is_outage else 1))
        raise
    end(min(limit * 2, CHARGING_BATCH_MAX))
    return charged


@transaction.atomic
def begin(*, now: datetime) -> int | None:
    """Note that a run begins; return how much it may take, or nothing while another run is on."""
    with tenancy.acting_as_platform():
        cursor = locks.charging_cursor()
        if cursor is None:
            return None
        limit, unfinished = cursor.run_limit, cursor.unfinished
        if unfinished and limit > 1:
            limit, unfinished = limit // 2, 0
        elif unfinished >= TRIES_ALONE_MAX:
            _set_next_aside(cursor, unfinished, at=now)
            limit, unfinished = CHARGING_BATCH_MAX, 0
        _note(limit, unfinished + 1)
    return limit


def end(next_limit: int, *, failed: int | Combinable = 0) -> None:
    """Note that a run ended, how much the next may take, and how many failed throughout."""
    with transaction.atomic(), tenancy.acting_as_platform():
        _note(next_limit, 0, failed=failed)


def _note(limit: int, unfinished: int, **facts: int | Combinable) -> None:
    ChargingCursor.objects.filter(pk=1).update(run_limit=limit, unfinished=unfinished, **facts)


def _set_next_aside(cursor: ChargingCursor, tries: int, *, at: datetime) -> None:
    """Set the contract aside that a run of one usage record would charge."""
    batch = batches.read(cursor, limit=1, is_careful=True)
    suspects = Contract.objects.filter(pk__in=batch.behind) or Contract.objects.filter(
        order_id__in=list(batch.by_subject)
    )
    for contract in suspects:
        why = f"{tries} workers ended while they charged this contract alone"
        Contract.objects.filter(pk=contract.pk).update(
            is_behind=True, **reviews.set_aside(ContractReviewCode.WORKER_DIED, why, at=at)
        )
        code = ContractReviewCode.WORKER_DIED
        telling.of_contracts(SettlementEvent.CONTRACT_SET_ASIDE, [contract], code=code)
        logger.error("settlement.contract.set_aside", contract=contract.number, code="worker_died")
