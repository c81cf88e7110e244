"""What buyer and provider agree on is carried out in the transaction in which they agree."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment import talk_selectors
from marketplace.fulfilment.talk_contracts import ChangeVerdict, DeliveryChangeClosed
from marketplace.settlement import locks
from marketplace.settlement.contracts import ContractState
from marketplace.settlement.models import Contract, EarlyEnd
from marketplace.settlement.services.agreed_ends import end_agreed


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

    An end that is agreed on is written down at once. Of what has not begun, once its contract is
    open.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    :raises DeliveryChangeNotFound: if the order has no such request
    :raises ChangeReasonMissing: if it is refused without a reason
    :raises DeliveryChangeClosed: if it is the side's own, was answered otherwise, or is over; or
        the contract was ended otherwise meanwhile
    """
    with tenancy.acting_as_platform():
        talk_selectors.subject_of(order_id, organization_id=organization_id)
        # Contracts first, then deliveries, then listings: everybody locks in this order.
        contracts = locks.contracts_of_orders([order_id])
        is_end = verdict == ChangeVerdict.ACCEPT and talk_selectors.is_open_end(change_id)
        if is_end:
            for contract in contracts:
                _require_endable(contract)
        found = fulfilment_services.answer_change(
            order_id=order_id,
            change_id=change_id,
            organization_id=organization_id,
            verdict=verdict,
            by_id=by_id,
            now=now,
            reason=reason,
        )
        if is_end:
            end_agreed(now=now, order_ids=[order_id])
        return found


def _require_endable(contract: Contract) -> None:
    if contract.state != ContractState.ACTIVE:
        raise DeliveryChangeClosed(why=_("it is settled."))
    if EarlyEnd.objects.filter(contract=contract).exists():
        raise DeliveryChangeClosed(why=_("its end was moved already."))
