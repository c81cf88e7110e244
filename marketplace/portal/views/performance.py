"""What a programme did in a period, each figure one click from its lines; as a page and files."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from common import clock, moments, tenancy
from common.errors import Refusal
from common.period import Period
from common.tabular.columns import Column, ColumnType
from common.tabular.writing import CsvWriter, XlsxWriter
from identity.contracts import Actor, Role
from marketplace.policy import selectors as policy_selectors
from marketplace.policy.contracts import PERIOD_DAYS_MAX, PerformanceFigure
from marketplace.policy.selectors import PerformanceReport, PerformanceSums
from marketplace.portal import desk, drawing, energy_words, figures, names, policy_words
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.homes import days as home_days
from marketplace.portal.lists.policy import PERFORMANCE_LINES
from marketplace.portal.papers.performance import performance_paper
from marketplace.portal.tables import Given
from marketplace.vouchers import selectors as vouchers_selectors
from metering.energy.contracts import EnergyBasis

READERS: Final = (Role.ISSUER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
BARS_MAX: Final = 12
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES: Final = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX, "pdf": "application/pdf"}


def whose(actor: Actor) -> UUID | None:
    """Return whose programmes somebody reads: by duty all, an issuer its own."""
    if actor.has_role(Role.AUDITOR, Role.OPERATOR, Role.FINANCE):
        return None
    return actor.organization_id


@page(*READERS)
def performance(request: PortalRequest, programme_id: UUID) -> HttpResponse:
    """Show a programme's report."""
    days = _days(request)
    programme, report = _read(request, programme_id, days)
    files = [
        desk.Link(form.upper(), _address("performance-file", programme_id, days, form), "download")
        for form in FILES
    ]
    head = desk.Head(
        _("Performance: %(name)s") % {"name": names.named(programme)},
        _sentence(report),
        crumbs=[
            (_("Programmes"), reverse("portal:programmes")),
            (programme.code, reverse("portal:programme", args=[programme.pk])),
        ],
        links=files,
    )
    blocks: list[Any] = [
        desk.Spans(_spans(programme_id), f"{days[0]} – {days[1]}", *days),
        desk.KeyFigures(list(_key_figures(programme_id, report, days))),
        desk.Charted(_("By month"), _months(report)),
        _effect(report),
    ]
    for name in policy_words.DIMENSIONS:
        blocks += [_ranked(name, report), _group(name, report)]
    return desk.show(request, head, blocks)


@page(*READERS)
def lines(request: PortalRequest, programme_id: UUID) -> HttpResponse:
    """Show the transfers that a figure is made of."""
    figure = _figure(request)
    days = _days(request)
    programme = vouchers_selectors.programme(
        programme_id=programme_id, issuer_id=whose(request.actor)
    )
    with tenancy.acting_as_platform():
        found = policy_selectors.lines_of_figure(
            programme_id=programme_id,
            figure=figure,
            period=_period(days),
            issuer_id=whose(request.actor),
        )
    head = desk.Head(
        f"{figure.label}: {figures.money(sum(each.amount_minor for each in found))}",
        f"{names.named(programme)} · {days[0]} – {days[1]}",
        crumbs=[
            (_("Programmes"), reverse("portal:programmes")),
            (programme.code, reverse("portal:programme", args=[programme.pk])),
            (_("Performance"), _address("programme-performance", programme_id, days)),
        ],
    )
    empty = desk.Empty(_("No lines"), _("Nothing of this kind moved in the period."), "table")
    table = PERFORMANCE_LINES.read(request, Given(found))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(*READERS)
def file(request: PortalRequest, programme_id: UUID, form: str) -> HttpResponseBase:
    """Send a report as a table or as a paper."""
    if form not in FILES:
        raise Http404
    days = _days(request)
    programme, report = _read(request, programme_id, days)
    if form == "pdf":
        body = performance_paper(programme, report, at=clock.now())
    else:
        body = _table(report, form)
    response = HttpResponse(body, content_type=FILES[form])
    name = f"performance-{programme.code}-{days[0]}-{days[1]}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


# --- Reading ----------------------------------------------------------------------------------
def _read(
    request: PortalRequest, programme_id: UUID, days: tuple[date, date]
) -> tuple[Any, PerformanceReport]:
    issuer_id = whose(request.actor)
    programme = (
        vouchers_selectors.programmes().filter(pk=programme_id).first()
        if issuer_id is None
        else vouchers_selectors.programmes().filter(pk=programme_id, issuer_id=issuer_id).first()
    )
    if programme is None:
        raise Http404
    with tenancy.acting_as_platform():
        report = policy_selectors.performance(
            programme_id=programme_id, period=_period(days), issuer_id=issuer_id
        )
    return programme, report


def _days(request: PortalRequest) -> tuple[date, date]:
    """Return the first and last day of the address; what cannot be read is this year."""
    today = moments.market_date(clock.now())
    try:
        first = moments.parse_day(str(request.GET.get("from", "")))
        last = moments.parse_day(str(request.GET.get("to", "")))
    except Refusal:
        return today.replace(month=1, day=1), today
    if first > last or (last - first).days >= PERIOD_DAYS_MAX:
        return today.replace(month=1, day=1), today
    return first, last


def _period(days: tuple[date, date]) -> Period:
    end = moments.start_of_day(days[1] + timedelta(days=1))
    return Period(moments.start_of_day(days[0]), end)


def _figure(request: PortalRequest) -> PerformanceFigure:
    asked = str(request.GET.get("figure", ""))
    if asked not in PerformanceFigure.values:
        raise Http404
    return PerformanceFigure(asked)


def _address(
    name: str, programme_id: UUID, days: tuple[date, date], *rest: str, **more: str
) -> str:
    query = urlencode({"from": str(days[0]), "to": str(days[1])} | more)
    return f"{reverse(f'portal:{name}', args=[programme_id, *rest])}?{query}"


def _spans(programme_id: UUID) -> list[desk.Link]:
    """Return the periods that are asked for most."""
    today = moments.market_date(clock.now())
    first = today.replace(month=1, day=1)
    month = today.replace(day=1)
    before = first - timedelta(days=1)
    spans = {
        _("This month"): (month, today),
        _("This year"): (first, today),
        _("Last year"): (before.replace(month=1, day=1), before),
    }
    return [
        desk.Link(label, _address("programme-performance", programme_id, days))
        for label, days in spans.items()
    ]


# --- Blocks -----------------------------------------------------------------------------------
def _sentence(report: PerformanceReport) -> str:
    minor = report.total.minor
    return _("%(used)s of %(issued)s that were issued are used, by %(count)s enterprises.") % {
        "used": figures.money(minor[PerformanceFigure.USED]),
        "issued": figures.money(minor[PerformanceFigure.ISSUED]),
        "count": figures.grouped(len(report.total.holders)),
    }


def _key_figures(
    programme_id: UUID, report: PerformanceReport, days: tuple[date, date]
) -> Iterator[desk.KeyFigure]:
    for figure in PerformanceFigure:
        yield desk.KeyFigure(
            figure.label,
            figures.money(report.total.minor[figure]),
            _("Lines"),
            _address("performance-lines", programme_id, days, figure=figure.value),
        )


def _months(report: PerformanceReport) -> drawing.Chart:
    def of(figure: PerformanceFigure) -> list[Any]:
        return [home_days.yuan(each.minor[figure]) for each in report.months.values()]

    return drawing.Chart(
        title=_("By month"),
        head=_("Month"),
        categories=list(report.months),
        series=[
            drawing.Series(_("Issued"), of(PerformanceFigure.ISSUED), "muted"),
            drawing.Series(_("Used"), of(PerformanceFigure.USED), "voucher"),
        ],
        kind=drawing.Kind.BARS,
        digits=2,
        name="months",
    )


def _effect(report: PerformanceReport) -> desk.Facts:
    total = report.total
    hours = _("%(hours)s standard hours") % {"hours": figures.grouped(total.standard_hours, 3)}
    note = ""
    if report.unmeasured_charges:
        note = _("%(count)s charges of chips without a published figure are not in it") % {
            "count": figures.grouped(report.unmeasured_charges)
        }
    electricity, carbon = _emission(report)
    leverage = "—" if report.leverage is None else f"¥{report.leverage}"
    return desk.Facts(
        _("Effect"),
        [
            (_("Use that was supported"), desk.Cell(hours, note)),
            (_("Trades that were supported"), desk.Cell(figures.money(total.gross_minor))),
            (_("Own money beside it"), desk.Cell(figures.money(total.own_minor))),
            (_("Own yuan a yuan of support"), desk.Cell(leverage)),
            (_("Returned to the pool"), desk.Cell(figures.money(report.returned_minor))),
            (_("Electricity"), electricity),
            (_("Carbon"), carbon),
        ],
    )


def _emission(report: PerformanceReport) -> tuple[desk.Cell, desk.Cell]:
    """Return the electricity and carbon of supported use, with what is not known of it."""
    found = report.emission
    if found is None or not found.records:
        nothing = desk.Cell("—", _("nothing was used yet"))
        return nothing, nothing
    note = str(EnergyBasis(found.basis).label)
    if found.unknown:
        note = _("not known of %(count)s of %(all)s usage records") % {
            "count": figures.grouped(found.unknown),
            "all": figures.grouped(found.records),
        }
    elif found.location_g is None:
        note = _("a PUE or a grid factor is missing")
    kwh, carbon = found.facility_kwh, found.location_g
    return (
        desk.Cell(energy_words.kwh(kwh), note),
        desk.Cell(energy_words.carbon(carbon), note),
    )


def _sorted(groups: Mapping[str, PerformanceSums]) -> list[tuple[str, PerformanceSums]]:
    used = PerformanceFigure.USED
    return sorted(groups.items(), key=lambda item: -item[1].minor[used])


def _ranked(name: str, report: PerformanceReport) -> desk.Charted:
    used = PerformanceFigure.USED
    rows = [
        drawing.Row(
            policy_words.group(name, value),
            [
                ("voucher", home_days.yuan(its.minor[used])),
                ("muted", home_days.yuan(max(its.own_minor, 0))),
            ],
            figures.money(its.minor[used]),
        )
        for value, its in _sorted(report.groups[name])[:BARS_MAX]
        if its.minor[used] > 0
    ]
    told = _("Paid by vouchers, and own money beside it.") if rows else _("Nothing was used yet.")
    return desk.Charted(
        policy_words.DIMENSIONS[name], ranked=drawing.Ranked(rows) if rows else None, told=told
    )


def _group(name: str, report: PerformanceReport) -> desk.Sheet:
    rows = [
        [
            desk.Cell(policy_words.group(name, value)),
            desk.Cell(figures.grouped(len(its.holders))),
            desk.Cell(figures.money(its.minor[PerformanceFigure.ISSUED])),
            desk.Cell(figures.money(its.minor[PerformanceFigure.USED])),
            desk.Cell(figures.money(its.own_minor)),
            desk.Cell(figures.grouped(its.standard_hours, 3)),
        ]
        for value, its in _sorted(report.groups[name])
    ]
    return desk.Sheet(
        title="",
        columns=[
            desk.Column(policy_words.DIMENSIONS[name]),
            desk.Column(_("Enterprises"), "number"),
            desk.Column(_("Issued"), "number"),
            desk.Column(_("Used"), "number"),
            desk.Column(_("Own money"), "number"),
            desk.Column(_("Standard hours"), "number"),
        ],
        rows=rows,
        empty=desk.Empty(_("Nothing moved"), _("Nothing was issued or used in this period.")),
    )


# --- Files ------------------------------------------------------------------------------------
def _table(report: PerformanceReport, form: str) -> bytes:
    """Return a report as one table: a row for the total, each month and each group."""
    money = [Column(f"{each.value.lower()}", ColumnType.MONEY) for each in PerformanceFigure]
    columns = [
        Column("part"),
        Column("group"),
        Column("name"),
        Column("holders"),
        *money,
        Column("own_money", ColumnType.MONEY),
        Column("standard_hours", ColumnType.QUANTITY),
    ]
    with TemporaryDirectory(prefix="performance-") as folder:
        path = Path(folder) / "report"
        writer = (XlsxWriter if form == "xlsx" else CsvWriter)(path, columns)
        for row in _rows(report):
            writer.write(row)
        writer.close()
        return path.read_bytes()


def _rows(report: PerformanceReport) -> Iterator[list[str]]:
    yield _row("total", "", "", report.total)
    for month, its in report.months.items():
        yield _row("month", month, month, its)
    for name, groups in report.groups.items():
        for value, its in groups.items():
            yield _row(name, value, policy_words.group(name, value), its)


def _row(part: str, group: str, name: str, sums: PerformanceSums) -> list[str]:
    amounts = [f"{home_days.yuan(sums.minor[each]):.2f}" for each in PerformanceFigure]
    own, hours = f"{home_days.yuan(sums.own_minor):.2f}", f"{sums.standard_hours:f}"
    return [part, group, name, str(len(sums.holders)), *amounts, own, hours]
