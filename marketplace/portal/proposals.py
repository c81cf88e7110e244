"""
How each kind of proposal reads: what is proposed, line by line, beside what is so now.

A kind has one function here; what it returns are plain texts in the reader's language.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from common import tenancy
from common.canonical import content_hash
from gateway.contracts import NODE_KIND
from gateway.peering.contracts import PEER_KIND
from identity import selectors as identity_selectors
from identity import suspensions
from identity.appeals.contracts import APPEAL_KIND
from identity.appointments import ROLE_KIND
from identity.approvals import kinds
from identity.approvals import selectors as approvals
from identity.approvals.contracts import LIMIT
from identity.approvals.rows import ProposalRow
from identity.contracts import (
    GRANT_END_KIND,
    POOL_REQUEST_KIND,
    PROFILE_KIND,
    REINSTATEMENT_KIND,
    SUSPENSION_KIND,
)
from identity.entry.contracts import RECOVERY_KIND, SSO_KIND
from identity.onboarding.contracts import ACTIVATION_KIND, CLOSURE_KIND
from identity.privacy.contracts import HOLD_KIND, LIFT_KIND
from identity.rights.contracts import ERASURE_KIND, INCIDENT_KIND
from identity.rows import OrganizationRow
from identity.uscc import masked
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.assurance import selectors as assurance_selectors
from marketplace.assurance.audit_contracts import AUDIT_KIND, AuditConclusion
from marketplace.assurance.contracts import CLOSING_KIND, RULE_KIND, Pattern
from marketplace.assurance.dispute_contracts import DISPUTE_KIND
from marketplace.baselines.contracts import COSTS_KIND, REFERENCE_KIND
from marketplace.catalog.contracts import COLLAR_KIND, REFERENCE_ORDER_KIND
from marketplace.claims.contracts import CLAW_BACK_KIND
from marketplace.claims.reimbursement_contracts import ReimbursementState
from marketplace.claims.selectors import reimbursements
from marketplace.drivers.job_contracts import JOB_KIND
from marketplace.drivers.scene_contracts import SCENE_KIND
from marketplace.fulfilment.contracts import POLICY_KIND
from marketplace.fulfilment.ending_contracts import STOP_KIND
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import HALT_KIND, ORDER_KIND, RESUME_KIND
from marketplace.payments.contracts import DEPOSIT_KIND, MATCH_KIND, REFUND_KIND, PayChannel
from marketplace.payouts import selectors as payouts_selectors
from marketplace.payouts.contracts import RUN_KIND, TAX_KIND
from marketplace.policy import selectors as policy_selectors
from marketplace.portal import (
    appeal_words,
    audit_words,
    case_words,
    collar_words,
    control_words,
    delivery_proposals,
    entry_words,
    figures,
    names,
    node_words,
    onboarding_words,
    order_proposals,
    pool_request_words,
    privacy_words,
    programme_words,
    reference_order_words,
    reference_words,
    rights_words,
    rule_proposals,
)
from marketplace.portal.proposal_lines import Content, ProposalLine, holds_from
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import ADJUSTMENT_KIND, FEE_KIND, AdjustmentReason, Party
from marketplace.statements.contracts import CLOSING_KIND as MONTH_KIND
from marketplace.statements.selectors import books
from marketplace.vouchers import programme_rules
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import (
    FUNDING_KIND,
    PROGRAMME_KIND,
    VERSION_KIND,
    ProgrammeNotFound,
)
from marketplace.vouchers.control_contracts import CONTROL_RULE_KIND, ControlCode, ControlSeverity
from marketplace.vouchers.supplier_contracts import SIZE_KIND
from marketplace.vouchers.terms import ClawBackGround
from metering.table_contracts import RULE_KIND as MEASUREMENT_KIND
from metering.table_contracts import TABLE_KIND


def lines_of(kind: str, content: Content, *, is_open: bool, at: datetime) -> list[ProposalLine]:
    """Return what a proposal says; one that was decided is not compared with what is so now."""
    found = KINDS[kind](content, at)
    if is_open:
        return found
    return [replace(line, now="") for line in found if not line.is_effect]


def labels_of(proposals: Sequence[ProposalRow]) -> dict[UUID, str]:
    """Return how people call what is proposed, in the reader's language: one query for all."""
    ids = {UUID(each) for row in proposals if (each := row.content.get("organization_id"))}
    parties = identity_selectors.organizations_by_id(ids) if ids else {}
    return {row.pk: _label(row, parties) for row in proposals}


def label_of(proposal: ProposalRow) -> str:
    """Return how people call one thing that is proposed."""
    return labels_of([proposal])[proposal.pk]


def _label(proposal: ProposalRow, parties: Mapping[UUID, OrganizationRow]) -> str:
    """Return what a limit is for, or the party that something is about by its name."""
    if proposal.kind == LIMIT:
        return str(kinds.kind(proposal.content["kind"]).label)
    about = proposal.content.get("organization_id")
    party = parties.get(UUID(about)) if about else None
    if party is not None and party.name == proposal.label:
        return names.named(party)
    return proposal.label


def _deposit(content: Content, _at: datetime) -> list[ProposalLine]:
    buyer = identity_selectors.organization(UUID(content["organization_id"]))
    amount = content["amount_minor"]
    return [
        ProposalLine(_("Buyer"), names.named(buyer)),
        ProposalLine(_("Unified social credit code"), masked(buyer.uscc)),
        ProposalLine(_("Amount"), figures.money(amount)),
        ProposalLine(_("Bank reference"), content["reference"]),
        *_moves((accounts.bank(), -amount), (accounts.buyer_cash(buyer.pk), amount)),
    ]


def _match(content: Content, _at: datetime) -> list[ProposalLine]:
    buyer = identity_selectors.organization(UUID(content["organization_id"]))
    amount = content["amount_minor"]
    return [
        ProposalLine(_("Buyer"), names.named(buyer)),
        ProposalLine(_("Unified social credit code"), masked(buyer.uscc)),
        ProposalLine(_("Amount"), figures.money(amount)),
        ProposalLine(_("Paid by"), content["party"]),
        ProposalLine(_("Text of the transfer"), content["text"]),
        ProposalLine(_("Booked by the bank on"), content["booked_on"]),
        *_moves((accounts.clearing_in(), -amount), (accounts.buyer_cash(buyer.pk), amount)),
    ]


def _refund(content: Content, _at: datetime) -> list[ProposalLine]:
    buyer = identity_selectors.organization(UUID(content["organization_id"]))
    return [
        ProposalLine(_("Buyer"), names.named(buyer)),
        ProposalLine(_("Unified social credit code"), masked(buyer.uscc)),
        ProposalLine(_("Amount"), figures.money(content["amount_minor"])),
        ProposalLine(_("Back to"), str(PayChannel(content["channel"]).label)),
        ProposalLine(_("Source"), content["source"]),
    ]


def _funding(content: Content, _at: datetime) -> list[ProposalLine]:
    programme = vouchers_selectors.programme(programme_id=UUID(content["programme_id"]))
    amount, code = content["amount_minor"], programme.code
    return [
        ProposalLine(_("Programme"), f"{names.named(programme)} · {code}"),
        ProposalLine(_("Amount"), figures.money(amount)),
        ProposalLine(_("Reference"), content["reference"]),
        *_moves((accounts.voucher_budget(code), -amount), (accounts.voucher_pool(code), amount)),
    ]


def _control_rule(content: Content, at: datetime) -> list[ProposalLine]:
    former = {each.code: each for each in vouchers_selectors.control_rules(at=at)}[content["code"]]
    return [
        ProposalLine(_("Rule"), str(ControlCode(content["code"]).label)),
        ProposalLine(
            _("What it does"),
            str(ControlSeverity(content["severity"]).label),
            now=str(ControlSeverity(former.severity).label),
        ),
        ProposalLine(
            _("Numbers"),
            control_words.numbers(content["parameters"]),
            now=control_words.numbers(former.parameters),
        ),
        ProposalLine(_("Reason"), content["reason"]),
    ]


def _claw_back(content: Content, at: datetime) -> list[ProposalLine]:
    if "reimbursement_id" in content:
        return _reimbursement_claw_back(content)
    with tenancy.acting_as_platform():
        voucher = vouchers_selectors.voucher(voucher_id=UUID(content["voucher_id"]))
        (found,) = vouchers_selectors.wallet_vouchers([voucher], at=at)
        paid = settlement_selectors.captured_of_vouchers([voucher.pk])
    return [
        ProposalLine(_("Voucher"), f"{voucher.number} · {found.programme_code}"),
        ProposalLine(_("Holder"), names.named(voucher.holder)),
        ProposalLine(_("Ground"), str(ClawBackGround(content["ground"]).label)),
        ProposalLine(_("Reason"), content["reason"]),
        ProposalLine(_("Evidence"), content["evidence"]),
        *(
            ProposalLine(label, figures.money(amount), is_effect=True)
            for label, amount in (
                (_("Back in the pool"), found.balance.available_minor),
                (_("Held by orders"), found.balance.held_minor),
                (_("Wanted back from who was paid"), sum(paid.values())),
            )
        ),
    ]


def _reimbursement_claw_back(content: Content) -> list[ProposalLine]:
    with tenancy.acting_as_platform():
        row = reimbursements.any_reimbursement(UUID(content["reimbursement_id"]))
        is_paid = row.state == ReimbursementState.PAID
    told = _("Wanted back from who was paid") if is_paid else _("Back in the pool")
    return [
        ProposalLine(_("Reimbursement"), f"{row.number} · {row.programme.code}"),
        ProposalLine(_("Holder"), names.named(row.applicant)),
        ProposalLine(_("Ground"), str(ClawBackGround(content["ground"]).label)),
        ProposalLine(_("Reason"), content["reason"]),
        ProposalLine(_("Evidence"), content["evidence"]),
        ProposalLine(told, figures.money(row.amount_minor), is_effect=True),
    ]


def _moves(*moves: tuple[str, int]) -> list[ProposalLine]:
    """Return how balances would change; an account that is not open yet has nothing."""
    with tenancy.acting_as_platform():
        found = ledger_selectors.balances([code for code, _change in moves])
    result = []
    for code, change in moves:
        before = found[code].posted if code in found else 0
        label = names.ACCOUNT_KINDS[code.partition(":")[0]]
        after = figures.money(before + change)
        result.append(ProposalLine(label, after, now=figures.money(before), is_effect=True))
    return result


def _programme(content: Content, _at: datetime) -> list[ProposalLine]:
    return [
        ProposalLine(_("Code"), content["code"]),
        ProposalLine(_("Name"), content["name"]),
        *([ProposalLine(_("Name in English"), content["name_en"])] if content["name_en"] else []),
        *(
            [ProposalLine(_("Region"), names.region(content["region"]))]
            if content["region"]
            else []
        ),
        *_rules(content, None),
    ]


def _version(content: Content, at: datetime) -> list[ProposalLine]:
    programme = vouchers_selectors.programme(programme_id=UUID(content["programme_id"]))
    try:
        former = vouchers_selectors.version_in_force(programme_id=programme.pk, at=at)
    except ProgrammeNotFound:  # Its first rules are still to come.
        return [ProposalLine(_("Programme"), names.named(programme)), *_rules(content, None)]
    return [
        ProposalLine(_("Programme"), f"{names.named(programme)} · {programme.code}"),
        *_rules(content, former.rules),
    ]


def _rules(content: Content, former: Mapping[str, Any] | None) -> list[ProposalLine]:
    before = programme_words.rule_words(programme_rules.parse(former)) if former is not None else {}
    told = programme_words.rule_words(programme_rules.parse(content["rules"]))
    return [
        ProposalLine(_("Holds from"), holds_from(content["valid_from"])),
        *(ProposalLine(label, text, now=before.get(label, "")) for label, text in told.items()),
        ProposalLine(_("Source"), content["source"]),
        *_tried(content["rules"]),
    ]


def _tried(rules: Mapping[str, Any]) -> list[ProposalLine]:
    """Return what published runs of the workbench say of exactly these rules."""
    found = policy_selectors.published_runs(rules_hash=content_hash(rules)).first()
    if found is None or found.result is None:
        return [ProposalLine(_("Tried on the workbench"), _("no run was published"))]
    after = found.result["versions"]["after"]
    told = _("%(number)s: %(used)s paid to %(count)s enterprises, %(left)s left") % {
        "number": found.number,
        "used": figures.money(after["used_minor"]),
        "count": figures.grouped(after["supported"]),
        "left": figures.money(after["left_minor"]),
    }
    return [
        ProposalLine(_("Tried on the workbench"), told),
        ProposalLine(_("Run, SHA-256"), found.run_hash),
    ]


def _payout_run(content: Content, _at: datetime) -> list[ProposalLine]:
    run = payouts_selectors.run(UUID(content["run_id"]))
    return [
        ProposalLine(_("Payout run"), run.number),
        ProposalLine(_("Earned before"), content["until"]),
        ProposalLine(_("Payouts"), str(content["payouts"])),
        ProposalLine(_("Amount"), figures.money(content["amount_minor"])),
        ProposalLine(_("Netted"), figures.money(content["netted_minor"])),
        ProposalLine(_("Tax withheld"), figures.money(content.get("tax_minor", 0))),
        ProposalLine(_("Hash of its lines"), content["lines_hash"]),
    ]


def _month(content: Content, _at: datetime) -> list[ProposalLine]:
    closing = books.closings().filter(pk=content["closing_id"]).first()
    month = f"{closing.month:%Y-%m}" if closing else ""
    return [
        ProposalLine(_("Month"), month),
        ProposalLine(_("Hash of its trial balance"), content["trial_hash"]),
    ]


def _adjustment(content: Content, _at: datetime) -> list[ProposalLine]:
    contract = settlement_selectors.contracts().filter(pk=content["contract_id"]).first()
    original = settlement_selectors.adjustments().filter(pk=content["reverses"]).first()
    return [
        *([ProposalLine(_("Reverses"), original.number)] if original else []),
        *([ProposalLine(_("Contract"), contract.number)] if contract else []),
        ProposalLine(_("Reason"), str(AdjustmentReason(content["reason"]).label)),
        ProposalLine(_("Pays"), _party(content, content["payer"])),
        ProposalLine(_("Is paid"), _party(content, content["payee"])),
        ProposalLine(_("Amount"), figures.money(content["amount_minor"])),
        ProposalLine(_("Case"), content["reference"]),
        ProposalLine(_("Evidence"), content["evidence"]),
    ]


def _party(content: Content, party: str) -> str:
    """Return who pays or is paid, by name."""
    found = {Party.BUYER: content["buyer_id"], Party.PROVIDER: content["provider_id"]}.get(
        Party(party)
    )
    label = str(Party(party).label)
    if found is None:
        return label
    return f"{names.named(identity_selectors.organization(UUID(found)))} · {label}"


def _halt(content: Content, at: datetime) -> list[ProposalLine]:
    halt = orders_selectors.halt_in_force(book_id=content["book_id"], at=at)
    trades = _("halted") if halt else _("trading")
    return [
        ProposalLine(_("Book"), names.traded_in(content["resource_class"], content["hub"])),
        ProposalLine(_("Trading"), _("halted until two operators resume it"), now=trades),
        ProposalLine(_("Reason that everybody reads"), content["reason"]),
    ]


def _resume(content: Content, at: datetime) -> list[ProposalLine]:
    halt = orders_selectors.halt_in_force(book_id=content["book_id"], at=at)
    return [
        ProposalLine(_("Book"), names.traded_in(content["resource_class"], content["hub"])),
        ProposalLine(_("Trading"), _("resumed"), now=_("halted") if halt else _("trading")),
        *([ProposalLine(_("Halted because"), halt.reason)] if halt else []),
        ProposalLine(_("Reason that everybody reads"), content["reason"]),
    ]


def _suspension(content: Content, _at: datetime) -> list[ProposalLine]:
    return _standing(content, _("suspended"))


def _reinstatement(content: Content, _at: datetime) -> list[ProposalLine]:
    with tenancy.acting_as_platform():
        suspension = suspensions.in_force(UUID(content["organization_id"]))
    because = [ProposalLine(_("Suspended because"), suspension.reason)] if suspension else []
    return [*_standing(content, _("in good standing")), *because]


def _of_peer(content: Content, _at: datetime) -> list[ProposalLine]:
    return [ProposalLine(label, said) for label, said in node_words.peer_facts(content)]


def _of_grant_end(content: Content, _at: datetime) -> list[ProposalLine]:
    return [
        ProposalLine(_("Prefix"), content["prefix"]),
        ProposalLine(_("Name"), content["name"]),
        ProposalLine(_("Reason"), content["reason"]),
    ]


def _of_profile(content: Content, _at: datetime) -> list[ProposalLine]:
    told, since = content["definition"], content["use_from"]
    lines = [ProposalLine(_("Layout"), f"SP{content['version']}")]
    if told is not None:
        lines += [
            ProposalLine(_("Parts"), " · ".join(each["name"] for each in told["fields"])),
            ProposalLine(_("Check characters"), told["check"]["system"]),
            ProposalLine(_("Codes to try a program on"), ", ".join(told["vectors"][:3])),
            ProposalLine(_("Source"), told["source"]),
        ]
    return [
        *lines,
        ProposalLine(
            _("New codes outside of pools take it from"), holds_from(since) if since else "—"
        ),
        ProposalLine(_("Reason"), content["reason"]),
    ]


def _said(words: Callable[[Content], Iterable[tuple[str, str]]]) -> Any:
    """Return how a proposal reads whose words are pairs of label and text."""
    return lambda content, _at: [ProposalLine(label, said) for label, said in words(content)]


def _of_privacy(content: Content, _at: datetime) -> list[ProposalLine]:
    return [ProposalLine(label, said) for label, said in privacy_words.facts(content)]


def _standing(content: Content, becomes: str) -> list[ProposalLine]:
    organization = identity_selectors.organization(UUID(content["organization_id"]))
    now = _("suspended") if organization.suspended_at else _("in good standing")
    return [
        ProposalLine(_("Organisation"), names.named(organization)),
        ProposalLine(_("Unified social credit code"), masked(organization.uscc)),
        ProposalLine(_("Standing"), becomes, now=now),
        ProposalLine(_("Reason that the organisation reads"), content["reason"]),
    ]


def _finding(content: Content, _at: datetime) -> list[ProposalLine]:
    found = assurance_selectors.case(UUID(content["case_id"]))
    parties = identity_selectors.organizations(found.organization_ids).values()
    return [
        ProposalLine(_("Case"), found.number),
        ProposalLine(_("Pattern"), found.get_pattern_display()),
        ProposalLine(_("Organisations"), " · ".join(names.named(each) for each in parties)),
        ProposalLine(_("Finding"), _("Confirmed"), now=found.get_state_display()),
        ProposalLine(_("Placed a minute"), figures.grouped(content["placed_per_minute"])),
        ProposalLine(_("Cancelled a minute"), figures.grouped(content["cancelled_per_minute"])),
        ProposalLine(_("Explanation"), content["explanation"]),
    ]


def _surveillance(content: Content, at: datetime) -> list[ProposalLine]:
    in_force = {each.pattern: each for each in assurance_selectors.rules_in_force(at=at)}
    held = in_force.get(content["pattern"])
    now = case_words.numbers(held.parameters) if held else ""
    return [
        ProposalLine(_("Pattern"), str(Pattern(content["pattern"]).label)),
        ProposalLine(_("Numbers"), case_words.numbers(content["parameters"]), now=now),
        ProposalLine(_("Reason"), content["reason"]),
    ]


def _limit(content: Content, _at: datetime) -> list[ProposalLine]:
    return [
        ProposalLine(_("What it is for"), str(kinds.kind(content["kind"]).label)),
        ProposalLine(
            _("Two people from"),
            from_amount(content["from_minor"]),
            now=from_amount(approvals.from_minor(content["kind"])),
        ),
    ]


def from_amount(minor: int) -> str:
    """Return from which amount on two people are needed, in words."""
    return figures.money(minor) if minor else _("Always")


def _supplier_size(content: Content, _at: datetime) -> list[ProposalLine]:
    supplier = identity_selectors.organization(UUID(content["supplier_id"]))
    return [
        ProposalLine(_("Supplier"), names.named(supplier)),
        ProposalLine(_("Size"), audit_words.of_size(content["pflops"], content["racks"])),
        ProposalLine(_("Document"), content["reference"]),
    ]


def _audit(content: Content, at: datetime) -> list[ProposalLine]:
    conclusion = str(AuditConclusion(content["conclusion"]).label)
    return [
        ProposalLine(_("Conclusion"), conclusion),
        *_supplier_size(content, at),
        ProposalLine(_("Explanation"), content["explanation"]),
    ]


def _dispute(content: Content, _at: datetime) -> list[ProposalLine]:
    buyer = identity_selectors.organization(UUID(content["buyer_id"]))
    provider = identity_selectors.organization(UUID(content["provider_id"]))
    return [
        ProposalLine(_("Buyer"), names.named(buyer)),
        ProposalLine(_("Provider"), names.named(provider)),
        ProposalLine(_("Claimed"), figures.money(content["claimed_minor"])),
        ProposalLine(_("The buyer gets back"), figures.money(content["awarded_minor"])),
        ProposalLine(_("Reasons"), content["decision"]),
    ]


KINDS: Final[dict[str, Callable[[Content, datetime], list[ProposalLine]]]] = {
    DEPOSIT_KIND: _deposit,
    ORDER_KIND: order_proposals.proposed_order,
    SCENE_KIND: order_proposals.proposed_scene,
    JOB_KIND: order_proposals.proposed_job,
    MATCH_KIND: _match,
    REFUND_KIND: _refund,
    HALT_KIND: _halt,
    COSTS_KIND: reference_words.of_costs,
    REFERENCE_KIND: reference_words.of_reference,
    COLLAR_KIND: collar_words.of_collar,
    REFERENCE_ORDER_KIND: reference_order_words.of_reference_order,
    CLOSING_KIND: _finding,
    RULE_KIND: _surveillance,
    AUDIT_KIND: _audit,
    DISPUTE_KIND: _dispute,
    SIZE_KIND: _supplier_size,
    RESUME_KIND: _resume,
    FUNDING_KIND: _funding,
    CLAW_BACK_KIND: _claw_back,
    CONTROL_RULE_KIND: _control_rule,
    PROGRAMME_KIND: _programme,
    VERSION_KIND: _version,
    FEE_KIND: rule_proposals.of_fee,
    POLICY_KIND: rule_proposals.of_delivery_policy,
    STOP_KIND: delivery_proposals.proposed_stop,
    RUN_KIND: _payout_run,
    TAX_KIND: rule_proposals.of_tax_rule,
    MEASUREMENT_KIND: rule_proposals.of_measurement_rule,
    TABLE_KIND: rule_proposals.of_conversion_table,
    ADJUSTMENT_KIND: _adjustment,
    MONTH_KIND: _month,
    ROLE_KIND: onboarding_words.role_lines,
    ACTIVATION_KIND: onboarding_words.activation_lines,
    CLOSURE_KIND: onboarding_words.closure_lines,
    RECOVERY_KIND: _said(entry_words.of_recovery),
    SSO_KIND: _said(entry_words.of_connection),
    ERASURE_KIND: _said(rights_words.of_erasure),
    INCIDENT_KIND: _said(rights_words.of_incident),
    APPEAL_KIND: _said(appeal_words.of_appeal),
    SUSPENSION_KIND: _suspension,
    REINSTATEMENT_KIND: _reinstatement,
    HOLD_KIND: _of_privacy,
    LIFT_KIND: _of_privacy,
    NODE_KIND: _said(node_words.facts),
    PEER_KIND: _of_peer,
    GRANT_END_KIND: _of_grant_end,
    POOL_REQUEST_KIND: _said(pool_request_words.of_pool_request),
    PROFILE_KIND: _of_profile,
    LIMIT: _limit,
}
