"""The list of deliveries; of a buyer, what runs for it, until when, and what it may do there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.fulfilment import handover_selectors
from marketplace.fulfilment.contracts import DeliveryReason, FulfilmentState
from marketplace.fulfilment.filters import DeliveryFilter
from marketplace.fulfilment.rules import OVER
from marketplace.portal import delivery_words, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, RowLink, Shows

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


def _acts(row: Any) -> list[RowLink]:
    """Return what a buyer may do with a row: go on longer, end it, write to the provider."""
    about = row.order_number
    talk = RowLink(_("Conversation"), reverse("portal:delivery-talk", args=[row.pk]), about)
    if row.state in OVER or row.order.listing_id is None:
        return [talk]
    place = reverse("portal:order-place", args=[row.order.listing_id])
    extend = RowLink(_("Extend"), f"{place}?again={row.order_id}&extend=1", about)
    if row.state in TO_DO:
        return [extend, talk]
    end = RowLink(_("End early…"), reverse("portal:order-end", args=[row.order_id]), about)
    return [extend, end, talk]


def _access(row: Any) -> str:
    is_open = row.is_handed_over and row.state not in OVER
    return str(_("Access is handed over")) if is_open else "–"


def with_access(rows: Sequence[Any]) -> Sequence[Any]:
    """Note on deliveries of a page whether their providers handed access over."""
    handed = handover_selectors.handed_over([each.pk for each in rows])
    for each in rows:
        each.is_handed_over = each.pk in handed
    return rows


def _why_late(row: Any) -> str:
    """Return what is late about a delivery that runs late."""
    if row.state == FulfilmentState.INTERRUPTED:
        return delivery_words.reason(row.reason)
    if row.state == FulfilmentState.PREPARING and row.answer_by is not None:
        return str(_("Not answered in time"))
    return str(_("Not ready at its start"))


_OF_KEY: Final = {each.key: each for each in DELIVERIES.columns}
_QUICK: Final = {each.key: each for each in DELIVERIES.quick}
BUYERS_DELIVERIES: Final = replace(
    DELIVERIES,
    name="buyers-deliveries",
    columns=(
        replace(
            _OF_KEY["order_number"],
            value=lambda row: row.order_number,
            below=lambda row: names.named(row.order.listing, "title"),
        ),
        _OF_KEY["provider"],
        replace(_OF_KEY["leaves_at"], phone=Phone.FACT),
        ListColumn(
            "access",
            _("Access"),
            value=_access,
            link=lambda row: reverse("portal:delivery-access", args=[row.pk]),
        ),
        _OF_KEY["state"],
        replace(_OF_KEY["ready_by"], is_on=False, phone=Phone.HIDDEN),
        replace(_OF_KEY["ready_at"], phone=Phone.HIDDEN),
        ListColumn("act", "", Shows.ACT, value=_acts, phone=Phone.ACT),
    ),
    quick=(_QUICK["running"], _QUICK["interrupted"], _QUICK["to-do"], _QUICK["failed"]),
)
LATE_DELIVERIES: Final = replace(
    DELIVERIES,
    name="late-deliveries",
    columns=(
        *(each for each in DELIVERIES.columns if each.key != "ready_at"),
        ListColumn("why", _("Late because"), value=_why_late),
        ListColumn("next_at", _("Fails or ends at"), Shows.TIME, sort=("next_at", "id")),
    ),
    quick=(),
)
