"""The list of appeals against suspensions."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.appeals.contracts import AppealState
from identity.appeals.filters import AppealFilter
from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, RowLink, Shows, Tag

TONES: Final = {
    AppealState.WAITING: ("brand", ""),
    AppealState.LIFTED: ("ok", "check"),
    AppealState.KEPT: ("bad", ""),
}


def state_of_appeal(row: Any) -> Tag:
    """Return what became of an appeal."""
    state = AppealState(row.state)
    return Tag(state.label, *TONES[state])


def _open(row: Any) -> list[RowLink]:
    address = reverse("portal:suspension-appeal", args=[row.pk])
    return [RowLink(_("Open"), address, names.named(row.organization))]


APPEALS: Final = ListTable(
    name="suspension-appeals",
    title=_("Appeals"),
    filters=AppealFilter,
    quick=(Quick("waiting", _("Waiting for an answer"), {"state": (AppealState.WAITING,)}),),
    columns=(
        ListColumn(
            "organization",
            _("Organisation"),
            Shows.PARTY,
            value=lambda row: names.named(row.organization),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "reason",
            _("Suspended because"),
            value=lambda row: row.suspension.reason,
            phone=Phone.STRIP,
        ),
        ListColumn("made_at", _("Appealed"), Shows.TIME, sort=("id",), phone=Phone.FACT),
        ListColumn("answered_at", _("Answered"), Shows.TIME, phone=Phone.FACT),
        ListColumn("state", _("State"), Shows.STATE, value=state_of_appeal, phone=Phone.STATE),
        ListColumn("act", "", Shows.ACT, value=_open, phone=Phone.ACT),
    ),
)
