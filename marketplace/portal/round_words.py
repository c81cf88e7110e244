"""Call rounds in words: their phases, what an order asks for, and why it was filled or not."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from identity.contracts import CapacityUnit, ResourceClass
from marketplace.catalog.least import units
from marketplace.orders.contracts import UNIT_OF_CLASS
from marketplace.portal import figures, names
from marketplace.portal.tables.columns import Tag
from marketplace.rounds.contracts import REASONS, RoundOption, RoundOrderState, RoundState

TONES: Final = {
    RoundState.SCHEDULED: ("neutral", ""),
    RoundState.OPEN: ("brand", ""),
    RoundState.NO_CANCEL: ("warn", ""),
    RoundState.SOLVING: ("warn", "refresh"),
    RoundState.PUBLISHED: ("ok", "check"),
    RoundState.CALLED_OFF: ("bad", "circle-x"),
}
ORDER_TONES: Final = {
    RoundOrderState.STANDING: ("brand", ""),
    RoundOrderState.WITHDRAWN: ("neutral", ""),
    RoundOrderState.FILLED: ("ok", "check"),
    RoundOrderState.UNFILLED: ("bad", "circle-x"),
}


def tag(row: Any) -> Tag:
    """Return where a round stands."""
    return Tag(row.get_state_display(), *TONES[row.state])


def order_tag(order: Any) -> Tag:
    """Return where an order of a round stands."""
    return Tag(order.get_state_display(), *ORDER_TONES[order.state])


def reason(code: str) -> str | Promise:
    """Return why an order was filled or not."""
    return REASONS.get(code, code)


def product(row: Any) -> str:
    """Return what a round sells, in one line."""
    parts = [str(ResourceClass(row.resource_class).label), *row.chips]
    parts.append(" / ".join(names.hub(code) for code in row.hubs))
    return " · ".join(parts)


def unit_of(row: Any) -> str:
    """Return what the round counts in."""
    return str(CapacityUnit(UNIT_OF_CLASS[row.resource_class]).label)


def option(asked: RoundOption, unit: str) -> str:
    """Return what an alternative asks for, in one line."""
    amount = f"{units(asked.units_milli)} {unit} × {asked.hours} h"
    if asked.least_milli is not None:
        how = _("at least %(least)s") % {"least": units(asked.least_milli)}
    else:
        how = _("all at once, of several listings") if asked.may_span else _("whole")
    places = [*asked.chips, *(names.hub(code) for code in asked.hubs)]
    return " · ".join([amount, how, *places])


def price_words(minor: int | None) -> str:
    """Return a price by the standard hour."""
    return "—" if minor is None else figures.money(minor)


def bound(permille: int | None) -> str:
    """Return how good a result is at least, in percent, rounded down."""
    return "—" if permille is None else f"≥ {permille // 10}.{permille % 10}%"
