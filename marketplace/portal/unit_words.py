"""How measured quantities are said: unit-seconds as hours of their unit, bytes as gigabytes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.money import EXACT
from marketplace.portal import figures

HOUR: Final = Decimal(3600)
# Unit of a metric: what it is divided by, and what is then counted.
UNITS: Final[Mapping[str, tuple[Decimal, str | Promise]]] = {
    "card-second": (HOUR, _("card-hours")),
    "vcpu-second": (HOUR, _("vCPU-hours")),
    "node-second": (HOUR, _("node-hours")),
    "memory-gb-second": (HOUR, _("GB-hours of memory")),
    "gb-second": (HOUR, _("GB-hours of storage")),
    "gbps-second": (HOUR, _("Gbit/s-hours")),
    "byte": (Decimal(10**9), _("GB moved")),
    "token": (Decimal(1), _("tokens")),
    "api-token": (Decimal(1), _("tokens")),
    "api-token-out": (Decimal(1), _("tokens generated")),
    "api-token-cached": (Decimal(1), _("tokens read from a cache")),
    "request": (Decimal(1), _("requests")),
    "kwh": (Decimal(1), _("kWh")),
    "watt-second": (Decimal(3_600_000), _("kWh")),
    "kWh": (Decimal(1), _("kWh")),
    "Wh": (Decimal(1000), _("kWh")),
    "MWh": (Decimal("0.001"), _("kWh")),
    "share": (Decimal(1), _("share")),
}


def word(unit: str) -> str:
    """Return what a quantity of a unit is shown in; a unit of somebody's own as it is called."""
    return str(UNITS[unit][1]) if unit in UNITS else unit


def amount(quantity: Decimal, unit: str) -> Decimal:
    """Return a quantity in the unit that it is shown in."""
    return EXACT.divide(quantity, UNITS[unit][0]) if unit in UNITS else quantity


def written(quantity: Decimal | None, unit: str, digits: int = 2) -> str:
    """Write a quantity with its unit: `1,284.50 card-hours`; a dash where it is not known."""
    if quantity is None:
        return "—"
    shown = amount(quantity, unit)
    whole = shown == shown.to_integral_value()
    return f"{figures.grouped(shown, 0 if whole else digits)} {word(unit)}"
