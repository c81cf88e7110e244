"""Disputes as a list."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.assurance.dispute_contracts import DisputeState
from marketplace.assurance.dispute_selectors import DisputeFilter
from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag

TONES: Final = {
    DisputeState.OPEN: ("warn", "alert-triangle"),
    DisputeState.ANSWERED: ("brand", ""),
    DisputeState.LAPSED: ("bad", "alert-triangle"),
    DisputeState.DECIDED: ("brand", "check"),
    DisputeState.APPEALED: ("warn", ""),
    DisputeState.CLOSED: ("ok", "check"),
    DisputeState.WITHDRAWN: ("neutral", ""),
}


def dispute_state(found: Any) -> Tag:
    """Return where a dispute stands."""
    tone, icon = TONES[DisputeState(found.state)]
    return Tag(found.get_state_display(), tone, icon)


DISPUTES: Final = ListTable(
    name="disputes",
    title=_("Disputes"),
    filters=DisputeFilter,
    columns=(
        ListColumn(
            "number",
            _("Number"),
            link=lambda found: reverse("portal:dispute", args=[found.pk]),
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("contract", _("Contract"), value=lambda found: found.contract.number),
        ListColumn(
            "buyer",
            _("Buyer"),
            Shows.PARTY,
            value=lambda found: names.named(found.buyer),
            phone=Phone.STRIP,
        ),
        ListColumn(
            "provider",
            _("Provider"),
            Shows.PARTY,
            value=lambda found: names.named(found.provider),
            phone=Phone.HIDDEN,
        ),
        ListColumn("subject", _("About"), value=lambda found: found.get_subject_display()),
        ListColumn("claimed_minor", _("Amount in dispute"), Shows.MONEY, phone=Phone.FACT),
        ListColumn("awarded_minor", _("Awarded"), Shows.MONEY, phone=Phone.HIDDEN),
        ListColumn("answer_due_at", _("Answer until"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn("state", _("State"), Shows.STATE, value=dispute_state, phone=Phone.STATE),
    ),
    quick=(
        Quick("open", _("Wait for the provider"), {"state": ("OPEN",)}),
        Quick(
            "decide",
            _("To be decided"),
            {"state": ("ANSWERED", "LAPSED", "APPEALED")},
        ),
    ),
)
