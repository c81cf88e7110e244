"""What a quote foresees beside its price: path, green share, a project's cap, and the hold."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.moments import market_date
from gateway.sensing import pathways
from gateway.sensing.contracts import PlaceUnknown
from identity.projects import selectors as projects_selectors
from marketplace.budgets import selectors as budgets_selectors
from marketplace.budgets import words as budget_words
from marketplace.orders.selectors.previews import Preview
from marketplace.portal import alternative_words, desk, figures
from marketplace.settlement import services as settlement_services
from pricing import selectors as pricing_selectors

Pairs = Iterator[tuple[Any, desk.Cell]]


def beside(quote: Any, listing: Any, *, at: datetime) -> desk.Facts:
    """Return what a path and a green share would do to the price, as known now."""
    return desk.Facts(
        _("Foreseen beside the price"), [*_path(quote, listing, at), *_green(quote, listing, at)]
    )


def _path(quote: Any, listing: Any, at: datetime) -> Pairs:
    here, there = quote.buyer.region, listing.region
    try:
        way = pathways.pathway(f"region:{here}", f"region:{there}", gb=0, at=at)
    except PlaceUnknown:
        told = desk.Cell(_("not known"), note=_("nobody said where you are"))
    else:
        told = desk.Cell(
            alternative_words.path(way.ms, way.price_per_gb),
            note=_("for data that is moved; no part of this price, and the market charges none"),
        )
    yield _("Path from you"), told
    yield from _factor(quote, listing, "path", _("Factor of the path"), at)


def _green(quote: Any, listing: Any, at: datetime) -> Pairs:
    yield from _factor(quote, listing, "green", _("Factor of green electricity"), at)


def _factor(quote: Any, listing: Any, kind: str, label: str, at: datetime) -> Pairs:
    """Yield by what the plan would multiply when it charges, and what that rests on."""
    known = settlement_services.facts_foreseen(quote, listing, at=at)
    if kind not in known:
        yield label, desk.Cell(_("none in this plan"))
        return
    card = pricing_selectors.kept_cards({quote.plan_version_id})[quote.plan_version_id]
    factors = card.terms.factors if card.terms else ()
    table = next(each for each in factors if each.kind == kind)
    fact = known[kind]
    by = table.otherwise if fact is None else dict(table.values).get(fact["value"], table.otherwise)
    note = _("nothing is known: what others pay") if fact is None else fact["source"]
    yield (
        label,
        desk.Cell(
            f"× {figures.grouped(Decimal(by))}",
            note=_("when it is charged: %(why)s") % {"why": note},
        ),
    )


def holding(foreseen: Preview) -> str:
    """Return in words whether the cash is held at once or in instalments."""
    if not foreseen.instalments:
        return _("All of the cash is held at once when the order clears; what is not used returns.")
    told = _("The cash is held in %(count)s instalments, the first when the order clears.")
    return told % {"count": len(foreseen.instalments)}


def of_project(
    quote: Any, foreseen: Preview, person_id: int, *, at: datetime
) -> Iterator[desk.Facts]:
    """Yield for which project a quote was made, and what the caps of an order at it would leave."""
    if quote.project_id is None:
        return
    project = projects_selectors.by_ids([quote.project_id])[quote.project_id]
    rooms = budgets_selectors.binding(
        budgets_selectors.rooms_of(quote.buyer_id, on=market_date(at)),
        project_id=quote.project_id,
        person_id=person_id,
    )
    pairs = [(_("Project"), desk.Cell(f"{project.code} · {project.name}"))]
    named = budget_words.names_of(rooms)
    for room in rooms:
        needed = foreseen.cash_minor if room.is_of_each_order else foreseen.held_minor
        fits = needed <= room.left_minor
        pairs.append(
            (
                named[room.cap_id],
                desk.Cell(
                    _("%(left)s left") % {"left": figures.money(room.left_minor)},
                    note=_("this order takes %(needed)s") % {"needed": figures.money(needed)}
                    if fits
                    else _("this order needs %(needed)s: it would be rejected")
                    % {"needed": figures.money(needed)},
                    tone="" if fits else "warn",
                ),
            )
        )
    if not rooms:
        pairs.append((_("Budget"), desk.Cell(_("no cap binds it"))))
    yield desk.Facts(_("For a project"), pairs)
