"""Explanations in words: what a listing was asked and what was there, and what would have done."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from marketplace.catalog.least import units
from marketplace.orders.whys import SmallChange, SmallChangeKind
from marketplace.portal import figures, names

Written = Callable[[Any, str], str]
LIMIT_WORDS: Final = {
    "max_price_per_standard_hour_minor": lambda: _("%(amount)s a standard hour"),
    "max_price_per_unit_hour_minor": lambda: _("%(amount)s a unit-hour"),
    "max_amount_minor": lambda: _("%(amount)s in all"),
}


def limit(limits: dict[str, int]) -> str:
    """Return a price limit, or a price by the units of one."""
    return ", ".join(
        LIMIT_WORDS[name]() % {"amount": figures.money(most)} for name, most in limits.items()
    )


def amount(milli: int, unit: str) -> str:
    """Return so many units."""
    name = names.unit(CapacityUnit(unit), is_one=milli == 1000)
    return f"{units(milli)} {name}"


def _joined(values: Any, _unit: str) -> str:
    return " / ".join(values) if isinstance(values, list | tuple) else str(values)


def _hubs(values: Any, _unit: str) -> str:
    codes = values if isinstance(values, list | tuple) else [values]
    return " / ".join(names.hub(code) for code in codes)


def _times(values: Any, _unit: str) -> str:
    first, last = values
    if last is None:
        return _("from %(when)s") % {"when": figures.moment(first)}
    return figures.span(first, last)


def _least(values: dict[str, int] | int, unit: str) -> str:
    if isinstance(values, int):
        return str(values)
    words = {
        "units_milli": lambda milli: amount(milli, unit),
        "seconds": figures.duration,
        "amount_minor": figures.money,
    }
    return ", ".join(words[name](value) for name, value in values.items())


def _band(values: Any, _unit: str) -> str:
    low, high = values
    told = _("¥%(low)s – ¥%(high)s a standard hour")
    return told % {"low": figures.grouped(low, 2), "high": figures.grouped(high, 2)}


WRITTEN: Final[dict[str, Written]] = {
    "other_class": lambda it, _u: str(ResourceClass(it).label),
    "other_unit": lambda it, _u: str(CapacityUnit(it).label) if it else _("not known"),
    "other_form": lambda it, _u: str(ResourceForm(it).label),
    "other_chip": _joined,
    "too_little_memory": lambda it, _u: f"{it} GB",
    "too_few_cards_a_node": lambda it, _u: str(it),
    "network_too_slow": lambda it, _u: f"{it} Gb/s",
    "other_hub": _hubs,
    "too_far": lambda it, _u: f"{it} ms",
    "pue_too_high": lambda it, _u: str(it),
    "carbon_too_high": lambda it, _u: f"{it} g CO₂/kWh",
    "verified_too_little": lambda it, _u: str(it),
    "quality_too_low": lambda it, _u: str(it),
    "outside_availability": _times,
    "below_least": _least,
    "capacity_exhausted": amount,
    "below_least_quantity": amount,
    "off_quantity_step": amount,
    "below_least_duration": lambda it, _u: figures.duration(it),
    "off_duration_step": lambda it, _u: figures.duration(it),
    "below_least_amount": lambda it, _u: figures.money(it),
    "price_outside_collar": _band,
    "above_price_limit": lambda it, _u: limit(it),
}


def compared(code: str, asked: Any, there: Any, unit: str) -> str:
    """Return what was asked for and what was there, with their numbers; nothing if neither is."""
    if code not in WRITTEN or (asked is None and there is None):
        return ""
    write = WRITTEN[code]
    has = _("not known") if there is None else write(there, unit)
    if asked is None:
        return _("there: %(there)s") % {"there": has}
    return _("asked: %(asked)s; there: %(there)s") % {"asked": write(asked, unit), "there": has}


# --- What would have done -----------------------------------------------------------------------
def change(each: SmallChange, unit: str) -> str:
    """Return what to change, as the one thing to do."""
    return TITLES[each.kind](each, unit)


def _quantity(each: SmallChange, unit: str) -> str:
    if each.value is not None and each.value != each.units_milli:
        told, milli = _("Be content with at least %(amount)s"), each.value
    else:
        told, milli = _("Take %(amount)s"), each.units_milli or 0
    return told % {"amount": amount(milli, unit)}


def _start(each: SmallChange, _unit: str) -> str:
    at = each.starts_at
    assert at is not None
    return _("Start at %(when)s") % {"when": figures.moment(at)}


def _split(each: SmallChange, _unit: str) -> str:
    return _("Let %(count)s listings serve it together") % {"count": len(each.listings)}


def _price(each: SmallChange, _unit: str) -> str:
    return _("Raise the limit to %(limit)s") % {"limit": limit(each.value)}


def _more(of: str) -> Callable[[SmallChange, str], str]:
    def told(each: SmallChange, unit: str) -> str:
        added = [name for name in each.value if name not in (each.before or ())]
        write = WRITTEN[of]
        return _("Also take it with %(what)s") % {"what": write(added or each.value, unit)}

    return told


def _also_in(each: SmallChange, unit: str) -> str:
    before = each.before or ()
    added: Sequence[str] = [hub for hub in each.value or () if hub not in before]
    return _("Also take it in %(where)s") % {"where": _hubs(added or each.value, unit)}


def _facet(label: Callable[[], str], of: str) -> Callable[[SmallChange, str], str]:
    def told(each: SmallChange, unit: str) -> str:
        if each.value in (None, ""):
            return _("Do not ask for it: %(facet)s") % {"facet": label()}
        told = _("Be content with %(value)s: %(facet)s")
        return told % {"value": WRITTEN[of](each.value, unit), "facet": label()}

    return told


def _again(_each: SmallChange, _unit: str) -> str:
    return _("Order it as it was: it can be had now")


def _funds(each: SmallChange, _unit: str) -> str:
    return _("Pay in %(amount)s more") % {"amount": figures.money(each.amount_minor or 0)}


TITLES: Final[dict[SmallChangeKind, Callable[[SmallChange, str], str]]] = {
    SmallChangeKind.AGAIN: _again,
    SmallChangeKind.PRICE: _price,
    SmallChangeKind.START: _start,
    SmallChangeKind.HUB: _also_in,
    SmallChangeKind.QUANTITY: _quantity,
    SmallChangeKind.SPLIT: _split,
    SmallChangeKind.CHIP: _more("other_chip"),
    SmallChangeKind.FORM: _facet(lambda: _("Form"), "other_form"),
    SmallChangeKind.MEMORY: _facet(lambda: _("Memory of a card, at least"), "too_little_memory"),
    SmallChangeKind.CARDS: _facet(lambda: _("Cards of a node, at least"), "too_few_cards_a_node"),
    SmallChangeKind.NETWORK: _facet(lambda: _("Network, at least"), "network_too_slow"),
    SmallChangeKind.DISTANCE: _facet(lambda: _("Latency, at most"), "too_far"),
    SmallChangeKind.PUE: _facet(lambda: _("PUE, at most"), "pue_too_high"),
    SmallChangeKind.CARBON: _facet(lambda: _("Carbon, at most"), "carbon_too_high"),
    SmallChangeKind.LEVEL: _facet(lambda: _("Verification level"), "verified_too_little"),
    SmallChangeKind.QUALITY: _facet(lambda: _("Quality score, at least"), "quality_too_low"),
    SmallChangeKind.FUNDS: _funds,
}


def against(each: SmallChange) -> str:
    """Return how far a change of the start is from what was asked."""
    if each.kind != SmallChangeKind.START or each.before is None or each.starts_at is None:
        return ""
    length: timedelta = each.starts_at - each.before
    seconds = int(length.total_seconds())
    return _("%(length)s later") % {"length": figures.short_duration(seconds)} if seconds else ""
