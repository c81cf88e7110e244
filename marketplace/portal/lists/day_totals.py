"""What nodes said of their days, as a list with files."""

from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from gateway.peering.filters import DayTotalsFilter
from identity.contracts import CapacityUnit, ResourceClass
from marketplace.portal import figures, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag


def _capacity(name: str) -> Any:
    def value(row: Any) -> str:
        return " · ".join(
            f"{figures.grouped(Decimal(each[name]).scaleb(-3))} {_unit(each['unit'])}"
            for each in row.capacity
        )

    return value


def _unit(unit: str) -> str:
    known = unit in CapacityUnit.values
    return names.unit(CapacityUnit(unit), is_one=False) if known else unit


def _resources(row: Any) -> int:
    return sum(each["resources"] for each in row.capacity)


def _or_withheld(name: str) -> Any:
    def value(row: Any) -> Any:
        found = getattr(row, name)
        if found is None and "traded" in row.withheld:
            return _("withheld")
        return "—" if found is None else figures.grouped(found)

    return value


def _figure(name: str) -> Any:
    def value(row: Any) -> Any:
        found = getattr(row, name)
        if found is None:
            return _("withheld") if name in row.withheld else "—"
        return f"{found.normalize():f}"

    return value


DAY_TOTALS: Final = ListTable(
    name="day-totals",
    title=_("Figures of nodes by day"),
    filters=DayTotalsFilter,
    columns=(
        ListColumn("node", _("Node code"), Shows.IDENTIFIER, phone=Phone.KEY, is_fixed=True),
        ListColumn("day", _("Day"), Shows.DAY, phone=Phone.FACT),
        ListColumn(
            "class",
            _("Class"),
            Shows.TAG,
            value=lambda row: Tag(ResourceClass(row.resource_class).label),
            phone=Phone.STATE,
        ),
        ListColumn(
            "resources", _("Resources"), Shows.QUANTITY, value=_resources, phone=Phone.HIDDEN
        ),
        ListColumn("total", _("Total"), value=_capacity("total_milli"), phone=Phone.FACT),
        ListColumn(
            "available", _("Available"), value=_capacity("available_milli"), phone=Phone.FACT
        ),
        ListColumn("trades", _("Trades"), value=_or_withheld("trades"), phone=Phone.HIDDEN),
        ListColumn(
            "hours", _("Standard hours"), value=_or_withheld("standard_hours"), phone=Phone.HIDDEN
        ),
        ListColumn("price", _("Price index"), value=_or_withheld("price"), phone=Phone.FACT),
        ListColumn("pue", _("PUE"), value=_figure("pue"), phone=Phone.HIDDEN),
        ListColumn(
            "green_share", _("Green share"), value=_figure("green_share"), phone=Phone.HIDDEN
        ),
        ListColumn("said_at", _("Said"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn("kept_at", _("Came"), Shows.TIME, is_on=False, phone=Phone.HIDDEN),
    ),
)
