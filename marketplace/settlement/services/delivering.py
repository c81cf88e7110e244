"""What the orders of a batch were delivered before, and where they may have been exceeded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.money import EXACT
from marketplace.settlement import selectors
from marketplace.settlement.bounding import DeliveredUse, crowded
from marketplace.settlement.contracts import Measured
from marketplace.settlement.folding import ChargedContract, EarlierCharge
from metering import selectors as metering_selectors
from metering.contracts import MeasuredUsage, Stretch


def delivered_use_of(
    accounts: Sequence[ChargedContract],
    usage_of: Mapping[UUID, Sequence[MeasuredUsage]],
    earlier: Mapping[UUID, EarlierCharge],
) -> dict[UUID, DeliveredUse]:
    """
    Return what is known of the cells that usage falls into, by contract.

    Only where an order may have been exceeded are its readings looked at, moment by moment.
    """
    deliveries = {account.terms.id: DeliveredUse(account.terms.ordered) for account in accounts}
    touched = {
        contract_id: {delivery.ordered.cell(record.starts_at) for record in usage_of[contract_id]}
        for contract_id, delivery in deliveries.items()
    }
    for contract_id, cells in selectors.charged_cells(touched).items():
        deliveries[contract_id].cells = cells
    measured = {usage_id: each.measured for usage_id, each in earlier.items()}
    _look_closer(accounts, usage_of, deliveries, measured)
    return deliveries


def _look_closer(
    accounts: Sequence[ChargedContract],
    usage_of: Mapping[UUID, Sequence[MeasuredUsage]],
    deliveries: Mapping[UUID, DeliveredUse],
    earlier: Mapping[UUID, Measured],
) -> None:
    """Have metering say what was used within the order in cells that may exceed it."""
    places: list[tuple[DeliveredUse, datetime]] = []
    stretches: list[Stretch] = []
    for account in accounts:
        terms = account.terms
        delivery = deliveries[terms.id]
        for at in sorted(crowded(delivery, usage_of[terms.id], earlier)):
            for inside, units in terms.ordered.stretches_in(terms.ordered.cell(at)):
                places.append((delivery, at))
                stretches.append(
                    Stretch(
                        subject=terms.order_id,
                        resource_id=terms.resource_id,
                        starts_at=inside.starts_at,
                        ends_at=inside.ends_at,
                        units=units,
                        unit=terms.ordered.unit,
                    )
                )
    for (delivery, at), used in zip(places, metering_selectors.used_within(stretches), strict=True):
        before = delivery.used_within.get(at, Decimal(0))
        delivery.used_within[at] = EXACT.add(before, used)
