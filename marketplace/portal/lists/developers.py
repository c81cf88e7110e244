"""Lists of those who write programs: API keys, endpoints, deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import clock
from identity.webhooks.filters import WebhookDeliveryFilter
from marketplace.portal import tags
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag


@dataclass(frozen=True, slots=True)
class DatedKey:
    """An API key, at a moment."""

    key: Any
    at: datetime

    @property
    def pk(self) -> Any:
        """Return the key's identifier."""
        return self.key.pk

    @property
    def ends_at(self) -> datetime:
        """Return when the key ends: sooner, if it was given a new secret."""
        ends: datetime = self.key.expires_at
        return min(ends, self.key.ends_at or ends)

    @property
    def is_live(self) -> bool:
        """Return whether it opens anything."""
        return self.key.revoked_at is None and self.ends_at > self.at


def dated_keys(found: Sequence[Any]) -> list[DatedKey]:
    """Return API keys as they are now."""
    now = clock.now()
    return [DatedKey(key, now) for key in found]


CLIENT_ID: Final = ListColumn(
    "client_id",
    "client_id",
    Shows.IDENTIFIER,
    value=lambda row: str(row.pk),
)


def _key_columns(acts: str, *more: ListColumn) -> tuple[ListColumn, ...]:
    return (
        ListColumn(
            "name",
            _("Name"),
            value=lambda row: row.key.name,
            below=lambda row: f"{row.key.prefix}…",
            phone=Phone.KEY,
            is_fixed=True,
        ),
        *more,
        ListColumn(
            "scopes",
            _("May"),
            Shows.TAG,
            value=lambda row: tuple(Tag(scope) for scope in row.key.scopes),
            phone=Phone.STRIP,
        ),
        ListColumn(
            "networks",
            _("Networks"),
            Shows.TAG,
            value=lambda row: tuple(Tag(each) for each in row.key.networks or ()) or Tag(_("all")),
        ),
        ListColumn(
            "used",
            _("Last used"),
            Shows.TIME,
            value=lambda row: row.key.last_used_at,
            below=lambda row: row.key.last_used_from,
        ),
        ListColumn("expires", _("Ends"), Shows.TIME, value=lambda row: row.ends_at),
        ListColumn(
            "state", _("State"), Shows.STATE, value=tags.of_key, phone=Phone.STATE, is_fixed=True
        ),
        ListColumn("act", "", Shows.ACT, template=acts, phone=Phone.ACT),
    )


KEYS: Final = ListTable(
    name="api-keys",
    title=_("API keys"),
    columns=_key_columns("portal/list/key_acts.html", CLIENT_ID),
    size=50,
)
TOKENS: Final = ListTable(
    name="personal-tokens",
    title=_("My access tokens"),
    columns=_key_columns("portal/list/token_acts.html"),
    size=50,
)
ENDPOINTS: Final = ListTable(
    name="webhook-endpoints",
    title=_("Endpoints"),
    columns=(
        ListColumn(
            "url",
            _("Address"),
            value=lambda row: row["url"],
            below=lambda row: row["description"],
            link=lambda row: reverse("portal:webhook", args=[row["id"]]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "events",
            _("Events"),
            Shows.TAG,
            value=lambda row: tuple(Tag(each) for each in row["prefixes"]) or Tag(_("all")),
            phone=Phone.STRIP,
        ),
        ListColumn(
            "delivered_at", _("Last taken"), Shows.TIME, value=lambda row: row["delivered_at"]
        ),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=tags.of_endpoint,
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    size=25,
    row_id=lambda row: row["id"],
)
DELIVERIES: Final = ListTable(
    name="webhook-deliveries",
    title=_("Deliveries"),
    filters=WebhookDeliveryFilter,
    columns=(
        ListColumn(
            "event",
            _("Event"),
            value=lambda row: row["label"],
            below=lambda row: row["name"],
            link=lambda row: reverse("portal:webhook-delivery", args=[row["id"]]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("object", _("Object"), value=lambda row: row["object"], phone=Phone.STRIP),
        ListColumn("created", _("When"), Shows.TIME, value=lambda row: row["created_at"]),
        ListColumn("tries", _("Tries"), Shows.QUANTITY, value=lambda row: row["attempts"]),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=tags.of_delivery,
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    size=25,
    row_id=lambda row: row["id"],
)
