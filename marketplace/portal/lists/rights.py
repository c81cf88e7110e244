"""Lists of incidents and of persons who were erased."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.rights.contracts import IncidentNature, Severity
from identity.rights.filters import IncidentFilter
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag

OF_SEVERITY: Final = {
    Severity.LOW: Tag(Severity.LOW.label),
    Severity.MEDIUM: Tag(Severity.MEDIUM.label, "warn"),
    Severity.HIGH: Tag(Severity.HIGH.label, "bad"),
    Severity.CRITICAL: Tag(Severity.CRITICAL.label, "bad"),
}


def incident_state(row: Any) -> Tag:
    """Return whether an incident is open."""
    return Tag(_("Still open"), "bad") if row.closed_at is None else Tag(_("Closed"), "ok", "check")


INCIDENTS: Final = ListTable(
    name="incidents",
    title=_("Incidents"),
    filters=IncidentFilter,
    quick=(
        Quick("open", _("Still open"), {"is_open": ("true",)}),
        Quick("closed", _("Closed"), {"is_open": ("false",)}),
    ),
    columns=(
        ListColumn(
            "title",
            _("Heading"),
            link=lambda row: reverse("portal:incident", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "nature", _("What happened"), value=lambda row: IncidentNature(row.nature).label
        ),
        ListColumn(
            "severity",
            _("Severity"),
            Shows.TAG,
            value=lambda row: OF_SEVERITY[Severity(row.severity)],
            phone=Phone.FACT,
        ),
        ListColumn("noticed_at", _("Noticed"), Shows.TIME, phone=Phone.FACT),
        ListColumn("reported_at", _("Reported"), Shows.TIME, sort=("id",), phone=Phone.FACT),
        ListColumn("state", _("State"), Shows.STATE, value=incident_state, phone=Phone.STATE),
    ),
)
ERASURES: Final = ListTable(
    name="erasures",
    title=_("Erased persons"),
    columns=(
        ListColumn(
            "user_id",
            _("Person"),
            value=lambda row: f"#{row.user_id}",
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("reason", _("Reason"), phone=Phone.STRIP),
        ListColumn("erased_at", _("Erased"), Shows.TIME, sort=("id",), phone=Phone.FACT),
    ),
)
