"""Lists of energy: green certificates and direct supply, factors of grids."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.identifiers import regions
from marketplace.portal import energy_words, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows
from metering.energy.contracts import GreenKind, GreenState
from metering.energy.filters import GreenSupplyFilter, GridFactorFilter


def _centre(row: Any) -> str:
    return names.named(row.centre) if row.centre else ""


GREEN_SUPPLIES: Final = ListTable(
    name="green-supplies",
    title=_("Green electricity"),
    filters=GreenSupplyFilter,
    shown_filters=("kind", "state"),
    quick=(
        Quick("registered", _("Registered"), {"state": (GreenState.REGISTERED,)}),
        Quick("claimed", _("Claimed"), {"state": (GreenState.CLAIMED,)}),
    ),
    columns=(
        ListColumn(
            "number",
            _("Number"),
            below=lambda row: GreenKind(row.kind).label,
            link=lambda row: reverse("portal:green-supply", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("kwh", "kWh", Shows.QUANTITY, phone=Phone.FACT),
        ListColumn("month", _("Month"), value=lambda row: f"{row.month:%Y-%m}", phone=Phone.FACT),
        ListColumn("centre", _("Data centre"), value=_centre, phone=Phone.STRIP),
        ListColumn("registered_at", _("Registered"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn("state", _("State"), Shows.STATE, value=energy_words.green, phone=Phone.STATE),
    ),
)


REST: Final = "000000"


def grid(code: str) -> str:
    """Return the name of a grid: a province, or the country."""
    return (
        str(_("The country, without what is traded green")) if code == REST else names.region(code)
    )


def grids() -> list[tuple[str, str]]:
    """Return the grids that factors are published for, as choices."""
    provinces = [code for code in regions.regions() if code.endswith("0000")]
    return [(each, grid(each)) for each in (REST, *provinces)]


GRID_FACTORS: Final = ListTable(
    name="grid-factors",
    title=_("Grid factors"),
    filters=GridFactorFilter,
    order="-year",
    columns=(
        ListColumn(
            "province",
            _("Grid"),
            value=lambda row: grid(row.province),
            below=lambda row: row.province,
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("year", _("Year"), value=lambda row: str(row.year), sort=("year",)),
        ListColumn("value", _("kg CO₂ a kWh"), value=lambda row: f"{row.value:f}", is_strong=True),
        ListColumn("version", _("Version"), value=lambda row: str(row.version)),
        ListColumn("published_at", _("Published"), Shows.TIME),
        ListColumn("source", _("Source"), phone=Phone.STRIP, is_wide=True),
    ),
)
