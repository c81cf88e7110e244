"""Contracts, what they were charged, and the records of what was traded."""

from marketplace.settlement.models.agreed import (
    OPEN_INSTALMENTS,
    QUANTITY_MAX,
    ChargingCursor,
    Contract,
    ContractFunds,
    ContractInstalment,
    ContractReduction,
    EarlyEnd,
    Extension,
    FeeRule,
    UnopenedOrder,
)
from marketplace.settlement.models.receipts import EmptyReceipt
from marketplace.settlement.models.recorded import Adjustment, Charge, TradeRecord

__all__ = [
    "OPEN_INSTALMENTS",
    "QUANTITY_MAX",
    "Adjustment",
    "Charge",
    "ChargingCursor",
    "Contract",
    "ContractFunds",
    "ContractInstalment",
    "ContractReduction",
    "EarlyEnd",
    "EmptyReceipt",
    "Extension",
    "FeeRule",
    "TradeRecord",
    "UnopenedOrder",
]
