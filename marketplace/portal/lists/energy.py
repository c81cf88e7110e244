"""Lists of energy: green certificates and direct supply."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.portal import energy_words, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows
from metering.energy.contracts import GreenKind, GreenState
from metering.energy.filters import GreenSupplyFilter


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
