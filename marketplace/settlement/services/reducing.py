"""A contract is of less from the moment on that buyer and provider agreed on."""

from datetime import datetime
from typing import Any

from marketplace.catalog import services as catalog_services
from marketplace.settlement import telling
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import Contract, ContractReduction


def reduce_contract(contract: Contract, change: Any, *, now: datetime) -> ContractReduction:
    """
    Write down that a locked contract is of less from a moment on, as a change says; once.

    From then on more is not charged, and its capacity is free. Holds return with the settlement.
    """
    made = ContractReduction(
        contract=contract,
        buyer_id=contract.buyer_id,
        provider_id=contract.provider_id,
        change_id=change.pk,
        starts_at=change.moment,
        units_milli=change.units_milli,
        agreed_at=now,
    )
    made.save(force_insert=True)
    catalog_services.give_back_some(
        order_id=contract.order_id, milli=made.units_milli, at=made.starts_at
    )
    telling.of_contracts(
        SettlementEvent.CONTRACT_REDUCED,
        [contract],
        at=now,
        starts_at=made.starts_at,
        units_milli=made.units_milli,
    )
    return made
