"""An operator's price list: what a card of a chip, a virtual CPU or a node costs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from common.canonical import content_hash
from common.errors import Refusal
from identity.contracts import CapacityUnit
from marketplace.importing.contracts import PriceListRefused
from pricing import rules as pricing_rules
from pricing.contracts import RateUnit

SAMPLE: Final = Path(__file__).parent / "sample" / "openb-prices.sample.json"
SIZE_MAX: Final = 1_000_000
VALUE_SHOWN_MAX: Final = 40
STANDARD_RULE: Final = "accelerator-hours"
UNIT_RULES: Final = {
    CapacityUnit.CARD: "card-hours",
    CapacityUnit.VCPU: "vcpu-hours",
    CapacityUnit.NODE: "node-hours",
}


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A flat price by the standard hour or by the unit-hour."""

    name: str
    unit: RateUnit
    unit_price: str

    def components(self) -> list[dict[str, Any]]:
        """Return the rates of the plan that says this price."""
        tiers = [{"from": "0", "unit_price": self.unit_price}]
        return [{"code": "usage", "unit": str(self.unit), "tiers": tiers}]

    def plan_code(self) -> str:
        """Return a code that is the same for the same price of the same thing."""
        return f"list-{content_hash([self.name, *self.components()])[:16]}"

    def plan_codes(self) -> Iterator[str]:
        """Yield the codes under which the price may be found, one after the other."""
        yield self.plan_code()
        yield from (f"{self.plan_code()}-{number}" for number in count(2))

    def plan_name(self) -> str:
        """Return what people read."""
        return f"{self.name} · {self.unit_price} / {RateUnit(self.unit).label}"[:80]

    def rule_code(self, capacity_unit: CapacityUnit) -> str:
        """Return the measurement rule that counts what is charged."""
        if self.unit == RateUnit.STANDARD_HOUR:
            return STANDARD_RULE
        return UNIT_RULES[capacity_unit]


def list_price(name: str, unit: str, unit_price: str) -> ListPrice:
    """
    Return a price that was checked.

    :raises PriceListRefused: if it is none
    """
    if unit not in (RateUnit.STANDARD_HOUR, RateUnit.UNIT_HOUR):
        told = _("%(name)s: unit is standard_hour or unit_hour") % {"name": name}
        raise PriceListRefused(problem=told)
    price = ListPrice(name, RateUnit(unit), unit_price)
    try:
        pricing_rules.parse_components(price.components())
    except Refusal as refusal:
        problem = f"{name}: unit_price {unit_price[:VALUE_SHOWN_MAX]!r}: {refusal}"
        raise PriceListRefused(problem=problem) from refusal
    return price


def parse(text: str) -> Mapping[str, ListPrice]:
    """
    Read a price list, `{"name", "note", "prices": [{"for", "unit", "unit_price"}]}`.

    :raises PriceListRefused: naming the first thing that is wrong
    """
    if len(text) > SIZE_MAX:
        raise PriceListRefused(problem=_("the file is too large"))
    try:
        data = json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise PriceListRefused(problem=str(error)) from error
    entries = data.get("prices") if isinstance(data, dict) else None
    if not isinstance(entries, list) or not entries:
        raise PriceListRefused(problem=_("prices is missing or empty"))
    prices: dict[str, ListPrice] = {}
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != {"for", "unit", "unit_price"}:
            raise PriceListRefused(problem=_("an entry has for, unit and unit_price"))
        name = str(entry["for"])
        if name in prices:
            raise PriceListRefused(problem=_("%(name)s occurs twice") % {"name": name})
        prices[name] = list_price(name, str(entry["unit"]), str(entry["unit_price"]))
    return prices
