"""The list of calls to drivers."""

from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.drivers.contracts import CallState
from marketplace.drivers.filters import DriverCallFilter
from marketplace.portal import driver_words
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows

DRIVER_CALLS: Final = ListTable(
    name="driver-calls",
    title=_("Calls to drivers"),
    filters=DriverCallFilter,
    columns=(
        ListColumn(
            "order_number",
            _("Order number"),
            value=lambda row: row.delivery.order_number,
            link=lambda row: reverse("portal:delivery", args=[row.delivery_id]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("step", _("Step"), value=lambda row: row.get_step_display()),
        ListColumn("created_at", _("Told"), Shows.TIME, sort=("id",)),
        ListColumn("attempts", _("Tries"), Shows.QUANTITY, phone=Phone.HIDDEN),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=driver_words.call_tag,
            below=lambda row: row.error,
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    quick=(
        Quick("waiting", _("Waiting"), {"state": (CallState.WAITING,)}),
        Quick("dead", _("Given up"), {"state": (CallState.DEAD,)}),
    ),
    shown_filters=("state", "step"),
    tie="id",
)
