"""Lists of open doors: where a person is signed in, and links to the big screen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from marketplace.bulletin.board_contracts import LinkState
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag

OF_LINKS: Final = {
    LinkState.LIVE: Tag(_("Live"), "ok", "check"),
    LinkState.EXPIRED: Tag(_("Over")),
    LinkState.REVOKED: Tag(_("Revoked")),
}
HERE: Final = Tag(_("This browser"), "ok", "check")


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link to the big screen, as it is now."""

    pk: UUID
    label: str
    issued_at: datetime
    issued_by: str
    expires_at: datetime
    state: LinkState


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A browser in which a person is signed in."""

    pk: str  # names the session, and opens none
    name: str
    place: str
    signed_in_at: datetime
    last_used_at: datetime
    is_here: bool


WALL_LINKS: Final = ListTable(
    name="wall-links",
    title=_("Links"),
    columns=(
        ListColumn(
            "label",
            _("Where the screen hangs"),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "issued_at",
            _("Made"),
            Shows.TIME,
            below=lambda row: row.issued_by,
            sort=("id",),
        ),
        ListColumn("expires_at", _("Ends"), Shows.TIME),
        ListColumn(
            "state", _("State"), Shows.STATE, value=lambda row: OF_LINKS[row.state],
            phone=Phone.STATE, is_fixed=True,
        ),
        ListColumn(
            "act", "", Shows.ACT, template="portal/list/wall_link_acts.html", phone=Phone.ACT
        ),
    ),
)  # fmt: skip
DEVICES: Final = ListTable(
    name="devices",
    title=_("Where you are signed in"),
    is_written=False,
    size=100,
    columns=(
        ListColumn("name", _("Browser"), phone=Phone.KEY, is_fixed=True, is_wide=True),
        ListColumn("place", _("Network")),
        ListColumn(
            "signed_in_at",
            _("Signed in"),
            Shows.TIME,
            sort=("signed_in_at",),
        ),
        ListColumn(
            "last_used_at",
            _("Last used"),
            Shows.TIME,
            sort=("last_used_at",),
        ),
        ListColumn(
            "state", _("State"), Shows.STATE, value=lambda row: HERE if row.is_here else None,
            phone=Phone.STATE, is_fixed=True,
        ),
        ListColumn("act", "", Shows.ACT, template="portal/list/device_acts.html", phone=Phone.ACT),
    ),
)  # fmt: skip
