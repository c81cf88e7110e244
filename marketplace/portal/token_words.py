"""How tokens of an API are said: prices a million, tokens a minute, and what became of them."""

from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.contracts import CapacityUnit
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import tokens as catalog_tokens
from marketplace.catalog.collar import price_text
from marketplace.portal import figures
from marketplace.settlement import selectors as settlement_selectors
from pricing import token_kinds
from pricing.contracts import TOKEN_KINDS, RateUnit

THOUSANDS_A_MILLION: Final = 1_000
KIND_WORDS: Final = {
    "in": gettext_lazy("A million tokens read"),
    "out": gettext_lazy("A million tokens generated"),
    "cached": gettext_lazy("A million tokens read from a cache"),
}
SECONDS_A_MINUTE: Final = 60


def token_terms(listing: Any) -> dict[str, Any] | None:
    """
    Return what a listing of an API says of tokens; nothing for others.

    Prices are of the plan's first tier, a million tokens. Where kinds have no price of their own a
    generated one costs what the measurement rule counts it as.
    """
    if listing.capacity_unit != CapacityUnit.TPS:
        return None
    a_minute = Decimal(listing.total_milli) * SECONDS_A_MINUTE / 1_000
    told = {"a_minute": figures.grouped(a_minute, 0)}
    if listing.headline_unit in TOKEN_KINDS:
        prices = {each["unit"]: each["tiers"][0] for each in listing.plan_version.components}
        weights = catalog_selectors.weights_of(listing.rule_version_id)
        return told | {
            "kinds": [
                {
                    "word": KIND_WORDS[kind],
                    "price": f"¥{price_text(Decimal(prices[unit]['unit_price']))}",
                    "weight": _takes(weights[kind]) if kind in weights else "",
                }
                for kind, unit in token_kinds.KINDS.items()
                if unit in prices
            ]
        }
    if listing.headline_unit != RateUnit.KTOKEN:
        return None
    price = listing.headline_price * THOUSANDS_A_MILLION
    weight = catalog_tokens.generated_weight(listing.rule_version.definition)
    return told | {
        "read": f"¥{price_text(price)}",
        "generated": f"¥{price_text(price * weight)}",
        "counted": _counted(weight),
    }


def _takes(weight: Decimal) -> str:
    told = _("takes as much throughput as %(weight)s read")
    return "" if weight == 1 else told % {"weight": f"{weight.normalize():f}"}


def used(order: Any) -> dict[str, Any] | None:
    """Return what became of the tokens of an order; nothing for orders of anything else."""
    found = settlement_selectors.token_use(order)
    if found is None:
        return None
    rate = next((each for each in order.lines or () if each["unit"] == RateUnit.KTOKEN), None)
    price = Decimal(rate["unit_price"]) * THOUSANDS_A_MILLION if rate else None
    kinds = _by_kind(order)
    return {
        "kinds": kinds,
        "committed": figures.grouped(found.committed, 0),
        "used": figures.grouped(found.used, 0),
        "left": figures.grouped(found.left, 0),
        "beyond": figures.grouped(found.beyond, 0) if found.beyond else "",
        "a_minute": figures.grouped(found.a_minute, 0),
        "most": "" if found.most_a_minute is None else figures.grouped(found.most_a_minute, 0),
        "is_kept": found.is_kept,
        "read": "" if found.read is None else figures.grouped(found.read, 0),
        "generated": "" if found.generated is None else figures.grouped(found.generated, 0),
        "cached": figures.grouped(found.cached, 0) if found.cached else "",
        "counted": _counted(found.weight),
        "price_read": "" if price is None else f"¥{price_text(price)}",
        "price_generated": "" if price is None else f"¥{price_text(price * found.weight)}",
    }


def _by_kind(order: Any) -> list[dict[str, str]]:
    """Return what an order commits of each kind that has a price: how many millions, at what."""
    words = {unit: KIND_WORDS[kind] for kind, unit in token_kinds.KINDS.items()}
    return [
        {
            "word": str(words[RateUnit(line["unit"])]),
            "committed": figures.grouped(Decimal(line["quantity"]) * token_kinds.MILLION, 0),
            "price": f"¥{price_text(Decimal(line['unit_price']))}",
        }
        for line in order.lines or ()
        if line["unit"] in TOKEN_KINDS
    ]


def _counted(weight: Decimal) -> str:
    told = _("a generated token counts as %(weight)s read")
    return told % {"weight": f"{weight.normalize():f}"}
