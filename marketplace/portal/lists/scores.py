"""The list of listings that the rule of service levels warned of or stopped."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.assurance.score_filters import ListingStopFilter
from marketplace.portal import level_words, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag


def _state(row: Any) -> Tag:
    if row.ended_at is not None:
        return Tag(_("Over"), "neutral")
    if row.stopped_at is not None:
        return Tag(_("Off the market"), "bad", "circle-x")
    return Tag(_("Warned"), "warn", "alert-triangle")


LISTING_STOPS: Final = ListTable(
    name="listing-stops",
    title=_("Listings below their availability"),
    filters=ListingStopFilter,
    columns=(
        ListColumn(
            "listing",
            _("Listing"),
            value=lambda row: row.listing.number,
            link=lambda row: reverse("portal:listing", args=[row.listing_id]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "provider",
            _("Provider"),
            value=lambda row: names.named(row.provider),
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "availability",
            _("Availability of 30 days"),
            value=lambda row: level_words.percent(row.availability_ppm),
        ),
        ListColumn("warned_at", _("Warned"), Shows.TIME, sort=("warned_at", "id")),
        ListColumn("stops_at", _("Leaves the market"), Shows.TIME),
        ListColumn("stopped_at", _("Left it"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn("ended_at", _("Above again"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn(
            "state", _("State"), Shows.STATE, value=_state, phone=Phone.STATE, is_fixed=True
        ),
    ),
    quick=(Quick("open", _("Not over"), {"is_over": ("false",)}),),
    shown_filters=("is_over",),
    tie="id",
)
