"""Writes of energy: counting, data centres, grid factors, green electricity."""

from metering.energy.services.centres import add_centre, enter_pue, place_resources
from metering.energy.services.counting import CountedBatch, count_due
from metering.energy.services.factors import publish_factor
from metering.energy.services.green import (
    cancel_supply,
    claim_supply,
    register_supply,
    retire_supply,
)
from metering.energy.services.rolling import forget_hours

__all__ = [
    "CountedBatch",
    "add_centre",
    "cancel_supply",
    "claim_supply",
    "count_due",
    "enter_pue",
    "forget_hours",
    "place_resources",
    "publish_factor",
    "register_supply",
    "retire_supply",
]
