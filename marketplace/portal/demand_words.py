"""Demands in words: what is needed, and why a listing did not serve."""

from collections.abc import Iterator
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from marketplace.catalog.least import units
from marketplace.demands.contracts import REASONS, DemandState, Need, Option
from marketplace.orders.contracts import UNIT_OF_CLASS
from marketplace.portal import figures, names
from marketplace.portal.tables.columns import Tag

TONES: Final = {
    DemandState.WAITING: ("brand", ""),
    DemandState.FILLED: ("ok", "check"),
    DemandState.REFUSED: ("bad", "circle-x"),
    DemandState.EXPIRED: ("warn", ""),
    DemandState.CANCELLED: ("neutral", ""),
}


def tag(demand: Any) -> Tag:
    """Return where a demand stands."""
    tone, symbol = TONES[demand.state]
    return Tag(demand.get_state_display(), tone, symbol)


def reason(code: str) -> str | Promise:
    """Return why something did not serve, in words."""
    return REASONS.get(code, code)


def need(wanted: Need) -> str:
    """Return what a listing must be, in one line."""
    return " · ".join(_facets(wanted))


def option(wanted: Option) -> str:
    """Return what an option asks for, in one line."""
    unit = CapacityUnit(UNIT_OF_CLASS[wanted.need.resource_class])
    called = names.unit(unit, is_one=wanted.units_milli == 1000)
    amount = f"{units(wanted.units_milli)} {called}"
    return f"{need(wanted.need)} · {amount} · {figures.duration(wanted.seconds)}"


def _facets(wanted: Need) -> Iterator[str]:
    yield str(ResourceClass(wanted.resource_class).label)
    if wanted.form:
        yield str(ResourceForm(wanted.form).label)
    if wanted.chips:
        yield " / ".join(wanted.chips)
    if wanted.hubs:
        yield " / ".join(names.hub(code) for code in wanted.hubs)
    for told, value in (
        (_("%(count)s GB a card"), wanted.card_memory_gb),
        (_("%(count)s cards a node"), wanted.cards_per_node),
        (_("%(count)s Gb/s"), wanted.network_gbps),
        (_("level %(count)s"), wanted.verification_min),
        (_("quality %(count)s"), wanted.quality_min),
    ):
        if value is not None:
            yield "≥ " + told % {"count": value}
    yield from _ceilings(wanted)


def _ceilings(wanted: Need) -> Iterator[str]:
    if wanted.pue_max is not None:
        yield f"PUE ≤ {wanted.pue_max}"
    if wanted.carbon_max is not None:
        yield f"≤ {wanted.carbon_max} g CO₂/kWh"
    if wanted.near_hub and wanted.near_ms is not None:
        yield f"≤ {wanted.near_ms} ms ↔ {names.hub(wanted.near_hub)}"


def limit(wanted: Option) -> str:
    """Return what an option may cost at most."""
    limits = wanted.limit
    told = [
        (limits.max_price_per_standard_hour_minor, _("%(amount)s a standard hour")),
        (limits.max_price_per_unit_hour_minor, _("%(amount)s a unit-hour")),
        (limits.max_amount_minor, _("%(amount)s in all")),
    ]
    said = [text % {"amount": figures.money(most)} for most, text in told if most is not None]
    return ", ".join(said) or _("at market price")
