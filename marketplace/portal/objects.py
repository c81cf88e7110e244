"""Where the portal shows what the record of events names."""

from collections.abc import Mapping
from typing import Final

from django.urls import NoReverseMatch, reverse

from identity.contracts import Actor, Role
from marketplace.portal import shell

# Kinds of objects with a page of their own, by the object's identifier.
PAGES: Final[Mapping[str, str]] = {
    "access_request": "access-request",
    "adjustment": "adjustment",
    "account_monitor": "account-monitor",
    "call_round": "round",
    "capacity_audit": "capacity-audit",
    "dispute": "dispute",
    "cap": "budget",
    "delivery": "delivery",
    "claim": "voucher-claim",
    "reimbursement": "reimbursement",
    "data_centre": "centre",
    "green_supply": "green-supply",
    "listing": "listing",
    "assessment": "assessment",
    "capability_certificate": "capability",
    "certificate_request": "certificate-request",
    "form_submission": "form-submission",
    "order": "order",
    "pool_request": "pool-request",
    "payout_run": "payout-run",
    "project": "project",
    "voucher_batch": "voucher-batch",
    "proposal": "approval",
    "statement": "bill",
}
# The same, of what only its own side may open.
OWN_PAGES: Final[Mapping[str, tuple[str, Role]]] = {
    "maintenance": ("maintenance-work", Role.PROVIDER),
    "metering_agent": ("agent", Role.PROVIDER),
    "resource_verification": ("resource-verification", Role.PROVIDER),
    "series_mapping": ("series-mapping", Role.PROVIDER),
}
# Lists in which the others stand; the first that the reader may open.
LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "adjustment": ("adjustments",),
    "agent": ("meters", "developers"),
    "audit_draw": ("cases",),
    "supplier_size": ("programmes",),
    "api_key": ("developers",),
    "application": ("programmes", "vouchers"),
    "book": ("books", "market"),
    "call_round": ("rounds",),
    "capability_challenge": ("verification",),
    "capacity_certificate": ("capacity-certificates",),
    "power_check": ("power-checks",),
    "probe_report": ("verification",),
    "assessor": ("assessments",),
    "control_finding": ("control-findings",),
    "sample": ("control-findings",),
    "claim": ("voucher-claims",),
    "recovery": ("voucher-claims",),
    "contract": ("orders", "settlement"),
    "delivery_policy": ("rule-changes",),
    "deposit": ("deposits", "ledger-accounts"),
    "export": ("exports",),
    "fee_rule": ("fees", "settlement", "rule-changes"),
    "form": ("form-versions", "forms"),
    "funding": ("programmes",),
    "listing": ("listings", "market"),
    "maintenance": ("deliveries", "market"),
    "meter": ("meters", "windows"),
    "order": ("orders", "market"),
    "programme": ("programmes", "vouchers"),
    "programme_draft": ("programmes",),
    "payable": ("income", "payout-runs"),
    "payout_run": ("payout-runs",),
    "proposal": ("approvals",),
    "rate_plan": ("plans", "prices"),
    "resource": ("resources", "market"),
    "reimbursement": ("reimbursements",),
    "round_order": ("rounds",),
    "sme_certificate": ("sme-certificates",),
    "statement": ("bills",),
    "book_closing": ("ledger-books",),
    "fapiao": ("fapiao",),
    "tie": ("ties",),
    "unmapped_series": ("senders",),
    "trade_record": ("exports",),
    "voucher": ("vouchers", "issued-vouchers", "programmes"),
    "wall_link": ("wall-links",),
    "window": ("windows",),
}
_ENTRIES: Final = {entry.page: entry for group in shell.GROUPS for entry in group.entries}


def address(kind: str, object_id: str, actor: Actor) -> str:
    """Return the path of the page about an object, or of a list it stands in; or nothing."""
    own, role = OWN_PAGES.get(kind, ("", None))
    page = own if role in actor.roles else PAGES.get(kind, "")
    if page and object_id:
        try:
            return reverse(f"portal:{page}", args=[object_id])
        except NoReverseMatch:
            return ""
    for listed in LISTS.get(kind, ()):
        if _ENTRIES[listed].is_for(actor):
            return reverse(f"portal:{listed}")
    return ""
