"""Who may charge, and which contracts are being changed."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from common.reviews import NOT_SET_ASIDE
from marketplace.orders import selectors as orders_selectors
from marketplace.settlement.contracts import ContractState
from marketplace.settlement.models import ChargingCursor, Contract

_FEE_RULES: Final = 7268401


def fee_rules() -> None:
    """Let one publish a fee at a time: rows that are never edited cannot be locked themselves."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FEE_RULES])


def charging_cursor() -> ChargingCursor | None:
    """Take the cursor for this transaction; None if another run has it."""
    return (
        ChargingCursor.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=1).first()
    )


def awaited_charging_cursor() -> ChargingCursor:
    """Take the cursor for this transaction, waiting for a run that has it."""
    return ChargingCursor.objects.select_for_update(no_key=True).get(pk=1)


def contracts_of_orders(order_ids: Collection[UUID]) -> list[Contract]:
    """Lock the contracts of orders in id order, so that two runs never wait for each other."""
    return list(
        Contract.objects.select_related("fee_rule", "order")
        .prefetch_related("funds")
        .filter(order_id__in=order_ids)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )


def contract_of_buyer(*, contract_id: UUID, buyer_id: UUID) -> Contract | None:
    """Lock a buyer's contract, waiting for who charges or settles it."""
    return (
        Contract.objects.select_related("order")
        .filter(pk=contract_id, buyer_id=buyer_id)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )


def contracts_to_renew(contract_ids: Collection[UUID]) -> list[Contract]:
    """Take contracts that nobody else moves just now, with what pays them, in id order."""
    return list(
        Contract.objects.select_related("order")
        .prefetch_related("funds")
        .filter(pk__in=contract_ids)
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True, no_key=True)
    )


def due_contracts(
    *,
    now: datetime,
    limit: int,
    after: Contract | None = None,
    order_ids: Collection[UUID] | None = None,
) -> list[Contract]:
    """
    Take contracts that are due for settlement and that no other run has, in order of time.

    Those of imports at work are left to the imports, which name their orders.
    """
    due = Contract.objects.filter(
        NOT_SET_ASIDE, state=ContractState.ACTIVE, settles_at__lte=now, is_behind=False
    )
    if order_ids is not None:
        due = due.filter(order_id__in=order_ids)
    elif running := orders_selectors.running_imports():
        due = due.exclude(order__import_run_id__in=running)
    if after is not None:
        later = Q(settles_at=after.settles_at, pk__gt=after.pk)
        due = due.filter(Q(settles_at__gt=after.settles_at) | later)
    return list(
        due.order_by("settles_at", "pk").select_for_update(
            of=("self",), skip_locked=True, no_key=True
        )[:limit]
    )
