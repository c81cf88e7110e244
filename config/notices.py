"""Who is told of which event: the room of notices itself knows no other room's events."""

from typing import Final
from uuid import UUID

from django.urls import reverse

from identity.contracts import Role
from identity.notices import registry
from identity.notices.contracts import Rule, Topic

BUYERS: Final = frozenset({Role.BUYER})
PROVIDERS: Final = frozenset({Role.PROVIDER})
PARTIES: Final = BUYERS | PROVIDERS
OPERATORS: Final = frozenset({Role.OPERATOR})
ISSUERS: Final = frozenset({Role.ISSUER})
CLERKS: Final = frozenset({Role.FINANCE})
# Work that failed and was set aside waits for an operator; what is tried again is answered.
SET_ASIDE: Final = Rule(Topic.OPERATION, OPERATORS, everywhere=True, asks=True)

WATCHERS: Final = Rule(Topic.OPERATION, OPERATORS | {Role.AUDITOR}, everywhere=True)
DECIDED: Final = Rule(
    Topic.DECISIONS,
    roles_fact="role",
    everywhere=True,
    desk_fact="desk",
    answers={"approvals.proposal.made"},
)


def _retried(room_and_object: str) -> Rule:
    return Rule(Topic.OPERATION, answers={f"{room_and_object}.set_aside"})


# An application that waits for somebody: each step answers the one before.
TO_DECIDE: Final = frozenset(
    {
        "vouchers.application.made",
        "vouchers.application.evidence_asked",
        "vouchers.application.evidence_given",
        "vouchers.application.reviewed",
        "vouchers.application.returned",
    }
)

TO_REIMBURSE: Final = frozenset(
    {
        "claims.reimbursement.submitted",
        "claims.reimbursement.reviewed",
        "claims.reimbursement.sent_back",
    }
)
RULES: Final = {
    # People
    "identity.organization.suspended": Rule(Topic.PEOPLE, frozenset(Role)),
    "identity.organization.reinstated": Rule(
        Topic.PEOPLE, frozenset(Role), answers={"appeals.appeal.made"}
    ),
    "appeals.appeal.made": Rule(Topic.DECISIONS, OPERATORS, everywhere=True, asks=True),
    "appeals.appeal.kept": Rule(Topic.PEOPLE, frozenset(Role), answers={"appeals.appeal.made"}),
    "onboarding.case.opened": Rule(Topic.PEOPLE, frozenset(Role)),
    "onboarding.line.confirmed": Rule(Topic.PEOPLE, frozenset(Role)),
    "onboarding.case.activated": Rule(Topic.PEOPLE, frozenset(Role)),
    "rights.erasure.asked": Rule(Topic.PEOPLE, OPERATORS, everywhere=True),
    "rights.incident.reported": Rule(Topic.PEOPLE, OPERATORS | {Role.AUDITOR}, everywhere=True),
    "entry.invitation.expired": Rule(Topic.PEOPLE, PARTIES),
    "entry.sso.connected": Rule(Topic.PEOPLE, PARTIES),
    "entry.sso.ended": Rule(Topic.PEOPLE, PARTIES),
    "onboarding.organization.closed": Rule(Topic.PEOPLE, OPERATORS, everywhere=True),
    "identity.member.added": Rule(Topic.PEOPLE, PARTIES),
    "identity.member.removed": Rule(Topic.PEOPLE, PARTIES),
    "identity.key.created": Rule(Topic.PEOPLE, PARTIES),
    "identity.key.rotated": Rule(Topic.PEOPLE, PARTIES),
    "identity.key.revoked": Rule(Topic.PEOPLE, PARTIES),
    "identity.agent.registered": Rule(Topic.PEOPLE, PROVIDERS),
    "identity.agent.revoked": Rule(Topic.PEOPLE, PROVIDERS),
    "pricing.group.entered": Rule(Topic.SUPPLY, BUYERS),
    "pricing.group.ends": Rule(Topic.SUPPLY, BUYERS),
    "identity.certificate.issued": Rule(Topic.VOUCHERS, BUYERS),
    "identity.certificate.revoked": Rule(Topic.VOUCHERS, BUYERS),
    "identity.certificate.ends_soon": Rule(Topic.VOUCHERS, BUYERS),
    "certifying.request.made": Rule(
        Topic.DECISIONS, ISSUERS | OPERATORS, everywhere=True, asks=True
    ),
    "certifying.request.verified": Rule(
        Topic.VOUCHERS, PARTIES, answers={"certifying.request.made"}
    ),
    "certifying.request.refused": Rule(
        Topic.VOUCHERS, PARTIES, answers={"certifying.request.made"}
    ),
    "certifying.request.withdrawn": Rule(Topic.VOUCHERS, answers={"certifying.request.made"}),
    "identity.access.asked": Rule(Topic.DECISIONS, OPERATORS, everywhere=True, asks=True),
    "identity.access.answered": Rule(Topic.DECISIONS, answers={"identity.access.asked"}),
    "identity.pool.asked": Rule(Topic.DECISIONS, OPERATORS, everywhere=True, asks=True),
    "identity.pool.answered": Rule(Topic.SUPPLY, PROVIDERS, answers={"identity.pool.asked"}),
    "identity.pool.withdrawn": Rule(Topic.SUPPLY, answers={"identity.pool.asked"}),
    "identity.tie.recorded": Rule(Topic.PEOPLE, PARTIES),
    "identity.tie.ended": Rule(Topic.PEOPLE, PARTIES),
    # Supply and metering
    "identity.resource.registered": Rule(Topic.SUPPLY, PROVIDERS),
    "identity.resource.changed": Rule(Topic.SUPPLY, PROVIDERS),
    "peering.move.refused": Rule(Topic.SUPPLY, PROVIDERS),
    "peering.move.done": Rule(Topic.SUPPLY, PROVIDERS),
    "peering.move.withdrawn": Rule(Topic.SUPPLY, PROVIDERS),
    "peering.move.expectation_withdrawn": Rule(Topic.SUPPLY, PROVIDERS),
    "peering.move.countersigned": Rule(Topic.SUPPLY, PROVIDERS),
    "catalog.listing.repriced": Rule(Topic.SUPPLY, PROVIDERS),
    "catalog.book.changed": Rule(Topic.SUPPLY, PROVIDERS, everywhere=True),
    "metering.chain.broken": Rule(Topic.METERING, PROVIDERS, bundled=True),
    "metering.certificate.issued": Rule(Topic.METERING, PROVIDERS),
    "verifying.report.refused": Rule(Topic.METERING, PROVIDERS, bundled=True),
    "verifying.certificate.ended": Rule(Topic.METERING, PROVIDERS),
    "verifying.certificate.ends_soon": Rule(Topic.METERING, PROVIDERS),
    "verifying.level.changed": Rule(Topic.METERING, PROVIDERS),
    "verifying.challenge.opened": Rule(Topic.METERING, PROVIDERS),
    "verifying.challenge.passed": Rule(Topic.METERING, answers={"verifying.challenge.opened"}),
    "verifying.challenge.failed": Rule(
        Topic.METERING, PROVIDERS, answers={"verifying.challenge.opened"}
    ),
    "verifying.assessor.named": Rule(Topic.METERING, frozenset(Role)),
    "verifying.assessor.ended": Rule(Topic.METERING, frozenset(Role)),
    "verifying.assessment.asked": Rule(Topic.METERING, frozenset(Role)),
    "verifying.assessment.recorded": Rule(Topic.DECISIONS, OPERATORS, everywhere=True, asks=True),
    "verifying.assessment.granted": Rule(
        Topic.METERING, PARTIES, answers={"verifying.assessment.recorded"}
    ),
    "verifying.assessment.refused": Rule(
        Topic.METERING, PARTIES, answers={"verifying.assessment.recorded"}
    ),
    "verifying.assessment.withdrawn": Rule(
        Topic.METERING, PARTIES, answers={"verifying.assessment.recorded"}
    ),
    "metering.window.decided": Rule(
        Topic.METERING, PROVIDERS, answers={"metering.window.set_aside"}
    ),
    "metering.rule.published": Rule(Topic.METERING, PROVIDERS, everywhere=True),
    "metering.window.set_aside": SET_ASIDE,
    "senders.mapping.published": Rule(Topic.METERING, PROVIDERS),
    "senders.mapping.ended": Rule(Topic.METERING, PROVIDERS),
    "senders.series.unmapped": Rule(Topic.METERING, PROVIDERS, bundled=True),
    # Orders and money
    "orders.order.cleared": Rule(Topic.ORDERS, PARTIES, bundled=True),
    "orders.order.refused": Rule(Topic.ORDERS, BUYERS, bundled=True),
    # Of what was not delivered its delivery says so, and why.
    "orders.order.cancelled": Rule(
        Topic.ORDERS, PARTIES, bundled=True, unless_fact="called_off_by"
    ),
    "fulfilment.delivery.opened": Rule(Topic.ORDERS, PROVIDERS, asks=True),
    "fulfilment.delivery.ready": Rule(Topic.ORDERS, BUYERS, answers={"fulfilment.delivery.opened"}),
    "fulfilment.delivery.interrupted": Rule(Topic.ORDERS, PARTIES),
    "fulfilment.delivery.halted": Rule(Topic.ORDERS, PARTIES),
    "fulfilment.delivery.preempting": Rule(Topic.ORDERS, BUYERS),
    "fulfilment.delivery.stopped": Rule(
        Topic.ORDERS, PARTIES, answers={"fulfilment.delivery.opened"}
    ),
    "fulfilment.delivery.failed": Rule(
        Topic.ORDERS, PARTIES, answers={"fulfilment.delivery.opened"}
    ),
    "fulfilment.delivery.exited": Rule(Topic.ORDERS, PARTIES),
    "fulfilment.delivery.called_off": Rule(
        Topic.ORDERS, PROVIDERS, answers={"fulfilment.delivery.opened"}
    ),
    "fulfilment.handover.key_wanted": Rule(Topic.ORDERS, BUYERS, asks=True),
    "fulfilment.handover.expiring": Rule(Topic.ORDERS, PARTIES),
    "fulfilment.handover.asked": Rule(
        Topic.ORDERS, PROVIDERS, answers={"fulfilment.handover.key_wanted"}, asks=True
    ),
    "fulfilment.handover.handed": Rule(
        Topic.ORDERS, BUYERS, answers={"fulfilment.handover.asked"}, asks=True
    ),
    "fulfilment.message.sent": Rule(Topic.ORDERS, roles_fact="told", bundled=True),
    "fulfilment.change.asked": Rule(Topic.ORDERS, roles_fact="told", asks=True),
    "fulfilment.change.accepted": Rule(
        Topic.ORDERS, roles_fact="told", answers={"fulfilment.change.asked"}
    ),
    "fulfilment.change.refused": Rule(
        Topic.ORDERS, roles_fact="told", answers={"fulfilment.change.asked"}
    ),
    "fulfilment.change.withdrawn": Rule(
        Topic.ORDERS, roles_fact="told", answers={"fulfilment.change.asked"}
    ),
    "fulfilment.change.expired": Rule(
        Topic.ORDERS, roles_fact="told", answers={"fulfilment.change.asked"}
    ),
    "fulfilment.maintenance.announced": Rule(Topic.ORDERS, PARTIES),
    "fulfilment.maintenance.begun": Rule(Topic.ORDERS, PARTIES),
    "fulfilment.maintenance.ended": Rule(Topic.ORDERS, PARTIES),
    "fulfilment.maintenance.withdrawn": Rule(Topic.ORDERS, PARTIES),
    "drivers.call.dead": Rule(Topic.OPERATION, PROVIDERS),
    "fulfilment.policy.published": Rule(Topic.ORDERS, PARTIES, everywhere=True),
    "orders.order.settled": Rule(Topic.ORDERS, PARTIES, bundled=True),
    "orders.book.halted": Rule(Topic.ORDERS, PARTIES | OPERATORS, everywhere=True),
    "orders.rate.set": Rule(Topic.ORDERS, BUYERS),
    "orders.price.raised": Rule(Topic.SUPPLY, BUYERS),
    "orders.price.changed": Rule(Topic.SUPPLY, BUYERS, bundled=True),
    "orders.community.nearly_used": Rule(Topic.ORDERS, BUYERS),
    "orders.community.used": Rule(Topic.ORDERS, BUYERS),
    "baselines.costs.announced": Rule(Topic.ORDERS, PARTIES | OPERATORS, everywhere=True),
    "baselines.reference.announced": Rule(Topic.ORDERS, PARTIES | OPERATORS, everywhere=True),
    "catalog.collar.announced": Rule(Topic.ORDERS, PARTIES | OPERATORS, everywhere=True),
    "orders.book.resumed": Rule(Topic.ORDERS, PARTIES | OPERATORS, everywhere=True),
    "orders.import.finished": Rule(Topic.ORDERS, OPERATORS, everywhere=True),
    "orders.import.abandoned": Rule(Topic.OPERATION, OPERATORS, everywhere=True),
    "demands.demand.filled": Rule(Topic.ORDERS, BUYERS, bundled=True),
    "demands.demand.refused": Rule(Topic.ORDERS, BUYERS, bundled=True),
    "demands.demand.expired": Rule(Topic.ORDERS, BUYERS, bundled=True),
    "demands.demand.reopened": Rule(Topic.ORDERS, BUYERS),
    "rounds.round.opened": Rule(Topic.ORDERS, BUYERS, everywhere=True),
    "rounds.round.called_off": Rule(Topic.ORDERS, BUYERS, everywhere=True),
    "rounds.round.published": Rule(Topic.ORDERS, BUYERS | OPERATORS, everywhere=True),
    "rounds.order.filled": Rule(Topic.ORDERS, BUYERS, bundled=True),
    "rounds.order.unfilled": Rule(Topic.ORDERS, BUYERS, bundled=True),
    "demands.search.found": Rule(Topic.ORDERS, BUYERS, bundled=True),
    "budgets.cap.reached": Rule(Topic.MONEY, BUYERS),
    "budgets.cap.foreseen": Rule(Topic.MONEY, BUYERS),
    "orders.deposit.recorded": Rule(Topic.MONEY, BUYERS),
    "payments.movement.done": Rule(Topic.MONEY, PARTIES),
    "payments.movement.cancelled": Rule(Topic.MONEY, PARTIES),
    "payments.movement.returned": Rule(Topic.MONEY, PARTIES),
    "payments.difference.found": Rule(Topic.MONEY, CLERKS, everywhere=True, asks=True),
    "payments.difference.settled": Rule(Topic.MONEY, answers={"payments.difference.found"}),
    "settlement.trade.corrected": Rule(Topic.MONEY, PARTIES),
    "claims.claim.submitted": Rule(Topic.DECISIONS, ISSUERS, asks=True),
    "claims.claim.checked": Rule(Topic.MONEY, PROVIDERS, answers={"claims.claim.submitted"}),
    "claims.claim.returned": Rule(Topic.MONEY, PROVIDERS, answers={"claims.claim.submitted"}),
    "claims.claim.withdrawn": Rule(Topic.MONEY, answers={"claims.claim.submitted"}),
    "claims.claim.paid": Rule(Topic.MONEY, PROVIDERS),
    "claims.reimbursement.submitted": Rule(Topic.DECISIONS, ISSUERS, asks=True),
    "claims.reimbursement.reviewed": Rule(
        Topic.DECISIONS, ISSUERS, asks=True, answers={"claims.reimbursement.submitted"}
    ),
    "claims.reimbursement.sent_back": Rule(
        Topic.DECISIONS, ISSUERS, asks=True, answers={"claims.reimbursement.reviewed"}
    ),
    "claims.reimbursement.published": Rule(Topic.VOUCHERS, BUYERS, answers=TO_REIMBURSE),
    "claims.reimbursement.objected": Rule(Topic.DECISIONS, ISSUERS, asks=True),
    "claims.reimbursement.answered": Rule(
        Topic.VOUCHERS, PARTIES, answers={"claims.reimbursement.objected"}
    ),
    "claims.reimbursement.approved": Rule(Topic.VOUCHERS, BUYERS, answers=TO_REIMBURSE),
    "claims.reimbursement.rejected": Rule(Topic.VOUCHERS, BUYERS, answers=TO_REIMBURSE),
    "claims.reimbursement.withdrawn": Rule(Topic.VOUCHERS, answers=TO_REIMBURSE),
    "claims.reimbursement.paid": Rule(Topic.MONEY, BUYERS),
    "claims.reimbursement.given_back": Rule(Topic.MONEY, BUYERS),
    "claims.recovery.lowered": Rule(Topic.MONEY, PARTIES | ISSUERS),
    "claims.payer.set": Rule(Topic.MONEY, ISSUERS),
    "statements.statement.issued": Rule(Topic.MONEY, PARTIES | ISSUERS),
    "statements.statement.cancelled": Rule(Topic.MONEY, PARTIES | ISSUERS),
    "statements.fapiao.requested": Rule(Topic.MONEY, CLERKS, everywhere=True, asks=True),
    "statements.fapiao.withdrawn": Rule(Topic.MONEY, answers={"statements.fapiao.requested"}),
    "statements.fapiao.issued": Rule(Topic.MONEY, BUYERS, answers={"statements.fapiao.requested"}),
    "statements.fapiao.refused": Rule(Topic.MONEY, BUYERS, answers={"statements.fapiao.requested"}),
    "statements.fapiao.reversed": Rule(Topic.MONEY, BUYERS),
    "statements.monitor.raised": Rule(Topic.MONEY, PARTIES),
    "statements.monitor.cleared": Rule(Topic.MONEY, PARTIES),
    "statements.desk_monitor.raised": Rule(Topic.MONEY, CLERKS),
    "statements.desk_monitor.cleared": Rule(Topic.MONEY, CLERKS),
    "claims.recovery.demanded": Rule(Topic.MONEY, PARTIES),
    "claims.recovery.repaid": Rule(Topic.MONEY, PARTIES),
    "payouts.account.changed": Rule(Topic.MONEY, PROVIDERS),
    "payouts.tax.published": Rule(Topic.MONEY, PROVIDERS, everywhere=True),
    "payouts.payable.frozen": Rule(Topic.MONEY, PROVIDERS),
    "payouts.payable.unfrozen": Rule(Topic.MONEY, PROVIDERS),
    "settlement.adjustment.booked": Rule(Topic.MONEY, PARTIES),
    "settlement.adjustment.reversed": Rule(Topic.MONEY, PARTIES),
    "settlement.fee.published": Rule(Topic.MONEY, PROVIDERS, everywhere=True),
    # Vouchers
    "vouchers.application.made": Rule(Topic.DECISIONS, ISSUERS, asks=True),
    "vouchers.application.evidence_asked": Rule(
        Topic.VOUCHERS, BUYERS, asks=True, answers=TO_DECIDE
    ),
    "vouchers.application.evidence_given": Rule(
        Topic.DECISIONS, ISSUERS, asks=True, answers={"vouchers.application.evidence_asked"}
    ),
    "vouchers.application.reviewed": Rule(Topic.DECISIONS, ISSUERS, asks=True, answers=TO_DECIDE),
    "vouchers.application.returned": Rule(Topic.DECISIONS, ISSUERS, asks=True, answers=TO_DECIDE),
    "vouchers.application.published": Rule(Topic.VOUCHERS, BUYERS, answers=TO_DECIDE),
    "vouchers.application.approved": Rule(Topic.VOUCHERS, BUYERS | ISSUERS, answers=TO_DECIDE),
    "vouchers.application.rejected": Rule(Topic.VOUCHERS, BUYERS, answers=TO_DECIDE),
    "vouchers.application.withdrawn": Rule(Topic.VOUCHERS, ISSUERS, answers=TO_DECIDE),
    "vouchers.application.expired": Rule(Topic.VOUCHERS, BUYERS, answers=TO_DECIDE),
    "vouchers.application.revoked": Rule(Topic.VOUCHERS, BUYERS),
    "vouchers.application.ends_soon": Rule(Topic.VOUCHERS, BUYERS),
    "vouchers.control.found": Rule(Topic.DECISIONS, ISSUERS, asks=True),
    "vouchers.control.decided": Rule(Topic.DECISIONS, ISSUERS, answers={"vouchers.control.found"}),
    "vouchers.sample.drawn": Rule(Topic.DECISIONS, ISSUERS),
    "vouchers.objection.made": Rule(Topic.DECISIONS, ISSUERS, asks=True),
    "vouchers.objection.answered": Rule(
        Topic.VOUCHERS, PARTIES, answers={"vouchers.objection.made"}
    ),
    "vouchers.voucher.ends_soon": Rule(Topic.VOUCHERS, BUYERS),
    "vouchers.voucher.issued": Rule(Topic.VOUCHERS, BUYERS),
    "vouchers.voucher.expired": Rule(Topic.VOUCHERS, BUYERS),
    "vouchers.voucher.clawed_back": Rule(Topic.VOUCHERS, BUYERS),
    "vouchers.programme.published": Rule(Topic.VOUCHERS, BUYERS, everywhere=True),
    # What takes two people: whoever may decide, and afterwards whoever asked.
    "approvals.proposal.made": Rule(
        Topic.DECISIONS, roles_fact="role", everywhere=True, desk_fact="desk", asks=True
    ),
    "approvals.proposal.approved": DECIDED,
    "approvals.proposal.refused": DECIDED,
    "approvals.proposal.expired": DECIDED,
    "approvals.proposal.voided": DECIDED,
    "approvals.proposal.withdrawn": Rule(Topic.DECISIONS, answers={"approvals.proposal.made"}),
    # Surveillance: a case waits for somebody until one takes it.
    "assurance.case.opened": Rule(
        Topic.OPERATION, OPERATORS | {Role.AUDITOR}, everywhere=True, asks=True
    ),
    "assurance.case.taken": Rule(Topic.OPERATION, answers={"assurance.case.opened"}),
    "assurance.case.closed": Rule(Topic.OPERATION, frozenset({Role.AUDITOR}), everywhere=True),
    "assurance.audit.opened": Rule(
        Topic.OPERATION, OPERATORS | {Role.AUDITOR}, everywhere=True, asks=True
    ),
    "assurance.audit.taken": Rule(Topic.OPERATION, answers={"assurance.audit.opened"}),
    "assurance.audit.cancelled": Rule(Topic.OPERATION, answers={"assurance.audit.opened"}),
    "assurance.audit.due_soon": WATCHERS,
    "assurance.audit.overdue": WATCHERS,
    "assurance.audit.asked": Rule(Topic.SUPPLY, PROVIDERS),
    "assurance.audit.answered": WATCHERS,
    "assurance.audit.confirmed": Rule(Topic.SUPPLY, PROVIDERS),
    "assurance.audit.lowered": Rule(Topic.SUPPLY, PROVIDERS),
    "assurance.dispute.opened": Rule(Topic.MONEY, PROVIDERS, asks=True),
    "assurance.dispute.answered": Rule(Topic.MONEY, BUYERS, answers={"assurance.dispute.opened"}),
    "assurance.dispute.lapsed": Rule(Topic.MONEY, PARTIES, answers={"assurance.dispute.opened"}),
    "assurance.dispute.decided": Rule(Topic.MONEY, PARTIES),
    "assurance.dispute.appealed": Rule(Topic.MONEY, PARTIES),
    "assurance.dispute.answer_due": Rule(Topic.MONEY, PROVIDERS),
    "assurance.dispute.undecided": Rule(Topic.OPERATION, OPERATORS, everywhere=True),
    "assurance.dispute.unapproved": Rule(Topic.DECISIONS, OPERATORS, everywhere=True),
    "assurance.dispute.closed": Rule(Topic.MONEY, PARTIES),
    "assurance.dispute.withdrawn": Rule(Topic.MONEY, PARTIES, answers={"assurance.dispute.opened"}),
    "vouchers.supplier.sized": Rule(Topic.SUPPLY, PROVIDERS),
    "assurance.listing.warned": Rule(Topic.SUPPLY, PROVIDERS),
    "assurance.listing.unlisted": Rule(Topic.SUPPLY, PROVIDERS),
    "assurance.listing.relisted": Rule(Topic.SUPPLY, PROVIDERS),
    "assurance.level.missed": Rule(Topic.ORDERS, PARTIES),
    "assurance.level.recounted": Rule(Topic.ORDERS, PARTIES),
    "assurance.rule.published": Rule(Topic.OPERATION, OPERATORS | {Role.AUDITOR}, everywhere=True),
    "sensing.source.silent": Rule(Topic.SUPPLY, PROVIDERS),
    "sensing.source.back": Rule(Topic.SUPPLY, PROVIDERS, answers={"sensing.source.silent"}),
    # Witnesses of ledgers
    "witness.log.forked": WATCHERS,
    "witness.log.unproven": WATCHERS,
    "witness.checkpoint.refused": WATCHERS,
    "witness.cosignature.late": Rule(Topic.OPERATION, OPERATORS, everywhere=True, bundled=True),
    "witness.cosignature.missing": WATCHERS,
    "witness.cosignature.back": Rule(Topic.OPERATION, OPERATORS, everywhere=True, bundled=True),
    # Exports and operation
    "audit.export.built": Rule(Topic.OPERATION, PARTIES | OPERATORS | CLERKS | {Role.AUDITOR}),
    "audit.export.failed": Rule(Topic.OPERATION, PARTIES | OPERATORS | CLERKS | {Role.AUDITOR}),
    "policy.run.ready": Rule(Topic.OPERATION, ISSUERS),
    "policy.run.failed": Rule(Topic.OPERATION, ISSUERS),
    "catalog.listing.set_aside": SET_ASIDE,
    "catalog.listing.retried": _retried("catalog.listing"),
    "orders.order.set_aside": SET_ASIDE,
    "orders.order.retried": _retried("orders.order"),
    "settlement.contract.set_aside": SET_ASIDE,
    "settlement.contract.ended_early": Rule(Topic.ORDERS, PARTIES),
    "settlement.contract.reduced": Rule(Topic.ORDERS, PARTIES),
    "settlement.instalment.foreseen": Rule(Topic.MONEY, BUYERS),
    "settlement.instalment.refused": Rule(Topic.MONEY, BUYERS),
    "settlement.instalment.lapsed": Rule(Topic.ORDERS, PARTIES),
    "settlement.contract.retried": _retried("settlement.contract"),
    "settlement.order.set_aside": SET_ASIDE,
    "settlement.order.retried": _retried("settlement.order"),
    "vouchers.voucher.set_aside": SET_ASIDE,
    "vouchers.voucher.retried": _retried("vouchers.voucher"),
}


def _address_of(notice_id: UUID) -> str:
    return reverse("portal:notice", args=[notice_id])


def _choices() -> str:
    return reverse("portal:notice-letters")


def install() -> None:
    """Tell the room of notices what to tell whom, and where its pages are."""
    registry.install(RULES, registry.Pages(address_of=_address_of, choices=_choices))
