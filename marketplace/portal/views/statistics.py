"""Usage in sums for everybody, and more of it for those whom it concerns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock, moments
from common.errors import Refusal
from identity import selectors as identity_selectors
from identity.contracts import Actor, ResourceClass, Role
from marketplace.portal import desk, drawing, energy_words, figures, names, unit_words
from marketplace.portal.lists.statistics import STATISTICS, StatisticsForm
from marketplace.portal.tables import Computed
from metering.contracts import Precision
from metering.statistics.contracts import Dimension, Grain, PowerCell, StatisticsCell
from metering.statistics.reading import OVERSEERS, capacity_for, cells_for
from metering.statistics.selectors import StatisticsQuestion

BACK: Final = {Grain.HOUR: 1, Grain.DAY: 29, Grain.MONTH: 364}
SPANS: Final = {
    Grain.HOUR: gettext_lazy("By hour"),
    Grain.DAY: gettext_lazy("By day"),
    Grain.MONTH: gettext_lazy("By month"),
}
BARS_MAX: Final = 12
# What an address says of the figures, apart from what the list is narrowed by.
CHOSEN: Final = ("span", "by", "own", "from", "to", *StatisticsForm.base_fields)


@dataclass(frozen=True, slots=True)
class StatisticsLine:
    """A cell with the words for its period and group."""

    cell: StatisticsCell
    period: str
    name: str

    @property
    def pk(self) -> str:
        """Return what tells lines apart."""
        return f"{self.cell.starts_at:%Y%m%d%H}-{self.cell.group}-{self.cell.unit}"

    @property
    def used(self) -> str:
        """Return what was used, with its unit."""
        return unit_words.written(self.cell.quantity, self.cell.unit)


def statistics(request: HttpRequest) -> HttpResponseBase:
    """Show what was measured: in which periods, told apart by what, of how much."""
    actor: Actor | None = getattr(request, "actor", None)
    asked, own = _asked(request, actor)
    found = cells_for(actor, asked, own=own, now=clock.now())
    of_time = [cell for cell in found if cell.unit.endswith("-second")]
    precision = _precision(request)
    power = capacity_for(actor, Dimension.REGION, precision=precision)
    head = desk.Head(_("Statistics"), _sentence(of_time), links=_links(asked, own=own))
    table = STATISTICS.read(request, Computed(_lines(asked, found), key=lambda row: row.pk))  # type: ignore[arg-type]
    blocks: list[Any] = [
        _choices(request, actor, asked, own=own),
        desk.Charted(
            _("Share of capacity that was used"), _chart(of_time, asked.span), is_wide=True
        ),
        _ranked(asked.by, of_time),
        desk.Listed(
            table,
            desk.Empty(_("Nothing was measured"), _("Windows that close show here."), "gauge"),
            _("Figures"),
        ),
        _power(power, precision),
        desk.Note(_rule(actor, own=own)),
    ]
    return desk.show(request, head, blocks)  # type: ignore[arg-type]


def _lines(asked: StatisticsQuestion, found: Sequence[StatisticsCell]) -> list[StatisticsLine]:
    """Return the rows: the newest period first, in it the groups by name."""
    lines = [
        StatisticsLine(cell, _period(asked.span, cell), _group(asked.by, cell)) for cell in found
    ]
    lines.sort(key=lambda line: (line.name, line.cell.unit))
    lines.sort(key=lambda line: line.cell.starts_at, reverse=True)
    return lines


def _rule(actor: Actor | None, *, own: bool) -> str:
    if own or (actor is not None and actor.has_role(*OVERSEERS)):
        return _("These are figures of single organisations: they are not public.")
    return _(
        "A figure of fewer than three providers is withheld, and never just one of a period."
        " Utilisation is measured hours over registered capacity at the time."
    )


# --- What is asked ----------------------------------------------------------------------------
def _asked(request: HttpRequest, actor: Actor | None) -> tuple[StatisticsQuestion, bool]:
    """Return what an address asks for; what cannot be read, or may not be, is left at usual."""
    oversees = actor is not None and actor.has_role(*OVERSEERS)
    is_provider = actor is not None and actor.has_role(Role.PROVIDER)
    own = is_provider and request.GET.get("own") == "1"
    span = _choice(request, "span", Grain, Grain.DAY)
    by = _choice(request, "by", Dimension, Dimension.CLASS)
    if not (oversees or own) and span == Grain.HOUR:
        span = Grain.DAY
    if not oversees and by == Dimension.PROVIDER:
        by = Dimension.CLASS
    today = moments.market_date(clock.now())
    asked = StatisticsQuestion(
        span=span,
        first=today - timedelta(days=BACK[span]),
        last=today,
        by=by,
        **StatisticsForm(request.GET).asked,  # type: ignore[arg-type]
    )
    try:
        first = moments.parse_day(str(request.GET.get("from", "")))
        last = moments.parse_day(str(request.GET.get("to", "")))
        wanted = replace(asked, first=first, last=last)
        _ = wanted.periods
    except Refusal:
        return asked, own
    return wanted, own


def _choice(request: HttpRequest, name: str, kind: Any, usual: Any) -> Any:
    said = str(request.GET.get(name, ""))
    return kind(said) if said in kind.values else usual


def _precision(request: HttpRequest) -> Precision:
    return Precision(_choice(request, "precision", Precision, Precision.FP16))


def _address(request: HttpRequest, **changes: str) -> str:
    kept = {name: str(request.GET[name]) for name in CHOSEN if request.GET.get(name)}
    query = {name: said for name, said in (kept | changes).items() if said}
    return f"{reverse('portal:statistics')}?{urlencode(query)}"


def _links(asked: StatisticsQuestion, *, own: bool) -> list[desk.Link]:
    api = {
        "span": str(asked.span),
        "by": str(asked.by),
        "first": f"{asked.first}",
        "last": f"{asked.last}",
    } | {name: said for name in StatisticsForm.base_fields if (said := getattr(asked, name))}
    address = f"{reverse('statistics-usage')}?{urlencode(api | ({'own': 'true'} if own else {}))}"
    return [desk.Link("JSON", address, "api")]


def _choices(
    request: HttpRequest, actor: Actor | None, asked: StatisticsQuestion, *, own: bool
) -> desk.Choices:
    oversees = actor is not None and actor.has_role(*OVERSEERS)
    spans = [each for each in Grain if oversees or own or each != Grain.HOUR]
    groups = [each for each in Dimension if oversees or each != Dimension.PROVIDER]

    def choices(name: str, found: Sequence[Any], now: Any) -> list[desk.Choice]:
        return [
            desk.Choice(
                SPANS.get(each, each.label), _address(request, **{name: each.value}), each == now
            )
            for each in found
        ]

    rows: list[tuple[desk.Text, Sequence[desk.Choice]]] = [
        (_("Period"), choices("span", spans, asked.span)),
        (_("Told apart by"), choices("by", groups, asked.by)),
    ]
    if actor is not None and actor.has_role(Role.PROVIDER):
        whose = [
            desk.Choice(_("The market"), _address(request, own=""), not own),
            desk.Choice(_("My own"), _address(request, own="1"), own),
        ]
        rows.append((_("Whose"), whose))
    return desk.Choices(rows, f"{asked.first} – {asked.last}")


# --- Blocks -----------------------------------------------------------------------------------
def _sentence(found: Sequence[StatisticsCell]) -> str:
    told = [cell for cell in found if not cell.is_suppressed]
    hours = sum((cell.standard_hours or Decimal(0) for cell in told), Decimal(0))
    if not hours:
        return _("Nothing can be told of these days.")
    return _("%(hours)s standard hours were measured in this period.") % {
        "hours": figures.grouped(hours, 1)
    }


def _period(span: Grain, cell: StatisticsCell) -> str:
    local = figures.local(cell.starts_at)
    return {Grain.MONTH: f"{local:%Y-%m}", Grain.DAY: f"{local:%Y-%m-%d}"}.get(
        span, f"{local:%Y-%m-%d %H:00}"
    )


def _group(by: Dimension, cell: StatisticsCell | PowerCell) -> str:
    group = cell.group
    if by == Dimension.REGION:
        return names.region(group) or "—"
    if by == Dimension.CLASS and group in ResourceClass.values:
        return str(ResourceClass(group).label)
    if by == Dimension.PROVIDER:
        return _provider(group)
    return group or _("all")


def _provider(group: str) -> str:
    found = identity_selectors.organizations([UUID(group)])
    return names.named(next(iter(found.values()))) if found else group


def _chart(found: Sequence[StatisticsCell], span: Grain) -> drawing.Chart:
    starts = sorted({cell.starts_at for cell in found})
    units = sorted({cell.unit for cell in found})

    def used(unit: str, start: Any) -> Decimal | None:
        its = [
            cell
            for cell in found
            if cell.unit == unit and cell.starts_at == start and not cell.is_suppressed
        ]
        capacity = sum((cell.capacity_hours or Decimal(0) for cell in its), Decimal(0))
        native = sum((cell.native_hours or Decimal(0) for cell in its), Decimal(0))
        return (100 * native / capacity).quantize(Decimal("0.1")) if capacity else None

    categories = [
        _period(span, next(cell for cell in found if cell.starts_at == start)) for start in starts
    ]
    return drawing.Chart(
        title=_("Share of capacity that was used"),
        head=_("Period"),
        categories=categories,
        short=[each if span == Grain.MONTH else each[len("2026-") :] for each in categories],
        series=[
            drawing.Series(unit_words.word(unit), [used(unit, at) for at in starts],
                           str(place % 4 + 1))
            for place, unit in enumerate(units)
        ],
        digits=1,
        name="utilisation",
        unit="%",
    )  # fmt: skip


def _ranked(by: Dimension, found: Sequence[StatisticsCell]) -> desk.Charted:
    sums: dict[str, Decimal] = {}
    for cell in found:
        if not cell.is_suppressed and cell.standard_hours:
            name = _group(by, cell)
            sums[name] = sums.get(name, Decimal(0)) + cell.standard_hours
    rows = [
        drawing.Row(name, [("1", hours)], figures.grouped(hours, 1))
        for name, hours in sorted(sums.items(), key=lambda item: -item[1])[:BARS_MAX]
    ]
    told = _("Standard hours of the period.") if rows else _("Nothing can be told.")
    ranked = drawing.Ranked(rows) if rows else None
    return desk.Charted(f"{_('Standard hours')} · {by.label}", ranked=ranked, told=told)


def _power(found: Sequence[PowerCell], precision: Precision) -> desk.Sheet:
    told = [cell for cell in found if not cell.is_suppressed]
    rows = [
        [
            desk.Cell(names.region(cell.group)),
            desk.Cell(energy_words.figure(cell.petaflops, 3)),
            desk.Cell(figures.grouped(cell.units, 0)),
            desk.Cell(figures.grouped(cell.unknown_units, 0)),
        ]
        for cell in told
    ]
    withheld = ", ".join(names.region(cell.group) for cell in found if cell.is_suppressed)
    if withheld:
        # A line of its own for each would say the same of all of them.
        rows.append([desk.Cell(_("withheld"), withheld), *[desk.Cell("—")] * 3])
    return desk.Sheet(
        _("Capacity in P, %(precision)s dense, tensor") % {"precision": precision},
        [
            desk.Column(_("Region")),
            desk.Column("P", "number"),
            desk.Column(_("Cards"), "number"),
            desk.Column(_("Cards without an agreed figure"), "number"),
        ],
        rows,
        desk.Empty(_("No accelerators are registered"), ""),
    )
