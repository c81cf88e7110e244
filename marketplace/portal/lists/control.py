"""What control found, and the samples of awards."""

from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.portal import names
from marketplace.portal.control_words import of_finding
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows
from marketplace.vouchers.control_contracts import ControlSeverity, FindingState
from marketplace.vouchers.selectors.controls import FindingFilter

FINDINGS: Final = ListTable(
    name="control-findings",
    title=_("Fraud control"),
    filters=FindingFilter,
    columns=(
        ListColumn(
            "number",
            _("Finding"),
            sort=("id",),
            link=lambda row: reverse("portal:control-finding", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("code", _("Rule"), value=lambda row: row.get_code_display()),
        ListColumn("severity", _("What it does"), value=lambda row: row.get_severity_display()),
        ListColumn(
            "applicant",
            _("Applicant"),
            Shows.PARTY,
            value=lambda row: names.named(row.applicant),
            phone=Phone.STRIP,
        ),
        ListColumn(
            "application",
            _("Application"),
            value=lambda row: row.application.number,
            below=lambda row: row.application.programme_version.programme.code,
        ),
        ListColumn("found_at", _("Found"), Shows.TIME),
        ListColumn("state", _("State"), Shows.STATE, value=of_finding, phone=Phone.STATE),
    ),
    quick=(
        Quick(
            "block",
            _("Blocks a review"),
            {"state": (FindingState.OPEN,), "severity": (ControlSeverity.BLOCK,)},
        ),
        Quick("open", _("Open"), {"state": (FindingState.OPEN,)}),
        Quick("confirmed", _("Confirmed"), {"state": (FindingState.CONFIRMED,)}),
    ),
)
