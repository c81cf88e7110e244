"""Lists of open doors: where a person is signed in, and links to the big screen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common import clock
from identity.contracts import Role
from identity.entry import services as entry_services
from identity.entry.contracts import InvitationState
from identity.entry.filters import InvitationFilter
from identity.entry.rows import invitation_state
from marketplace.bulletin.board_contracts import LinkState
from marketplace.portal.access import PortalRequest
from marketplace.portal.tables import ListAct, ListColumn, ListTable, Phone, Shows, Tag

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

OF_INVITATIONS: Final = {
    InvitationState.WAITING: Tag(_("Waits for the person"), "warn"),
    InvitationState.ACCEPTED: Tag(_("The person signed in"), "ok", "check"),
    InvitationState.EXPIRED: Tag(_("Expired")),
    InvitationState.WITHDRAWN: Tag(_("Withdrawn")),
}


def _invitation_state(row: Any) -> Tag:
    now = clock.read()
    return OF_INVITATIONS[InvitationState(invitation_state(row, row.user.last_login, now))]


def _resend(request: PortalRequest, row: Any) -> None:  # noqa: ARG001 - the list's signature
    entry_services.resend(
        organization_id=row.organization_id, invitation_id=row.pk, now=clock.now()
    )


def _withdraw(request: PortalRequest, row: Any) -> None:  # noqa: ARG001 - the list's signature
    entry_services.withdraw(
        organization_id=row.organization_id, invitation_id=row.pk, now=clock.now()
    )


INVITATIONS: Final = ListTable(
    name="invitations",
    title=_("Invitations"),
    filters=InvitationFilter,
    columns=(
        ListColumn(
            "email",
            _("E-mail address"),
            value=lambda row: row.user.email,
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("role", _("Role"), value=lambda row: Role(row.role).label, phone=Phone.FACT),
        ListColumn("invited_at", _("Invited"), Shows.TIME, sort=("id",), phone=Phone.FACT),
        ListColumn("sent_at", _("Letter sent"), Shows.TIME, phone=Phone.FACT),
        ListColumn("expires_at", _("Expires"), Shows.TIME, phone=Phone.FACT),
        ListColumn("state", _("State"), Shows.STATE, value=_invitation_state, phone=Phone.STATE),
    ),
    acts=(
        ListAct("resend", _("Send again"), _resend),
        ListAct(
            "withdraw",
            _("Withdraw the invitation"),
            _withdraw,
            told=_("The role goes with it, from the next request on."),
        ),
    ),
)
