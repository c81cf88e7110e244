"""Lists of what somebody has to answer: proposals, and requests to be let in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.approvals.contracts import ProposalState
from identity.approvals.filters import ProposalFilter
from identity.contracts import AccessState
from identity.filters import AccessRequestFilter
from marketplace.portal import figures
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, RowLink, Shows, Tag

OF_PROPOSALS: Final = {
    ProposalState.PROPOSED: ("warn", ""),
    ProposalState.APPROVED: ("ok", "check"),
    ProposalState.REFUSED: ("bad", "x"),
}
OF_ACCESS: Final = {AccessState.WAITING: ("warn", ""), AccessState.ACCEPTED: ("ok", "check")}


@dataclass(frozen=True, slots=True)
class ListedProposal:
    """A proposal in a list, in plain values."""

    id: UUID
    kind: str
    label: str
    amount_minor: int | None
    by: str
    proposed_at: datetime
    expires_at: datetime
    state: str
    state_label: str
    decided_by: str
    decided_at: datetime | None
    is_mine_to_decide: bool


# --- Proposals ---------------------------------------------------------------------------------
def _state(row: ListedProposal) -> Tag:
    tone, icon = OF_PROPOSALS.get(ProposalState(row.state), ("neutral", ""))
    return Tag(row.state_label, tone, icon)


def _way(row: ListedProposal) -> list[RowLink]:
    label = _("Decide") if row.is_mine_to_decide else _("Look")
    return [RowLink(label, reverse("portal:approval", args=[row.id]), f"{row.kind} {row.label}")]


def _proposals(name: str, title: Any, when: ListColumn, shown: tuple[str, ...]) -> ListTable:
    return ListTable(
        name=name,
        title=title,
        filters=ProposalFilter,
        shown_filters=shown,
        columns=(
            ListColumn(
                "kind",
                _("What"),
                below=lambda row: row.label,
                phone=Phone.KEY,
                is_fixed=True,
                is_wide=True,
            ),
            ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True),
            ListColumn(
                "by",
                _("Proposed by"),
                below=lambda row: figures.moment(row.proposed_at),
                sort=("id",),
                phone=Phone.STRIP,
            ),
            when,
            ListColumn("state", _("State"), Shows.STATE, value=_state, phone=Phone.STATE),
            ListColumn("act", "", Shows.ACT, value=_way, phone=Phone.ACT),
        ),
        row_id=lambda row: row.id,
    )


PROPOSALS: Final = _proposals(
    "approvals",
    _("Approvals"),
    ListColumn("expires_at", _("Expires"), Shows.TIME),
    ("q", "proposed_from", "proposed_until"),
)
DECIDED_PROPOSALS: Final = _proposals(
    "approvals-decided",
    _("Decided"),
    ListColumn("decided_at", _("Decided"), Shows.TIME, below=lambda row: row.decided_by),
    ("q", "state", "proposed_from", "proposed_until"),
)


# --- Access ------------------------------------------------------------------------------------
def _access_state(row: Any) -> Tag:
    tone, icon = OF_ACCESS.get(AccessState(row.state), ("neutral", ""))
    return Tag(row.get_state_display(), tone, icon)


def _answer(row: Any) -> list[RowLink]:
    label = _("Answer") if row.state == AccessState.WAITING else _("Details")
    return [RowLink(label, reverse("portal:access-request", args=[row.pk]), row.organization_name)]


ACCESS_REQUESTS: Final = ListTable(
    name="access-requests",
    title=_("Requests for access"),
    filters=AccessRequestFilter,
    columns=(
        ListColumn(
            "organization_name",
            _("Organisation"),
            below=lambda row: row.uscc,
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("person_name", _("Person"), below=lambda row: row.email, phone=Phone.STRIP),
        ListColumn("role", _("Role"), value=lambda row: row.get_role_display()),
        ListColumn("asked_at", _("Asked"), Shows.TIME, sort=("id",)),
        ListColumn("state", _("State"), Shows.STATE, value=_access_state, phone=Phone.STATE),
        ListColumn("act", "", Shows.ACT, value=_answer, phone=Phone.ACT),
    ),
    quick=(
        Quick("waiting", _("Waiting"), {"state": (AccessState.WAITING,)}),
        Quick("accepted", _("Accepted"), {"state": (AccessState.ACCEPTED,)}),
        Quick("declined", _("Declined"), {"state": (AccessState.DECLINED,)}),
    ),
)
