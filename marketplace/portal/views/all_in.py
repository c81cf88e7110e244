"""How prices are compared: the stated order, what it comes to at a listing, and every version."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock
from common.errors import NotFound
from identity.contracts import Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import AllIn, ComparedOrder
from marketplace.portal import desk, figures, names, rule_words
from marketplace.portal import reference_order_words as words
from marketplace.portal.access import PortalRequest
from marketplace.portal.member_prices import own_groups
from metering import selectors as metering_selectors
from pricing import wording
from pricing.contracts import RateUnit

DIGITS_LEAST: Final = 2
DIGITS_MOST: Final = 4


@require_safe
def all_in_page(request: HttpRequest) -> HttpResponse:
    """Show how prices are compared; with a listing, every figure of its all-in price."""
    now = clock.now()
    reference = catalog_selectors.reference_in_force(at=now)
    if reference is None:
        raise Http404
    listing = _listing(request)
    blocks: list[Any] = []
    if listing is not None:
        blocks += _of_listing(listing, now)
        blocks += _of_member(request, listing, now)
    blocks += [_method(reference), words.reference_versions(now)]
    head = desk.Head(
        _("All-in price"),
        _("What one stated order comes to by the standard hour, the same for every listing."),
        crumbs=[(_("Compute market"), reverse("portal:market"))],
        links=_links(request),
    )
    side = [_stated(reference), _conversions(now)]
    return desk.show(request, head, blocks, side)  # type: ignore[arg-type] # nobody needs to be somebody


def _links(request: HttpRequest) -> list[desk.Link]:
    actor = getattr(request, "actor", None)
    if actor is None or not actor.has_role(Role.OPERATOR, Role.AUDITOR):
        return []
    address = reverse("portal:reference-orders-desk")
    return [desk.Link(_("Announce a reference order"), address, "scale")]


def _listing(request: HttpRequest) -> Any:
    asked = request.GET.get("listing", "")
    if not asked:
        return None
    try:
        return catalog_selectors.listing(UUID(asked))
    except (ValueError, NotFound) as error:
        raise Http404 from error


def _method(reference: ComparedOrder) -> desk.Steps:
    lines = [
        _("The order is rated by the listing's plan, as any order is: tiers, times of use,"
          " packages, flat fees, minimums and factors count as they would."),
        _("Where a listing sells less, or no less than more, the order is as large as it can be."),
        _("The sum is divided by the standard hours that the order delivers."),
        _("For a buyer elsewhere the path is added: %(gb)s GB a standard hour, at the published"
          " price of a gigabyte; the market does not charge it. Where a network is ordered with the"
          " listing, its price stands there instead, and is charged.")
        % {"gb": figures.grouped(reference.gb_per_standard_hour)},
        _("Where a plan has factors by path, the class of latency between the two hubs counts;"
          " where it has factors by green electricity, the share that the order states. Where"
          " nothing is known or stated, it is what others pay, which is never less."),
        _("A voucher pays its share of what the plan asks, and nothing of the path."),
        _("It is computed anew whenever a plan, a listing, a path or a factor changes."),
    ]  # fmt: skip
    return desk.Steps(_("How it is computed"), lines)


def _stated(reference: ComparedOrder) -> desk.Facts:
    pairs = [(about, desk.Cell(value)) for about, value in words.order_said(reference).items()]
    return desk.Facts(
        _("Reference order %(number)s") % {"number": reference.number},
        [*pairs, (_("In force since"), desk.Cell(figures.moment(reference.starts_at)))],
    )


def _conversions(now: datetime) -> desk.Facts:
    """Return what a standard hour of each class is, by the tables in force: they never add up."""
    in_force = [
        each
        for each in metering_selectors.table_texts()
        if each.valid_from <= now and (each.ends_at is None or each.ends_at > now)
    ]
    return desk.Facts(
        _("Conversion"),
        [
            *(
                (
                    rule_words.hour_class_name(each.name),
                    desk.Cell(
                        _is_an_hour_of(each.definition),
                        note=each.title_en if names.in_english() else each.title,
                        address=reverse("portal:conversion-table", args=[each.name, each.version]),
                    ),
                )
                for each in in_force
            ),
            (_("P·day"), desk.Cell(_("1 PFLOPS dense FP16 for 24 hours: 76.92 standard hours"))),
            (_("Card-hour"), desk.Cell(_("the factor of the chip, in standard hours"))),
        ],
        links=[desk.Link(_("Measurement rules"), reverse("portal:measurement-rules"))],
    )


def _is_an_hour_of(table: Mapping[str, Any]) -> str:
    value, unit = Decimal(table["reference"]["value"]), str(table["line"]["unit"])
    if value == 1 and unit.endswith("s") and "/" not in unit:
        unit = unit[:-1]
    return f"{figures.grouped(value)} {unit}"


def _of_listing(listing: Any, now: datetime) -> Iterator[Any]:
    title = f"{listing.number} · {names.named(listing, 'title')}"
    yield from _rated(listing, title, now)


def _of_member(request: HttpRequest, listing: Any, now: datetime) -> Iterator[Any]:
    """Yield what the reader pays in its price group, where the market shows it such a price."""
    if getattr(request, "actor", None) is None:
        return
    own = own_groups(cast("PortalRequest", request), now)
    member = own.by_provider.get(listing.provider_id)
    if member is None:
        return
    if not catalog_selectors.all_in_by_place(listing.pk, group=member.group):
        return
    name = own.shown[listing.provider_id].name
    title = _("Your price: %(group)s") % {"group": name}
    yield from _rated(listing, title, now, group=member.group)


def _rated(listing: Any, title: str, now: datetime, *, group: str = "") -> Iterator[Any]:
    by_place = catalog_selectors.all_in_by_place(listing.pk, group=group)
    lines = catalog_selectors.reference_rated(listing, at=now, group=group)
    here = by_place.get("")
    yield desk.Sheet(
        title=title,
        columns=[
            desk.Column(_("Part")),
            desk.Column(_("Quantity"), "number"),
            desk.Column(_("Unit price"), "number"),
            desk.Column(_("Amount"), "number"),
        ],
        rows=[*map(_line, lines), *([_sum(here)] if here and here.gross_minor is not None else [])],
        empty=desk.Empty(
            _("No all-in price"),
            _("The listing has no standard hours, or its plan charges by something else."),
        ),
    )
    if lines:
        yield _places(list(by_place.values()))


def _line(line: dict[str, Any]) -> list[desk.Cell]:
    return [
        desk.Cell(str(names.COMPONENTS.get(line["component"], line["component"])),
                  note=wording.line_notes(line)),
        desk.Cell(f"{figures.grouped(Decimal(line['quantity']))} {RateUnit(line['unit']).label}"),
        desk.Cell(figures.unit_price(Decimal(line["unit_price"]))),
        desk.Cell(figures.money(line["amount_minor"])),
    ]  # fmt: skip


def _sum(here: AllIn) -> list[desk.Cell]:
    hours = figures.grouped(here.standard_hours or Decimal(0), 2)
    return [
        desk.Cell(_("Total")),
        desk.Cell(f"{hours} {RateUnit.STANDARD_HOUR.label}"),
        desk.Cell(_yuan(here.plan_per_standard_hour, _digits([here]))),
        desk.Cell(figures.money(here.gross_minor or 0)),
    ]


def _places(found: Sequence[AllIn]) -> desk.Sheet:
    digits = _digits(found)
    return desk.Sheet(
        title=_("By the buyer's place, for a standard hour"),
        columns=[
            desk.Column(_("Data comes from")),
            desk.Column(_("Plan"), "number"),
            desk.Column(_("Path"), "number"),
            desk.Column(_("All in"), "number"),
        ],
        rows=[
            [
                desk.Cell(names.hub(each.place) if each.place else _("the place of the listing")),
                desk.Cell(_yuan(each.plan_per_standard_hour, digits)),
                desk.Cell(
                    _yuan(each.path_per_standard_hour, digits),
                    note=_("charged: the network ordered with it") if each.path_is_charged else "",
                ),
                desk.Cell(_yuan(each.per_standard_hour, digits)),
            ]
            for each in found
        ],
        empty=desk.Empty("", ""),
    )


def _digits(found: Sequence[AllIn]) -> int:
    """Return how many digits the prices of a table need: those of fen at least."""
    prices = [
        price
        for each in found
        for price in (each.plan_per_standard_hour, each.path_per_standard_hour)
        if price is not None
    ]
    needed = (-int(price.normalize().as_tuple().exponent) for price in prices)
    return min(max([DIGITS_LEAST, *needed]), DIGITS_MOST)


def _yuan(price: Decimal | None, digits: int) -> str:
    """Write a price of a standard hour; all of a table have as many digits."""
    return "—" if price is None else f"¥{figures.grouped(price, digits)}"
