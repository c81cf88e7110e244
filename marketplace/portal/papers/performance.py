"""The paper of a programme's performance."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.policy.contracts import PerformanceFigure
from marketplace.policy.selectors import PerformanceReport, PerformanceSums
from marketplace.portal import energy_words, figures, names
from marketplace.portal.papers.setting import typeset


def performance_paper(programme: Any, report: PerformanceReport, *, at: datetime) -> bytes:
    """Return a report as PDF, in the language of the reader."""
    minor = report.total.minor
    sums = [
        (_("Issued"), figures.money(minor[PerformanceFigure.ISSUED]), ""),
        (_("Used"), figures.money(minor[PerformanceFigure.USED]), "voucher"),
        (_("Returned"), figures.money(report.returned_minor), ""),
        (_("Own money beside it"), figures.money(report.total.own_minor), ""),
    ]
    values = {
        "lang": "zh" if (get_language() or "").startswith("zh") else "en",
        "market": str(settings.SITE_NAME),
        "subtitle": _("Market and ledger"),
        "title": _("Performance of a programme"),
        "state": "",
        "number": programme.code,
        "number_label": _("Programme"),
        "parties": [
            {"label": _("Programme"), "name": str(names.named(programme)), "code": programme.code},
            {
                "label": _("Issuer"),
                "name": str(names.named(programme.issuer)),
                "code": programme.issuer.uscc,
            },
        ],
        "facts": [{"label": label, "value": value} for label, value in _facts(report)],
        "sums": [{"label": a, "value": b, "tone": c} for a, b, c in sums],
        "days_title": _("By month"),
        "days_note": "",
        "no_days": _("Nothing moved in this period."),
        "heads": [_("Month"), _("Issued"), _("Used"), _("Returned"), _("Paid to providers")],
        "days": [_row(month, its) for month, its in report.months.items()],
        "total": _row(_("Total"), report.total),
        "note": _("Added up from the transfers of the programme's ledger and from charges."),
        "footer": _("As of %(at)s. Made by the system.") % {"at": figures.moment(at)},
    }
    return typeset("order", values, at=at)


def _facts(report: PerformanceReport) -> list[tuple[str, str]]:
    first, last = report.period.starts_at, report.period.ends_at
    hours = figures.grouped(report.total.standard_hours, 3)
    leverage = _("not measured") if report.leverage is None else f"{report.leverage}"
    return [
        (_("Period"), f"{figures.moment(first)} – {figures.moment(last)}"),
        (_("Funded"), figures.money(report.total.minor[PerformanceFigure.FUNDED])),
        (_("Enterprises"), figures.grouped(len(report.total.holders))),
        (_("Standard hours"), hours),
        (_("Own yuan a yuan of support"), leverage),
        (_("Electricity, carbon"), _emission(report)),
    ]


def _emission(report: PerformanceReport) -> str:
    found = report.emission
    if found is None or found.location_g is None:
        return _("not known in full")
    return f"{energy_words.kwh(found.facility_kwh)}, {energy_words.carbon(found.location_g)}"


def _row(label: str, sums: PerformanceSums) -> list[str]:
    minor = sums.minor
    returned = minor[PerformanceFigure.EXPIRED] + minor[PerformanceFigure.CLAWED_BACK]
    amounts = (
        minor[PerformanceFigure.ISSUED],
        minor[PerformanceFigure.USED],
        returned,
        minor[PerformanceFigure.PAID],
    )
    return [label, *(figures.money(each) for each in amounts)]
