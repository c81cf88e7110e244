"""Audits of capacity, and the sizes that suppliers qualify with."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.assurance.audit_selectors import AuditFilter
from marketplace.portal import names
from marketplace.portal.audit_words import audit_state, size_words
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows

UNDER_WAY: Final = ("OPEN", "EXAMINING", "ASKED", "ANSWERED")


def _auditor(audit: Any) -> str:
    return str(audit.auditor) if audit.auditor else ""


CAPACITY_AUDITS: Final = ListTable(
    name="capacity-audits",
    title=_("Capacity audits"),
    filters=AuditFilter,
    columns=(
        ListColumn(
            "number",
            _("Number"),
            link=lambda audit: reverse("portal:capacity-audit", args=[audit.pk]),
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "supplier",
            _("Supplier"),
            Shows.PARTY,
            value=lambda audit: names.named(audit.supplier),
            phone=Phone.STRIP,
        ),
        ListColumn("claimed", _("Claimed"), value=lambda audit: size_words(audit.size)),
        ListColumn(
            "found",
            _("Found"),
            value=lambda audit: size_words(audit.found_size) if audit.found_size else "",
        ),
        ListColumn("due_on", _("Due on"), Shows.DAY, phone=Phone.FACT),
        ListColumn("auditor", _("In whose hands"), value=_auditor, phone=Phone.HIDDEN),
        ListColumn("opened_at", _("Opened"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn("state", _("State"), Shows.STATE, value=audit_state, phone=Phone.STATE),
    ),
    quick=(
        Quick("open", _("Under way"), {"state": UNDER_WAY}),
        Quick("concluded", _("Concluded"), {"state": ("CONCLUDED",)}),
    ),
)
