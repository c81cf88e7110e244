"""What else could be ordered for what a quote is for, on pages and on paper."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from common import moments
from marketplace.catalog.least import units
from marketplace.demands.contracts import REASONS, Obstacle, Preference
from marketplace.demands.selectors import Alternative, Alternatives
from marketplace.demands.selectors.alternatives import BEGUN
from marketplace.orders.rules import whole_seconds
from marketplace.portal import desk, energy_words, figures, names
from marketplace.portal.order_form import LOCAL


def blocks(found: Alternatives, *, project_id: UUID | None) -> list[Any]:
    """Return the offers beside a buyer's quote, each with the way to a quote of its own."""
    rows = [_row(each, project_id) for each in found.offers]
    columns = [
        desk.Column(_("Chosen as")),
        desk.Column(_("Listing")),
        desk.Column(_("Price"), "number"),
        desk.Column(_("Electricity"), "number"),
        desk.Column(_("Network path"), "number"),
        desk.Column("", "act"),
    ]
    sheet = desk.Sheet(
        title=_("Alternatives now"),
        columns=columns,
        rows=rows,
        empty=desk.Empty(_("Nothing else"), told(found)),
    )
    return [sheet, desk.Note(told(found))] if rows else [sheet]


def heads() -> list[str]:
    """Return what the columns are called."""
    return [
        _("Chosen as"),
        _("Listing"),
        _("Price"),
        _("Beside the quote"),
        _("Electricity"),
        _("Carbon"),
        _("Network path"),
    ]


def plain_rows(found: Alternatives) -> list[list[str]]:
    """Return the offers as words: for paper, and for whoever has a link."""
    return [_words(each) for each in found.offers]


def told(found: Alternatives) -> str:
    """Return the sentence that is the answer: what was compared, or why there is nothing else."""
    if found.why_none == BEGUN:
        return _("Its time has begun: get a new quote, and what else there is is told beside it.")
    if found.why_none == Obstacle.UNIT:
        return _("Cards, cores and nodes are compared; this is counted in another unit.")
    if found.why_none:
        reason = REASONS[found.why_none]
        told = _("No listing of the same chip can be ordered for this amount and time: %(why)s")
        return told % {"why": reason}
    if not found.others:
        return _("No other listing of the same chip can be ordered for this amount and time.")
    told = _(
        "Of the same chip, amount and time, with room for all of it as of %(at)s; nothing is set"
        " aside."
    ) % {"at": figures.moment(found.at)}
    return f"{told} {_paths_told(found)}"


def _paths_told(found: Alternatives) -> str:
    if not found.near_hub:
        return _("The buyer's place is not known here, so none is called the nearest.")
    told = _(
        "Paths are told from %(place)s, the hub nearest to the buyer; the market charges none."
    )
    return told % {"place": names.hub(found.near_hub)}


def _words(each: Alternative) -> list[str]:
    by = " · ".join(str(Preference(prefer).label) for prefer in each.prefers)
    kwh = None if each.watt_hours is None else Decimal(each.watt_hours) / 1000
    carbon = None if each.carbon_g is None else Decimal(each.carbon_g)
    return [
        by,
        f"{names.named(each.listing, 'title')} {each.listing.number}",
        figures.money(each.amount_minor),
        _("this listing") if each.is_quoted else _beside(each.more_minor),
        energy_words.kwh(kwh),
        energy_words.carbon(carbon),
        path(each.latency_ms, each.price_per_gb),
    ]


def _beside(more_minor: int) -> str:
    if not more_minor:
        return _("the same")
    sign = "+" if more_minor > 0 else "−"
    return f"{sign}{figures.money(abs(more_minor))}"


def path(latency_ms: Decimal | None, price_per_gb: Decimal | None) -> str:
    """Return how far it is, and what a gigabyte of the way costs."""
    if latency_ms is None:
        return "—"
    told = f"{figures.grouped(latency_ms, 1)} ms"
    return told if price_per_gb is None else f"{told} · ¥{figures.grouped(price_per_gb, 2)}/GB"


def _row(each: Alternative, project_id: UUID | None) -> list[desk.Cell]:
    by, _named, price, beside, electricity, carbon, way = _words(each)
    listing = desk.Cell(
        names.named(each.listing, "title"),
        note=f"{each.listing.number} · {names.hub(each.listing.hub)}",
        address=reverse("portal:listing", args=[each.listing.pk]),
    )
    return [
        desk.Cell(by),
        listing,
        desk.Cell(price, note=beside),
        desk.Cell(electricity, note=carbon),
        desk.Cell(way),
        desk.Cell() if each.is_quoted else _quote_it(each, project_id),
    ]


def _quote_it(each: Alternative, project_id: UUID | None) -> desk.Cell:
    """Return the way to a quote for an offer: its form, filled in, for the same project."""
    asked = {
        "units": units(each.units_milli),
        "seconds": whole_seconds(each.period.starts_at, each.period.ends_at),
        "starts_at": each.period.starts_at.astimezone(moments.market_zone()).strftime(LOCAL),
    }
    if project_id is not None:
        asked["project_id"] = str(project_id)
    address = f"{reverse('portal:quote-new', args=[each.listing.pk])}?{urlencode(asked)}"
    return desk.Cell(links=[desk.Link(_("Get a quote"), address)])
