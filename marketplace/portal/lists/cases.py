"""The list of cases."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.assurance.selectors import CaseFilter
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag

TONES: Final = {"OPEN": ("warn", "alert-triangle"), "IN_WORK": ("brand", ""), "CLOSED": ("", "")}


def case_state(case: Any) -> Tag:
    """Return where a case stands, and what it came to."""
    tone, icon = TONES[case.state]
    label = case.get_finding_display() if case.finding else case.get_state_display()
    return Tag(label, tone or "neutral", icon)


def parties_of(case: Any) -> str:
    """Return how many organisations a case is about."""
    return str(len(case.organization_ids))


CASES: Final = ListTable(
    name="cases",
    title=_("Cases"),
    filters=CaseFilter,
    columns=(
        ListColumn(
            "number",
            _("Number"),
            link=lambda case: reverse("portal:case", args=[case.pk]),
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("pattern", _("Pattern"), value=lambda case: case.get_pattern_display()),
        ListColumn("parties", _("Organisations"), value=parties_of),
        ListColumn("opened_at", _("Opened"), Shows.TIME, sort=("id",), phone=Phone.FACT),
        ListColumn("grew_at", _("Last evidence"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn(
            "assigned",
            _("In whose hands"),
            value=lambda case: case.assigned_to and str(case.assigned_to),
            phone=Phone.STRIP,
        ),
        ListColumn("state", _("State"), Shows.STATE, value=case_state, phone=Phone.STATE),
    ),
    quick=(
        Quick("open", _("Open"), {"state": ("OPEN", "IN_WORK")}),
        Quick("closed", _("Closed"), {"state": ("CLOSED",)}),
    ),
)
