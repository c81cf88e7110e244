"""What the pages of a quote show: its lines, who would pay, energy, and what else there is."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from common.moments import market_date, parse_moment
from common.period import Period
from identity.contracts import CapacityUnit
from marketplace.catalog.selectors import QuotedEnergy
from marketplace.orders.rules import whole_seconds
from marketplace.orders.selectors.previews import Preview
from marketplace.portal import basis_words, desk, energy_words, figures, foreseen_words, names
from pricing import group_selectors, wording
from pricing import selectors as pricing_selectors
from pricing.contracts import RateUnit
from pricing.group_contracts import PriceGroup


def subject_period(subject: Mapping[str, Any]) -> Period:
    """Return the period that a quote is for."""
    return Period(parse_moment(subject["starts_at"]), parse_moment(subject["ends_at"]))


def line_sheet(lines: Sequence[Mapping[str, Any]], gross_minor: int) -> desk.Sheet:
    """Return the lines of a price and their sum."""
    return desk.Sheet(
        title=_("Price"),
        columns=[
            desk.Column(_("Part")),
            desk.Column(_("Quantity"), "number"),
            desk.Column(_("Unit price"), "number"),
            desk.Column(_("Amount"), "number"),
        ],
        rows=[
            *(_line(each, lines) for each in lines),
            [
                *(desk.Cell(_("Total")), desk.Cell(), desk.Cell()),
                desk.Cell(figures.money(gross_minor)),
            ],
        ],
        empty=desk.Empty("", ""),
    )  # fmt: skip


def _line(line: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> list[desk.Cell]:
    quantity = figures.grouped(Decimal(line["quantity"]))
    return [
        desk.Cell(
            str(names.COMPONENTS.get(line["component"], line["component"])),
            note=wording.line_notes(line, lines),
        ),
        desk.Cell(f"{quantity} {RateUnit(line['unit']).label}"),
        desk.Cell(figures.unit_price(Decimal(line["unit_price"]))),
        desk.Cell(figures.money(line["amount_minor"])),
    ]


def of_member(quote: Any) -> Iterator[desk.Facts]:
    """Yield what the buyer is charged in its price group, beside the list price that is held."""
    found = group_selectors.member_quote(quote)
    if found is None:
        return
    since = _("since %(day)s") % {"day": figures.moment(found.since)}
    yield desk.Facts(
        _("Your price"),
        [
            (
                _("Price group"),
                desk.Cell(str(PriceGroup(found.group).label), note=since),
            ),
            (_("You are charged, if all is used"), desk.Cell(figures.money(found.gross_minor))),
            (_("List price, held when it clears"), desk.Cell(figures.money(quote.gross_minor))),
        ],
    )


def what_for(
    listing: Any, subject: Mapping[str, Any], standard_hours: Decimal | None
) -> list[tuple[Any, desk.Cell]]:
    """Return what a quote is for, line by line."""
    period, milli = subject_period(subject), subject["units_milli"]
    unit = names.unit(CapacityUnit(listing.capacity_unit), is_one=milli == 1000)
    seconds = whole_seconds(period.starts_at, period.ends_at)
    pairs = [
        (
            _("Listing"),
            desk.Cell(
                names.named(listing, "title"),
                note=subject["listing"],
                address=reverse("portal:listing", args=[listing.pk]),
            ),
        ),
        (_("Provider"), desk.Cell(names.named(listing.provider))),
        (_("Capacity"), desk.Cell(f"{figures.grouped(Decimal(milli) / 1000)} {unit}")),
        (_("When"), desk.Cell(figures.span(period.starts_at, period.ends_at))),
        (_("Length"), desk.Cell(figures.duration(seconds))),
    ]
    if standard_hours is not None:
        pairs.append((_("Standard hours"), desk.Cell(figures.grouped(standard_hours, 3))))
    if listing.preemption_minutes is not None:
        notice = _("%(minutes)s min notice") % {"minutes": listing.preemption_minutes}
        pairs.append((_("Preemptible"), desk.Cell(notice)))
    return pairs


def document_of(quote: Any) -> list[tuple[Any, desk.Cell]]:
    """Return the document and clause that the quoted prices rest on, where the plan names them."""
    card = pricing_selectors.kept_cards([quote.plan_version_id])[quote.plan_version_id]
    return basis_words.of_prices(card.source, card.clause)


def of_payment(foreseen: Preview) -> Iterator[desk.Facts | desk.Steps]:
    """Yield who would pay what, and when it is held."""
    pairs = [
        (
            _("Voucher %(number)s") % {"number": cover.voucher_number},
            desk.Cell(f"−{figures.money(cover.amount_minor)}", note=str(cover.limited_by.label)),
        )
        for cover in foreseen.plan.covers
    ]
    pairs.append((_("You pay at most"), desk.Cell(figures.money(foreseen.cash_minor))))
    pairs.append((_("Held when it clears"), desk.Cell(figures.money(foreseen.held_minor))))
    if not foreseen.is_affordable:
        missing = figures.money(foreseen.missing_minor)
        pairs.append((_("Missing in the prepaid balance"), desk.Cell(missing, tone="warn")))
    yield desk.Facts(
        _("Who pays"), [*pairs, (_("How it is held"), desk.Cell(foreseen_words.holding(foreseen)))]
    )
    if foreseen.instalments:
        lines = [
            f"{figures.span(each.starts_at, each.ends_at)}: {figures.money(each.amount_minor)}"
            for each in foreseen.instalments
        ]
        yield desk.Steps(_("When how much is held"), lines)


def energy_facts(energy: QuotedEnergy) -> desk.Facts:
    """Return the estimate of electricity and carbon."""
    kwh = None if energy.watt_hours is None else Decimal(energy.watt_hours) / 1000
    return desk.Facts(
        _("Electricity and carbon, estimated"),
        [
            (_("Electricity of the whole order"), desk.Cell(energy_words.kwh(kwh))),
            (_("Carbon by the grid"), desk.Cell(_carbon(energy.carbon_g))),
            (_("Estimated from"), desk.Cell(_("published power at full use, times the PUE"))),
        ],
    )


def _carbon(grams: int | None) -> str:
    return energy_words.carbon(None if grams is None else Decimal(grams))


def quoted_head(quote: Any, now: datetime, *, is_used: bool) -> tuple[str, str, desk.Cell]:
    """Return the name of a quote, the sentence that is its answer, and whether it holds."""
    is_over = quote.valid_until <= now
    told = _("%(amount)s, until %(until)s") % {
        "amount": figures.money(quote.gross_minor),
        "until": figures.moment(quote.valid_until),
    }
    tag = desk.Cell(_("Over"), tone="neutral") if is_over else desk.Cell(_("Valid"), tone="ok")
    if is_used:
        told, tag = figures.money(quote.gross_minor), desk.Cell(_("Ordered"), tone="brand")
    return names.quoted(quote.pk), told, tag


def day_of(at: datetime) -> str:
    """Return the market's day of a moment."""
    return f"{market_date(at):%Y-%m-%d}"
