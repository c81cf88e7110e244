"""What buyer and provider agree on is carried out in the transaction in which they agree."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment import talk_selectors
from marketplace.fulfilment.talk_contracts import (
    ChangeVerdict,
    DeliveryChangeClosed,
    DeliveryChangeKind,
)
from marketplace.settlement import locks
from marketplace.settlement.contracts import ContractState
from marketplace.settlement.models import Contract, ContractReduction, EarlyEnd
from marketplace.settlement.services.agreed_ends import end_agreed
from marketplace.settlement.services.reducing import reduce_contract
from metering import units as metering_units


@transaction.atomic
def answer_order_change(
    *,
    order_id: UUID,
    change_id: UUID,
    organization_id: UUID,
    verdict: ChangeVerdict,
    by_id: int,
    now: datetime,
    reason: str = "",
) -> Any:
    """
    Agree to what the other side asks for, or refuse it with a reason; said again, nothing changes.

    An end, or less, that is agreed on is written down at once. An end of what has not begun, once
    its contract is open.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    :raises DeliveryChangeNotFound: if the order has no such request
    :raises ChangeReasonMissing: if it is refused without a reason
    :raises DeliveryChangeClosed: if it is the side's own, was answered otherwise, or is over; or
        the contract was ended otherwise meanwhile, or made smaller before
    """
    with tenancy.acting_as_platform():
        talk_selectors.subject_of(order_id, organization_id=organization_id)
        # Contracts first, then deliveries, then listings: everybody locks in this order.
        contracts = locks.contracts_of_orders([order_id])
        waits = talk_selectors.open_change(change_id, order_id=order_id)
        agreed = waits.kind if waits is not None and verdict == ChangeVerdict.ACCEPT else ""
        if agreed == DeliveryChangeKind.END:
            for contract in contracts:
                _require_endable(contract)
        if agreed == DeliveryChangeKind.SHRINK:
            _require_reducible(contracts)
        found = fulfilment_services.answer_change(
            order_id=order_id,
            change_id=change_id,
            organization_id=organization_id,
            verdict=verdict,
            by_id=by_id,
            now=now,
            reason=reason,
        )
        if agreed == DeliveryChangeKind.END:
            end_agreed(now=now, order_ids=[order_id])
        if agreed == DeliveryChangeKind.SHRINK:
            reduce_contract(contracts[0], found, now=now)
        return found


def _require_endable(contract: Contract) -> None:
    if contract.state != ContractState.ACTIVE:
        raise DeliveryChangeClosed(why=_("it is settled."))
    if EarlyEnd.objects.filter(contract=contract).exists():
        raise DeliveryChangeClosed(why=_("its end was moved already."))


def _require_reducible(contracts: Sequence[Contract]) -> None:
    if not contracts:
        raise DeliveryChangeClosed(why=_("its contract is not open yet; answer a moment later."))
    contract = contracts[0]
    _require_endable(contract)
    if ContractReduction.objects.filter(contract=contract).exists():
        raise DeliveryChangeClosed(why=_("it was made smaller before; that happens once."))
    if metering_units.bound_of(contract.unit) is None:
        raise DeliveryChangeClosed(why=_("no amount bounds what it counts; it can be ended."))
