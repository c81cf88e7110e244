"""Contracts and orders with which settlement fails: set aside with a reason, tried again later."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from common import isolation, reviews, tenancy
from marketplace.orders import services as orders_services
from marketplace.orders.rows import OrderRow
from marketplace.settlement import telling
from marketplace.settlement.contracts import (
    ContractHoldsMoney,
    ContractNotFound,
    ContractReviewCode,
    UnopenedWasUsed,
)
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import Contract, UnopenedOrder
from metering import selectors as metering_selectors

logger = structlog.get_logger(__name__)


def set_contract_aside(
    contract: Contract, error: Exception, *, code: ContractReviewCode, at: datetime
) -> None:
    """Let a contract wait for a check: what it misses is charged once it is tried again."""
    why = isolation.detail(error)
    Contract.objects.filter(pk=contract.pk).update(
        is_behind=True, **reviews.set_aside(code, why, at=at)
    )
    telling.of_contracts(SettlementEvent.CONTRACT_SET_ASIDE, [contract], code=code)
    logger.error("settlement.contract.set_aside", contract=contract.number, code=code)


def set_order_aside(order: OrderRow, error: Exception, *, at: datetime) -> None:
    """Let a cleared order wait for a check before it becomes a contract."""
    why = isolation.detail(error)
    UnopenedOrder.objects.create(
        order_id=order.pk,
        order_number=order.number,
        **reviews.set_aside(ContractReviewCode.NOT_OPENED, why, at=at),
    )
    telling.of_orders(SettlementEvent.ORDER_SET_ASIDE, [order], code=ContractReviewCode.NOT_OPENED)
    logger.error("settlement.order.set_aside", order=order.number)


@transaction.atomic
def retry_contract(*, contract_id: UUID) -> None:
    """
    Let a contract that was set aside be charged and settled again.

    :raises ContractNotFound: if there is none that waits for a check
    """
    with tenancy.acting_as_platform():
        waiting = Contract.objects.filter(pk=contract_id).exclude(review_code="")
        contract = waiting.select_for_update(no_key=True).first()
        if contract is None:
            raise ContractNotFound
        waiting.update(**reviews.returned())
        telling.of_contracts(SettlementEvent.CONTRACT_RETRIED, [contract])


@transaction.atomic
def retry_unopened(*, order_id: UUID) -> None:
    """
    Let a cleared order of which no contract could be made be opened again.

    :raises ContractNotFound: if there is none that waits for a check
    """
    with tenancy.acting_as_platform():
        unopened = UnopenedOrder.objects.filter(pk=order_id).select_related("order").first()
        if unopened is None or not UnopenedOrder.objects.filter(pk=order_id).delete()[0]:
            raise ContractNotFound
        telling.of_orders(SettlementEvent.ORDER_RETRIED, [unopened.order])


def close_contract(*, contract_id: UUID, closing: reviews.Closing) -> None:  # noqa: ARG001
    """
    Close no contract: it holds a buyer's money for what a provider delivered.

    Ending it would give the one what belongs to the other; only charging can tell how much.

    :raises ContractNotFound: if there is none that waits for a check
    :raises ContractHoldsMoney: always else
    """
    with tenancy.acting_as_platform():
        if not Contract.objects.filter(pk=contract_id).exclude(review_code="").exists():
            raise ContractNotFound
    raise ContractHoldsMoney


@transaction.atomic
def close_unopened(*, order_id: UUID, closing: reviews.Closing) -> None:
    """
    Call off a cleared order of which no contract could be made; what it holds goes back.

    :raises ContractNotFound: if there is none that waits for a check
    :raises UnopenedWasUsed: if anything was measured for it: somebody delivered, and is to be paid
    """
    with tenancy.acting_as_platform():
        waiting = UnopenedOrder.objects.filter(pk=order_id).select_related("order__listing")
        found = waiting.select_for_update(of=("self",), no_key=True).first()
        if found is None:
            raise ContractNotFound
        if _was_used(found.order):
            raise UnopenedWasUsed
        found.delete()
        called_off = orders_services.call_off_order(order_id=order_id, now=closing.now)
        telling.of_orders(SettlementEvent.ORDER_CLOSED, [called_off], **closing.facts)


def _was_used(order: OrderRow) -> bool:
    listing = order.listing
    if listing is None:
        return False
    return bool(
        metering_selectors.subjects_past({order.pk: 0})
        or metering_selectors.open_subjects(resources={order.pk: listing.resource_id})
    )
