"""The list of messages about orders."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.fulfilment.filters import ReceivedMessageFilter
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag

EXCERPT_MAX: Final = 120


def _excerpt(row: Any) -> str:
    """Return how a message begins, in one line."""
    text = " ".join(row.body.split())
    return text if len(text) <= EXCERPT_MAX else f"{text[:EXCERPT_MAX]}…"


def _state(row: Any) -> Tag:
    return Tag(_("Unread"), "warn") if row.is_unread else Tag(_("Read"))


RECEIVED_MESSAGES: Final = ListTable(
    name="order-messages",
    title=_("Messages about orders"),
    filters=ReceivedMessageFilter,
    columns=(
        ListColumn(
            "order_number",
            _("Order number"),
            link=lambda row: reverse("portal:order-talk", args=[row.order_id]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("side", _("From"), value=lambda row: row.get_side_display()),
        ListColumn("body", _("Message"), value=_excerpt),
        ListColumn("sent_at", _("Sent"), Shows.TIME, sort=("id",)),
        ListColumn("state", _("State"), Shows.STATE, value=_state, phone=Phone.STATE),
    ),
    quick=(Quick("unread", _("Unread"), {"is_unread": ("true",)}),),
    shown_filters=("is_unread", "sent_from", "sent_before"),
    tie="id",
)
