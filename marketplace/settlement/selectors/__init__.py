"""Reads of settlement."""

from marketplace.settlement.selectors.accounts import (
    accounts_of,
    charged_cells,
    charging_cursor,
    contracts_behind,
    earlier_charges,
    fee_rules,
    funds_of,
    open_contracts_of,
    totals_of_orders,
    trade_records_of,
)
from marketplace.settlement.selectors.courses import (
    ChargedDay,
    Course,
    charged_days,
    charges_on,
    course,
)
from marketplace.settlement.selectors.reading import (
    charged_of_order,
    charges,
    charges_of_order,
    contract,
    contract_of_order,
    contracts,
    running_by_place,
    trade_record,
    trade_records,
)
from marketplace.settlement.selectors.statements import (
    ProviderOverview,
    provider_overview,
    statements,
    trades_of_month,
)

__all__ = [
    "ChargedDay",
    "Course",
    "ProviderOverview",
    "accounts_of",
    "charged_cells",
    "charged_days",
    "charged_of_order",
    "charges",
    "charges_of_order",
    "charges_on",
    "charging_cursor",
    "contract",
    "contract_of_order",
    "contracts",
    "contracts_behind",
    "course",
    "earlier_charges",
    "fee_rules",
    "funds_of",
    "open_contracts_of",
    "provider_overview",
    "running_by_place",
    "statements",
    "totals_of_orders",
    "trade_record",
    "trade_records",
    "trade_records_of",
    "trades_of_month",
]
