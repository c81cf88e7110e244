"""The one text that each value of a record has wherever it is written."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from common.canonical import decimal_text
from common.money import EXACT


def money_text(minor: int) -> str:
    """Return minor units as major units with two digits."""
    return f"{Decimal(minor).scaleb(-2, context=EXACT):.2f}"


def json_text(value: Any) -> str:
    """Return stored JSON as one text: keys sorted, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def quantity_text(quantity: Decimal | None) -> str:
    """Return a quantity's plain digits; nothing for what was not measured."""
    return "" if quantity is None else decimal_text(quantity)


def time_text(moment: datetime | None) -> str:
    """Return a moment in UTC."""
    return "" if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
