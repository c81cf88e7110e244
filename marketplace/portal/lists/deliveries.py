"""The list of deliveries."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.fulfilment.contracts import DeliveryReason, FulfilmentState
from marketplace.fulfilment.filters import DeliveryFilter
from marketplace.portal import delivery_words, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows

TO_DO: Final = (FulfilmentState.PREPARING, FulfilmentState.CONNECTED, FulfilmentState.SCHEDULED)


def _reason(row: Any) -> str:
    return delivery_words.reason(row.reason)


DELIVERIES: Final = ListTable(
    name="deliveries",
    title=_("Deliveries of compute"),
    filters=DeliveryFilter,
    columns=(
        ListColumn(
            "order_number",
            _("Order number"),
            sort=("opened_at", "id"),
            link=lambda row: reverse("portal:delivery", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("provider", _("Provider"), value=lambda row: names.named(row.provider)),
        ListColumn(
            "buyer", _("Buyer"), value=lambda row: names.named(row.buyer), phone=Phone.HIDDEN
        ),
        ListColumn("ready_by", _("Ready by"), Shows.TIME, sort=("ready_by", "id")),
        ListColumn("ready_at", _("Ready since"), Shows.TIME),
        ListColumn("leaves_at", _("Until"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=delivery_words.tag,
            below=_reason,
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    quick=(
        Quick("to-do", _("To make ready"), {"state": TO_DO}),
        Quick("running", _("In operation"), {"state": (FulfilmentState.RUNNING,)}),
        Quick("interrupted", _("Interrupted"), {"state": (FulfilmentState.INTERRUPTED,)}),
        Quick("failed", _("Not delivered"), {"state": (FulfilmentState.FAILED,)}),
        Quick("taken-back", _("Taken back with notice"), {"reason": (DeliveryReason.PREEMPTED,)}),
        Quick("stopped", _("Stopped"), {"reason": (DeliveryReason.EMERGENCY_STOP,)}),
    ),
    shown_filters=("state", "reason", "ready_from", "ready_until"),
    tie="id",
)
