"""Lists of reimbursements: requests, what each is made of, and the parts that payers pay."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.contracts import Role
from marketplace.claims.contracts import ClaimState
from marketplace.claims.reimbursement_contracts import ReimbursementState
from marketplace.claims.selectors.filters import (
    ClaimShareFilter,
    ReimbursementFilter,
    ReimbursementLineFilter,
)
from marketplace.claims.services import refusal_words
from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, RowLink, Shows, Tag
from marketplace.vouchers import wording

S = ReimbursementState
TONES: Final = {
    S.SUBMITTED: ("warn", "alert-triangle"),
    S.REVIEWED: ("warn", "alert-triangle"),
    S.PUBLISHED: ("brand", ""),
    S.APPROVED: ("brand", "check"),
    S.PAID: ("ok", "check"),
    S.RETURNED: ("neutral", ""),
    S.REJECTED: ("bad", "circle-x"),
    S.WITHDRAWN: ("neutral", ""),
}


def of_reimbursement(row: Any) -> Tag:
    """Return where a request stands."""
    tone, icon = TONES[S(row.state)]
    return Tag(row.get_state_display(), tone, icon, row.note)


def of_reimbursement_line(line: Any) -> Tag:
    """Return whether something of a trade is granted."""
    if line.is_live:
        return Tag(_("Counts"), "ok", "check")
    return Tag(_("Nothing granted"), "neutral", "x")


def why_granted(line: Any) -> str:
    """Return what the decision says of a line: why nothing, or share, cuts and clauses."""
    said = line.explained
    refused = refusal_words(said)
    if refused:
        return refused
    return "; ".join(wording.cover_words(said)) if said.get("lines") else ""


def of_share(share: Any) -> Tag:
    """Return whether a part was paid."""
    if share.paid_at:
        return Tag(_("Paid"), "ok", "check", share.payment_reference)
    return Tag(share.claim.get_state_display(), "warn", "alert-triangle")


def _pay(share: Any) -> list[RowLink]:
    if share.paid_at or share.claim.state != ClaimState.INSTRUCTED:
        return []
    path = reverse("portal:voucher-claim-paid", args=[share.claim_id])
    return [RowLink(_("It is paid"), path, share.claim.number)]


REIMBURSEMENTS: Final = ListTable(
    name="reimbursements",
    title=_("Reimbursements"),
    filters=ReimbursementFilter,
    columns=(
        ListColumn(
            "number",
            _("Request"),
            sort=("id",),
            link=lambda row: reverse("portal:reimbursement", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("programme", _("Programme"), value=lambda row: row.programme.code),
        ListColumn(
            "applicant",
            _("Applicant"),
            Shows.PARTY,
            value=lambda row: names.named(row.applicant),
            roles=frozenset({Role.ISSUER, Role.AUDITOR, Role.FINANCE}),
            phone=Phone.STRIP,
        ),
        ListColumn("since", _("From"), Shows.DAY),
        ListColumn("until", _("Until"), Shows.DAY),
        ListColumn("asked_at", _("Asked"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("state", _("State"), Shows.STATE, value=of_reimbursement, phone=Phone.STATE),
    ),
    quick=(
        Quick("review", _("To be reviewed"), {"state": (S.SUBMITTED,)}),
        Quick("check", _("To be checked"), {"state": (S.REVIEWED,)}),
        Quick("public", _("Open to objections"), {"state": (S.PUBLISHED,)}),
        Quick("granted", _("Granted"), {"state": (S.APPROVED,)}),
        Quick("paid", _("Paid"), {"state": (S.PAID,)}),
    ),
)
REIMBURSEMENT_LINES: Final = ListTable(
    name="reimbursement-lines",
    title=_("Trade by trade"),
    filters=ReimbursementLineFilter,
    columns=(
        ListColumn(
            "trade",
            _("Trade record"),
            value=lambda row: row.trade_record.number,
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("contract", _("Contract"), value=lambda row: row.contract.number),
        ListColumn("base_minor", _("Own money"), Shows.MONEY),
        ListColumn("amount_minor", _("Granted"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("why", _("Why"), value=why_granted, phone=Phone.STRIP),
        ListColumn(
            "state", _("State"), Shows.STATE, value=of_reimbursement_line, phone=Phone.STATE
        ),
    ),
)
SHARES: Final = ListTable(
    name="claim-shares",
    title=_("To be paid by your organisation"),
    filters=ClaimShareFilter,
    columns=(
        ListColumn(
            "claim",
            _("Claim"),
            value=lambda row: row.claim.number,
            sort=("id",),
            link=lambda row: reverse("portal:voucher-claim", args=[row.claim_id]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("programme", _("Programme"), value=lambda row: row.claim.programme.code),
        ListColumn("source", _("Source"), value=lambda row: row.source or "—"),
        ListColumn(
            "payee",
            _("Payee"),
            Shows.PARTY,
            value=lambda row: names.named(row.provider),
            phone=Phone.STRIP,
        ),
        ListColumn("batch", _("Batch"), value=lambda row: row.claim.batch, phone=Phone.HIDDEN),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("state", _("State"), Shows.STATE, value=of_share, phone=Phone.STATE),
        ListColumn("act", _("Act"), Shows.ACT, value=_pay, phone=Phone.ACT),
    ),
    quick=(Quick("unpaid", _("To be paid"), {"is_unpaid": ("true",)}),),
)
