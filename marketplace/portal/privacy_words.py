"""How proposals about personal data and retention read, and the words of what was seen."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from identity.privacy.contracts import HeldKind

# What a proposal's content is called, in the order in which it reads.
LABELS: Final = {
    "kind": _("What is held"),
    "object_label": _("What"),
    "object_id": _("Identifier"),
    "reason": _("Reason"),
}
SEEN: Final = {
    "organization": _("Organisation"),
    "membership": _("Membership"),
    "api_key": _("API key"),
    "agent": _("Metering agent"),
    "invitation": _("Invitation"),
    "place": _("Address or branch"),
    "sso_connection": _("Own sign-in"),
    "certificate": _("Certificate"),
    "file": _("File"),
    "form_submission": _("Answers to a form"),
    "certificate_request": _("Request of a certificate"),
    "webhook": _("Webhook"),
    "webhook_delivery": _("Delivery of a webhook"),
    "project": _("Project"),
    "budget": _("Budget"),
    "order": _("Order"),
    "demand": _("Demand"),
    "round_order": _("Order in a round"),
    "delivery": _("Delivery"),
    "capacity_audit": _("Capacity audit"),
    "dispute": _("Dispute"),
    "contract": _("Contract"),
    "charge": _("Charge"),
    "trade_record": _("Trade record"),
    "adjustment": _("Adjustment"),
    "application": _("Voucher application"),
    "voucher": _("Voucher"),
    "voucher_batch": _("Batch of vouchers"),
    "finding": _("Finding of control"),
    "voucher_claim": _("Voucher claim"),
    "recovery": _("What is wanted back"),
    "reimbursement": _("Reimbursement"),
    "statement": _("Statement"),
    "monitor": _("Monitor of an account"),
    "movement": _("Movement of money"),
    "export": _("Export"),
    "meter": _("Meter"),
    "usage_record": _("Usage record"),
    "window": _("Metering window"),
    "data_centre": _("Data centre"),
    "green_supply": _("Green electricity"),
    "assessment": _("Assessment"),
    "mapping": _("Mapping"),
}


def facts(content: Mapping[str, Any]) -> list[tuple[str | Promise, str]]:
    """Return what a proposal of this room says, line by line."""
    return [
        (label, _said(name, content[name])) for name, label in LABELS.items() if name in content
    ]


def _said(name: str, value: Any) -> str:
    return str(HeldKind(value).label) if name == "kind" else str(value)


def seen_kind(kind: str) -> str:
    """Return how people call what was seen."""
    return str(SEEN.get(kind, kind))
