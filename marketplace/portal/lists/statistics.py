"""The list of sums: a row for each period, group and unit."""

from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from marketplace.portal import energy_words, figures
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows

ALL: Final = _("all")


def _withheld(row: Any, value: Decimal | None, digits: int) -> str:
    if row.cell.is_suppressed:
        return str(_("withheld"))
    return energy_words.figure(value, digits)


def _period(row: Any) -> str:
    return row.period or figures.moment(row.cell.starts_at)


STATISTICS: Final = ListTable(
    name="statistics",
    title=_("Usage in sums"),
    size=50,
    columns=(
        ListColumn("period", _("Period"), value=_period, phone=Phone.KEY, is_fixed=True),
        ListColumn("group", _("Group"), value=lambda row: row.name, phone=Phone.STRIP),
        ListColumn("unit", _("Unit"), value=lambda row: row.cell.unit, phone=Phone.STRIP),
        ListColumn(
            "native_hours",
            _("Hours"),
            Shows.TEXT,
            value=lambda row: _withheld(row, row.cell.native_hours, 3),
            phone=Phone.FACT,
        ),
        ListColumn(
            "standard_hours",
            _("Standard hours"),
            Shows.TEXT,
            value=lambda row: _withheld(row, row.cell.standard_hours, 3),
            phone=Phone.FACT,
        ),
        ListColumn(
            "utilisation",
            _("Utilisation"),
            Shows.TEXT,
            value=lambda row: (
                str(_("withheld"))
                if row.cell.is_suppressed
                else energy_words.share(row.cell.utilisation)
            ),
            phone=Phone.FACT,
        ),
        ListColumn(
            "it_kwh",
            _("IT electricity, kWh"),
            Shows.TEXT,
            value=lambda row: _withheld(row, row.cell.it_kwh, 1),
            phone=Phone.FACT,
        ),
        ListColumn(
            "providers",
            _("Providers"),
            Shows.TEXT,
            value=lambda row: "" if row.cell.providers is None else str(row.cell.providers),
            phone=Phone.HIDDEN,
            is_on=False,
        ),
    ),
)
