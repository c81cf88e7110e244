"""Lists of what is allotted: grants of prefixes."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.contracts import GrantLevel, GrantState
from identity.filters import GrantFilter
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag

TONES: Final = {
    GrantState.ACTIVE: ("ok", "check"),
    GrantState.SUSPENDED: ("warn", "alert-triangle"),
    GrantState.ENDED: ("bad", "circle-x"),
}


def grant_state(grant: Any) -> Tag:
    """Return whether a grant holds, those above it counted if that was read with it."""
    state = GrantState(getattr(grant, "counted_state", grant.state))
    return Tag(state.label, *TONES[state])


GRANTS: Final = ListTable(
    name="grants",
    title=_("Granted prefixes"),
    filters=GrantFilter,
    quick=(
        Quick("pools", _("Pools"), {"level": ("pool",)}),
        Quick("owners", _("Owners"), {"level": ("owner",)}),
        Quick("nodes", _("Nodes"), {"level": ("node",)}),
        Quick("suspended", _("Suspended"), {"state": ("SUSPENDED",)}),
    ),
    columns=(
        ListColumn(
            "prefix",
            _("Prefix"),
            link=lambda row: reverse("portal:grant", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("name", _("Name"), Shows.PARTY, phone=Phone.STRIP),
        ListColumn(
            "level",
            _("Granted to"),
            value=lambda row: GrantLevel(row.level).label,
            phone=Phone.FACT,
        ),
        ListColumn("issuer", _("By"), phone=Phone.FACT),
        ListColumn("not_after", _("Holds until"), Shows.DAY, phone=Phone.FACT),
        ListColumn("sequence", _("Sequence"), phone=Phone.HIDDEN, is_on=False),
        ListColumn("recorded_at", _("Said last"), Shows.TIME, sort=("id",), phone=Phone.FACT),
        ListColumn("state", _("State"), Shows.STATE, value=grant_state, phone=Phone.STATE),
    ),
)
