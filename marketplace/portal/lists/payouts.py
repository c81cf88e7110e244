"""Lists of payouts: runs, what a run pays, and what a provider was paid."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.approvals.contracts import ProposalState
from marketplace.payments.contracts import MovementState
from marketplace.payouts.contracts import RunState, Skipped
from marketplace.payouts.selectors.filters import PayoutFilter, PayoutRunFilter, TaxRuleFilter
from marketplace.portal import figures, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag

RUN_TONES: Final = {
    RunState.PROPOSED: ("warn", ""),
    RunState.APPROVED: ("brand", ""),
    RunState.SENT: ("brand", ""),
    RunState.DONE: ("ok", "check"),
}
PAID_TONES: Final = {
    MovementState.DONE: ("ok", "check"),
    MovementState.RETURNED: ("bad", "circle-x"),
}


def of_run(run: Any) -> Tag:
    """Return where a run stands; one that nobody approved says what became of it."""
    proposal = run.proposal
    if run.state == RunState.PROPOSED and proposal and proposal.state != ProposalState.PROPOSED:
        return Tag(proposal.get_state_display(), "neutral")
    tone, icon = RUN_TONES[RunState(run.state)]
    return Tag(run.get_state_display(), tone, icon)


def of_line(line: Any) -> Tag:
    """Return what became of a payout, or why there is none."""
    if line.skipped:
        return Tag(Skipped(line.skipped).label, "warn")
    if line.movement is None:
        return Tag(_("Planned"))
    tone, icon = PAID_TONES.get(MovementState(line.movement.state), ("brand", ""))
    return Tag(line.movement.get_state_display(), tone, icon, line.movement.failure)


def paid_to(line: Any) -> str:
    """Return a bank account by its bank and last digits."""
    account = line.account
    return str(account) if account else "—"


def _share(row: Any) -> str:
    """Return a rate in per cent, with the digits that it has."""
    return f"{figures.grouped(row.rate * 100)}%"


RUNS: Final = ListTable(
    name="payout-runs",
    title=_("Payout runs"),
    filters=PayoutRunFilter,
    columns=(
        ListColumn(
            "number",
            _("Payout run"),
            sort=("sequence",),
            link=lambda row: reverse("portal:payout-run", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "channel",
            _("Way"),
            value=lambda row: row.get_channel_display(),
            phone=Phone.HIDDEN,
        ),
        ListColumn("until", _("Earned before"), Shows.DAY),
        ListColumn("payouts", _("Payouts"), Shows.QUANTITY),
        ListColumn("netted_minor", _("Netted"), Shows.MONEY, phone=Phone.HIDDEN),
        ListColumn("tax_minor", _("Tax withheld"), Shows.MONEY, phone=Phone.HIDDEN),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True),
        ListColumn("proposed_at", _("Proposed"), Shows.TIME),
        ListColumn("state", _("State"), Shows.STATE, value=of_run, phone=Phone.STATE),
    ),
    tie="sequence",
)
LINES: Final = ListTable(
    name="payouts",
    title=_("Payouts"),
    filters=PayoutFilter,
    shown_filters=("skipped", "state", "amount_from", "amount_to"),
    columns=(
        ListColumn(
            "provider",
            _("Provider"),
            value=lambda row: names.named(row.provider),
            below=lambda row: row.movement.number if row.movement else "",
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("account", _("Bank account"), value=paid_to, phone=Phone.STRIP),
        ListColumn("payable_minor", _("Owed to it"), Shows.MONEY, total=True),
        ListColumn("netted_minor", _("Netted"), Shows.MONEY, total=True),
        ListColumn("frozen_minor", _("Frozen"), Shows.MONEY, phone=Phone.HIDDEN, total=True),
        ListColumn("tax_minor", _("Tax withheld"), Shows.MONEY, total=True),
        ListColumn("amount_minor", _("Paid out"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("state", _("State"), Shows.STATE, value=of_line, phone=Phone.STATE),
    ),
)
OWN: Final = ListTable(
    name="own-payouts",
    title=_("Payouts"),
    filters=PayoutFilter,
    shown_filters=("state", "amount_from", "amount_to"),
    columns=(
        ListColumn(
            "number",
            _("Payout"),
            value=lambda row: row.movement.number,
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("moved", _("Since"), Shows.TIME, value=lambda row: row.movement.moved_at),
        ListColumn("account", _("Bank account"), value=paid_to, phone=Phone.STRIP),
        ListColumn("netted_minor", _("Netted"), Shows.MONEY, phone=Phone.HIDDEN, total=True),
        ListColumn("tax_minor", _("Tax withheld"), Shows.MONEY, total=True),
        ListColumn("amount_minor", _("Paid out"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("state", _("State"), Shows.STATE, value=of_line, phone=Phone.STATE),
    ),
)

TAXES: Final = ListTable(
    name="taxes",
    title=_("Taxes withheld"),
    filters=TaxRuleFilter,
    columns=(
        ListColumn(
            "kind",
            _("Providers"),
            value=lambda row: row.get_kind_display(),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("rate", _("Tax withheld"), value=_share),
        ListColumn("starts_on", _("From"), Shows.DAY),
        ListColumn("ends_on", _("Until"), Shows.DAY),
        ListColumn("source", _("Source"), is_wide=True),
        ListColumn("published_at", _("Published"), Shows.TIME, phone=Phone.HIDDEN),
    ),
)
