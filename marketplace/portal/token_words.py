"""How tokens of an API are said: prices a million, read and generated, and tokens a minute."""

from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from identity.contracts import CapacityUnit
from marketplace.catalog import tokens as catalog_tokens
from marketplace.catalog.collar import price_text
from marketplace.portal import figures
from pricing.contracts import RateUnit

THOUSANDS_A_MILLION: Final = 1_000
SECONDS_A_MINUTE: Final = 60


def token_terms(listing: Any) -> dict[str, str] | None:
    """
    Return what a listing of an API says of tokens; nothing for others.

    Prices are of the plan's first tier, a million tokens; a generated one costs what the
    measurement rule counts it as.
    """
    if listing.capacity_unit != CapacityUnit.TPS or listing.headline_unit != RateUnit.KTOKEN:
        return None
    price = listing.headline_price * THOUSANDS_A_MILLION
    weight = catalog_tokens.generated_weight(listing.rule_version.definition)
    a_minute = Decimal(listing.total_milli) * SECONDS_A_MINUTE / 1_000
    return {
        "read": f"¥{price_text(price)}",
        "generated": f"¥{price_text(price * weight)}",
        "counted": _("a generated token counts as %(weight)s read")
        % {"weight": f"{weight.normalize():f}"},
        "a_minute": figures.grouped(a_minute, 0),
    }
