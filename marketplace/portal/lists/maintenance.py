"""The list of maintenance."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.fulfilment.filters import MaintenanceFilter
from marketplace.fulfilment.maintenance_contracts import MaintenanceState
from marketplace.portal import maintenance_words, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows


def _listings(row: Any) -> str:
    return ", ".join(each.listing_number for each in row.listings.all())


MAINTENANCE_LIST: Final = ListTable(
    name="maintenance",
    title=_("Maintenance"),
    filters=MaintenanceFilter,
    columns=(
        ListColumn(
            "starts_at",
            _("From"),
            Shows.TIME,
            sort=("starts_at", "id"),
            link=lambda row: reverse("portal:maintenance-work", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("ends_at", _("Until"), Shows.TIME),
        ListColumn("listings", _("Listings"), value=_listings),
        ListColumn(
            "provider",
            _("Provider"),
            value=lambda row: names.named(row.provider),
            phone=Phone.HIDDEN,
        ),
        ListColumn("impact", _("Impact"), value=lambda row: row.get_impact_display()),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=maintenance_words.maintenance_tag,
            below=maintenance_words.late_or_overrun,
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    quick=(
        Quick("announced", _("Announced"), {"state": (MaintenanceState.ANNOUNCED,)}),
        Quick("under-way", _("Under way"), {"state": (MaintenanceState.UNDERWAY,)}),
        Quick("over", _("Finished"), {"state": (MaintenanceState.OVER,)}),
    ),
    shown_filters=("state", "impact", "begins_from", "begins_before"),
    tie="id",
)
