"""What a buyer wants, as the API's forms say it."""

from typing import Any

from common.period import Period
from marketplace.catalog.api.token_fields import token_mix, units_milli
from marketplace.orders.contracts import OrderWish, Repeated, Requirement
from marketplace.orders.set_contracts import OrderedBeside


def ordered_wish(key: str, data: dict[str, Any]) -> OrderWish:
    """Return the wish of a form that was checked."""
    required = data["requirement"]
    period = Period(data["starts_at"], data["ends_at"])
    return OrderWish(
        key=key,
        units_milli=units_milli(data, listing_id=data["listing_id"], period=period),
        period=period,
        listing_id=data["listing_id"],
        requirement=None
        if required is None
        else Requirement(required["resource_class"], required["hub"], tuple(required["chips"])),
        quote_id=data["quote_id"],
        use_vouchers=data["use_vouchers"],
        voucher_ids=tuple(data["voucher_ids"]),
        project_id=data["project_id"],
        token_mix=tuple(token_mix(data).items()),
        repeated=data["repeat"] and Repeated(**data["repeat"]),
    )


def ordered_beside(data: dict[str, Any]) -> list[OrderedBeside]:
    """Return what a form that was checked orders beside its listing."""
    return [
        OrderedBeside(
            listing_id=each["listing_id"],
            units_milli=each["units_milli"],
            quote_id=each["quote_id"],
            repeated=each["repeat"] and Repeated(**each["repeat"]),
        )
        for each in data["beside"]
    ]
