"""Lists of voucher claims: the claims, what each is made of, and the batches of the payer."""

from typing import Any, Final
from urllib.parse import urlencode

import django_filters
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.contracts import Role
from marketplace.claims.contracts import ClaimState
from marketplace.claims.selectors.filters import ClaimFilter, ClaimLineFilter
from marketplace.portal import names
from marketplace.portal.tables import (
    ListColumn,
    ListTable,
    Phone,
    Quick,
    RowLink,
    Shows,
    Tag,
)

TONES: Final = {
    ClaimState.SUBMITTED: ("warn", "alert-triangle"),
    ClaimState.CHECKED: ("brand", ""),
    ClaimState.INSTRUCTED: ("brand", ""),
    ClaimState.PAID: ("ok", "check"),
    ClaimState.RETURNED: ("bad", "circle-x"),
    ClaimState.WITHDRAWN: ("neutral", ""),
}


def of_claim(claim: Any) -> Tag:
    """Return where a claim stands."""
    tone, icon = TONES[ClaimState(claim.state)]
    return Tag(claim.get_state_display(), tone, icon, claim.reason)


def of_claim_line(line: Any) -> Tag:
    """Return whether a line counts; one that was struck out says why."""
    return Tag(_("Claimed"), "ok", "check") if line.is_live else Tag(_("Struck out"), "bad", "x")


def why_paid(line: Any) -> str:
    """Return what the cover of a line's order says: shares, cuts and clauses."""
    return "; ".join(getattr(line, "why", ()))


def batch_files(batch: Any) -> list[RowLink]:
    """Return the ways to the payer's file of a batch."""
    files = ((form, reverse("portal:claim-batch-file", args=[form])) for form in ("csv", "xlsx"))
    return [RowLink(form.upper(), f"{path}?{_query(batch)}", batch.batch) for form, path in files]


def _query(batch: Any) -> str:
    return urlencode({"batch": batch.batch})


class NoFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """A list that is read whole."""


CLAIMS: Final = ListTable(
    name="voucher-claims",
    title=_("Voucher claims"),
    filters=ClaimFilter,
    columns=(
        ListColumn(
            "number",
            _("Claim"),
            sort=("sequence",),
            link=lambda row: reverse("portal:voucher-claim", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("programme", _("Programme"), value=lambda row: row.programme.code),
        ListColumn(
            "provider",
            _("Payee"),
            Shows.PARTY,
            value=lambda row: names.named(row.provider),
            roles=frozenset({Role.ISSUER, Role.AUDITOR, Role.FINANCE}),
            phone=Phone.STRIP,
        ),
        ListColumn("submitted_at", _("Submitted"), Shows.TIME),
        ListColumn("claimed_minor", _("Claimed"), Shows.MONEY, total=True),
        ListColumn("accepted_minor", _("Accepted"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("batch", _("Batch"), phone=Phone.HIDDEN),
        ListColumn("state", _("State"), Shows.STATE, value=of_claim, phone=Phone.STATE),
    ),
    quick=(
        Quick("check", _("To check"), {"state": (ClaimState.SUBMITTED,)}),
        Quick("hand", _("To hand to the payer"), {"state": (ClaimState.CHECKED,)}),
        Quick("payer", _("With the payer"), {"state": (ClaimState.INSTRUCTED,)}),
        Quick("paid", _("Paid"), {"state": (ClaimState.PAID,)}),
    ),
    tie="sequence",
)
CLAIM_LINES: Final = ListTable(
    name="voucher-claim-lines",
    title=_("What is claimed"),
    filters=ClaimLineFilter,
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
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("why", _("Why"), value=why_paid, phone=Phone.HIDDEN),
        ListColumn("reason", _("Reason"), phone=Phone.STRIP),
        ListColumn("state", _("State"), Shows.STATE, value=of_claim_line, phone=Phone.STATE),
    ),
)
BATCHES: Final = ListTable(
    name="voucher-claim-batches",
    title=_("Batches of the payer"),
    filters=NoFilter,
    columns=(
        ListColumn(
            "batch",
            _("Batch"),
            link=lambda row: f"{reverse('portal:voucher-claims')}?{_query(row)}",
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("instructed_at", _("Handed over"), Shows.TIME),
        ListColumn("claims", _("Claims"), Shows.QUANTITY),
        ListColumn("paid", _("Paid"), Shows.QUANTITY),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("act", _("File"), Shows.ACT, value=batch_files, phone=Phone.ACT),
    ),
)
