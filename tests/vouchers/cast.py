"""Programmes and vouchers that the tests speak of."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from marketplace.vouchers import programme_rules
from marketplace.vouchers.contracts import PayableLine, Purchase, Purse
from tests.factories import fen as yuan
from tests.factories import programme_rules as rules_data

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAMES = UUID("00000000-0000-7000-8000-000000000000")
HAICHAO = uuid5(NAMES, "buyer")
LONGDONG = uuid5(NAMES, "provider")
LONGDONG_USCC = "91621000MA7B0X5R2N"


def rate(share: str, *, beneficiary: str = "ANY", resource_class: str = "ANY") -> dict[str, str]:
    return {"beneficiary": beneficiary, "resource_class": resource_class, "share": share}


def purse(
    number: str = "V-1",
    *,
    left: str = "1000000000",
    programme: str = "CITY",
    beneficiary: str = "SME",
    days_left: int = 30,
    **changes: Any,
) -> Purse:
    return Purse(
        voucher_id=uuid5(NAMES, number),
        number=number,
        programme_code=programme,
        programme_version=1,
        rules=programme_rules.parse(changes if "schema" in changes else rules_data(**changes)),
        beneficiary=beneficiary,
        valid_from=NOON - timedelta(days=30),
        expires_at=NOON + timedelta(days=days_left),
        available_minor=yuan(left),
    )


def purchase(
    compute: str = "0",
    *,
    storage: str = "0",
    network: str = "0",
    ordered_at: datetime = NOON,
    resource_class: str = "AI",
    supplier_id: UUID = LONGDONG,
    is_certified: bool = True,
) -> Purchase:
    return Purchase(
        order_id=uuid5(NAMES, "order"),
        holder_id=HAICHAO,
        supplier_id=supplier_id,
        supplier_uscc=LONGDONG_USCC,
        resource_class=resource_class,
        ordered_at=ordered_at,
        lines=(
            PayableLine("COMPUTE", yuan(compute)),
            PayableLine("STORAGE", yuan(storage)),
            PayableLine("NETWORK", yuan(network)),
        ),
        holder_is_certified=is_certified,
    )
