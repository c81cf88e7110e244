"""
What takes two people: each kind of proposal with the service that carries it out.

Rooms propose and act for themselves and know nobody above; the shared page and the API look up here
whom to ask once somebody approves.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from gateway import services as gateway_services
from gateway.contracts import NODE_KIND
from gateway.peering import services as peering_services
from gateway.peering.contracts import PEER_KIND
from identity import appointments, grant_ends, pool_requests, profile_proposals
from identity.appeals import services as appeals_services
from identity.appeals.contracts import APPEAL_KIND
from identity.appointments import ROLE_KIND
from identity.approvals import kinds
from identity.approvals import services as approvals
from identity.approvals.contracts import LIMIT
from identity.approvals.kinds import ApprovalKind
from identity.contracts import (
    GRANT_END_KIND,
    POOL_REQUEST_KIND,
    PROFILE_KIND,
    REINSTATEMENT_KIND,
    SUSPENSION_KIND,
)
from identity.entry import services as entry_services
from identity.entry.contracts import RECOVERY_KIND, SSO_KIND
from identity.onboarding import closures
from identity.onboarding import services as onboarding_services
from identity.onboarding.contracts import ACTIVATION_KIND, CLOSURE_KIND
from identity.privacy import services as privacy_services
from identity.privacy.contracts import HOLD_KIND, LIFT_KIND
from identity.rights import services as rights_services
from identity.rights.contracts import ERASURE_KIND, INCIDENT_KIND
from marketplace.assurance import services as assurance_services
from marketplace.assurance.audit_contracts import AUDIT_KIND
from marketplace.assurance.contracts import CLOSING_KIND, RULE_KIND
from marketplace.assurance.dispute_contracts import DISPUTE_KIND
from marketplace.baselines import services as baselines_services
from marketplace.baselines.contracts import COSTS_KIND, REFERENCE_KIND
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import COLLAR_KIND, REFERENCE_ORDER_KIND
from marketplace.claims import services as claims_services
from marketplace.claims.contracts import CLAW_BACK_KIND
from marketplace.drivers import services as drivers_services
from marketplace.drivers.job_contracts import JOB_KIND
from marketplace.drivers.scene_contracts import SCENE_KIND
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment.contracts import POLICY_KIND
from marketplace.fulfilment.ending_contracts import STOP_KIND
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import HALT_KIND, ORDER_KIND, RESUME_KIND
from marketplace.payments import services as payments_services
from marketplace.payments.contracts import DEPOSIT_KIND, MATCH_KIND, REFUND_KIND
from marketplace.payouts import services as payouts_services
from marketplace.payouts.contracts import RUN_KIND, TAX_KIND
from marketplace.settlement import services as settlement_services
from marketplace.settlement.contracts import ADJUSTMENT_KIND, FEE_KIND
from marketplace.statements import services as statements_services
from marketplace.statements.contracts import CLOSING_KIND as MONTH_KIND
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.contracts import FUNDING_KIND, PROGRAMME_KIND, VERSION_KIND
from marketplace.vouchers.control_contracts import CONTROL_RULE_KIND
from marketplace.vouchers.supplier_contracts import SIZE_KIND
from metering import services as metering_services
from metering.table_contracts import RULE_KIND as MEASUREMENT_KIND
from metering.table_contracts import TABLE_KIND

KINDS: Final = (
    ApprovalKind(
        ROLE_KIND,
        label=_("Role of a person"),
        consequence=_("The person holds the role at once and is told by a letter."),
        approve=appointments.give_role,
    ),
    ApprovalKind(
        SUSPENSION_KIND,
        label=_("Suspension of an organisation"),
        consequence=_(
            "Its waiting orders are cancelled, its listings paused and its deliveries interrupted;"
            " its keys, agents and people are refused at once."
        ),
        approve=orders_services.confirm_suspension,
    ),
    ApprovalKind(
        REINSTATEMENT_KIND,
        label=_("Reinstatement of an organisation"),
        consequence=_(
            "It may trade at once, and what was paused for it is on sale again. What was"
            " interrupted goes on once its provider says that it is ready."
        ),
        approve=orders_services.confirm_reinstatement,
    ),
    ApprovalKind(
        APPEAL_KIND,
        label=_("Answer to an appeal"),
        consequence=_("The suspension stays, and the organisation reads why; it is final."),
        approve=appeals_services.answer_appeal,
    ),
    ApprovalKind(
        NODE_KIND,
        label=_("Node of the levels"),
        consequence=_("The node is asked and believed under its root key from now on."),
        approve=gateway_services.admit_node,
    ),
    ApprovalKind(
        PEER_KIND,
        label=_("Peer of this node"),
        consequence=_("Its signed requests are taken, within its scopes and rate, at once."),
        approve=peering_services.admit_peer,
    ),
    ApprovalKind(
        HOLD_KIND,
        label=_("Legal hold"),
        consequence=_("Nothing that it is on is removed until two people lift it."),
        approve=privacy_services.confirm_hold,
    ),
    ApprovalKind(
        LIFT_KIND,
        label=_("End of a legal hold"),
        consequence=_("Terms count again: what is over may go with the next sweep."),
        approve=privacy_services.confirm_lift,
    ),
    ApprovalKind(
        ACTIVATION_KIND,
        label=_("Activation of an organisation"),
        consequence=_("It may order, offer, apply for vouchers and make API keys at once."),
        approve=onboarding_services.activate,
    ),
    ApprovalKind(
        ERASURE_KIND,
        label=_("Erasure of a person"),
        consequence=_("Name, address and everything of the person's own goes at once, for good."),
        approve=rights_services.erase_person,
    ),
    ApprovalKind(
        INCIDENT_KIND,
        label=_("Closing of an incident"),
        consequence=_("The incident gets no more entries; published, it counts in public."),
        approve=rights_services.close_incident,
    ),
    ApprovalKind(
        RECOVERY_KIND,
        label=_("Recovery of an account"),
        consequence=_("The person's second factor is taken away, and every session ends."),
        approve=entry_services.confirm_recovery,
    ),
    ApprovalKind(
        SSO_KIND,
        label=_("Own sign-in of an organisation"),
        consequence=_("People of these domains sign in by the provider, with the roles it gives."),
        approve=entry_services.confirm_connection,
    ),
    ApprovalKind(
        CLOSURE_KIND,
        label=_("Closing of an organisation"),
        consequence=_(
            "Its offers, keys, tokens, agents, roles and sessions end at once and for good; its"
            " records stay."
        ),
        approve=closures.close_organization,
    ),
    ApprovalKind(
        GRANT_END_KIND,
        label=_("End of a grant"),
        consequence=_("The grant ends for good, and nothing below it is sold any more."),
        approve=grant_ends.end_grant,
    ),
    ApprovalKind(
        POOL_REQUEST_KIND,
        label=_("Pool of codes"),
        consequence=_(
            "The pool is allotted at once, under a signed grant, and the provider registers in it."
        ),
        approve=pool_requests.allot_asked_pool,
    ),
    ApprovalKind(
        PROFILE_KIND,
        label=_("Layout of codes"),
        consequence=_("The layout is published at once and never changes."),
        approve=profile_proposals.publish,
    ),
    ApprovalKind(
        DEPOSIT_KIND,
        label=_("Deposit"),
        consequence=_("The buyer is credited at once."),
        approve=payments_services.confirm_deposit,
        has_limit=True,
    ),
    ApprovalKind(
        ORDER_KIND,
        label=_("Order of your organisation"),
        consequence=_("The order is placed at once, at no higher price, and clears in seconds."),
        approve=orders_services.confirm_order,
    ),
    ApprovalKind(
        SCENE_KIND,
        label=_("Scene of orders"),
        consequence=_("The scene is public at once; orders may begin with it."),
        approve=drivers_services.publish_scene,
    ),
    ApprovalKind(
        JOB_KIND,
        label=_("Job of your organisation"),
        consequence=_("The order is placed at once, at no higher price, and runs exactly this."),
        approve=drivers_services.confirm_job,
    ),
    ApprovalKind(
        HALT_KIND,
        label=_("Halt of a book"),
        consequence=_("The book takes no orders and clears none until two operators resume it."),
        approve=orders_services.confirm_halt,
    ),
    ApprovalKind(
        RESUME_KIND,
        label=_("Trade of a halted book"),
        consequence=_("Orders are taken again at once, and what waits is cleared."),
        approve=orders_services.resume_book,
    ),
    ApprovalKind(
        COSTS_KIND,
        label=_("Inputs of costs"),
        consequence=_("The inputs are announced at once and hold a day later."),
        approve=baselines_services.confirm_costs,
    ),
    ApprovalKind(
        REFERENCE_KIND,
        label=_("Reference price of a class"),
        consequence=_("The reference price is announced at once and holds a day later."),
        approve=baselines_services.confirm_reference,
    ),
    ApprovalKind(
        COLLAR_KIND,
        label=_("Price collar of a book"),
        consequence=_("The collar is announced at once and holds a day later."),
        approve=catalog_services.confirm_collar,
    ),
    ApprovalKind(
        REFERENCE_ORDER_KIND,
        label=_("Reference order"),
        consequence=_("It is announced at once, and prices are compared by it once it begins."),
        approve=catalog_services.confirm_reference_order,
    ),
    ApprovalKind(
        FUNDING_KIND,
        label=_("Budget of a programme"),
        consequence=_("The budget is in the programme's pool at once."),
        approve=vouchers_services.confirm_funding,
        has_limit=True,
    ),
    ApprovalKind(
        CLAW_BACK_KIND,
        label=_("Claw-back of a voucher"),
        consequence=_(
            "What is left of it is back in the pool at once, and what it paid is wanted back."
        ),
        approve=claims_services.confirm_claw_back,
    ),
    ApprovalKind(
        CONTROL_RULE_KIND,
        label=_("Rule of control"),
        consequence=_("The rule holds at once for what is looked at from then on."),
        approve=vouchers_services.publish_control_rule,
    ),
    ApprovalKind(
        PROGRAMME_KIND,
        label=_("New programme"),
        consequence=_("The programme is public at once; its rules stay as they are."),
        approve=vouchers_services.create_programme,
    ),
    ApprovalKind(
        VERSION_KIND,
        label=_("New rules of a programme"),
        consequence=_("The rules are public at once; vouchers already issued keep theirs."),
        approve=vouchers_services.publish_version,
    ),
    ApprovalKind(
        FEE_KIND,
        label=_("Fee of the market"),
        consequence=_("The fee is public at once and stays as it is."),
        approve=settlement_services.publish_fee_rule,
    ),
    ApprovalKind(
        POLICY_KIND,
        label=_("Delivery policy"),
        consequence=_("It is public at once, and holds for orders that clear from its moment on."),
        approve=fulfilment_services.publish_policy,
    ),
    ApprovalKind(
        STOP_KIND,
        label=_("Emergency stop of a delivery"),
        consequence=_(
            "It stops at once and is charged no further; capacity and what is held return."
        ),
        approve=settlement_services.stop_delivery,
    ),
    ApprovalKind(
        RUN_KIND,
        label=_("Payout run"),
        consequence=_("What it pays leaves the providers' accounts at once; the bank pays it."),
        approve=payouts_services.approve_run,
    ),
    ApprovalKind(
        MONTH_KIND,
        label=_("Closing of a month"),
        consequence=_("Nothing takes effect in the month any more; what is late counts later."),
        approve=statements_services.close_month,
    ),
    ApprovalKind(
        TAX_KIND,
        label=_("Tax on payouts"),
        consequence=_("From its day on every payout withholds it; it stays as it is."),
        approve=payouts_services.publish_tax_rule,
    ),
    ApprovalKind(
        ADJUSTMENT_KIND,
        label=_("Adjustment"),
        consequence=_("The money moves at once, and the record of the trade is corrected."),
        approve=settlement_services.book_adjustment,
    ),
    ApprovalKind(
        MATCH_KIND,
        label=_("Line of a bank statement"),
        consequence=_("The buyer is credited at once with what arrived."),
        approve=payments_services.confirm_match,
    ),
    ApprovalKind(
        REFUND_KIND,
        label=_("Money back to its source"),
        consequence=_("What came by card goes back at once; what came by bank waits for transfer."),
        approve=payments_services.confirm_refund,
    ),
    ApprovalKind(
        CLOSING_KIND,
        label=_("Finding of a case"),
        consequence=_("The case is closed, and its organisations order at the rate it says."),
        approve=assurance_services.confirm_closing,
    ),
    ApprovalKind(
        AUDIT_KIND,
        label=_("Conclusion of a capacity audit"),
        consequence=_("The supplier qualifies with what was found at once, and a case opens."),
        approve=assurance_services.conclude_audit,
    ),
    ApprovalKind(
        DISPUTE_KIND,
        label=_("Decision of a dispute"),
        consequence=_("Both sides read it at once; the money moves when nobody may appeal."),
        approve=assurance_services.decide_dispute,
    ),
    ApprovalKind(
        SIZE_KIND,
        label=_("Size of a supplier"),
        consequence=_("Programmes that ask how large a supplier is go by it at once."),
        approve=vouchers_services.confirm_supplier_size,
    ),
    ApprovalKind(
        RULE_KIND,
        label=_("Surveillance rule"),
        consequence=_("What is looked for changes at once; open cases keep their version."),
        approve=assurance_services.publish_rule,
    ),
    ApprovalKind(
        MEASUREMENT_KIND,
        label=_("Measurement rule"),
        consequence=_("The version is announced at once; meters and listings keep theirs."),
        approve=metering_services.confirm_rule_version,
    ),
    ApprovalKind(
        TABLE_KIND,
        label=_("Conversion table"),
        consequence=_("The table is announced at once; rules convert by it once they name it."),
        approve=metering_services.confirm_table,
    ),
    ApprovalKind(
        LIMIT,
        label=_("Limit of the second person"),
        consequence=_("The limit counts for everything that is entered from then on."),
        approve=approvals.change_limit,
    ),
)


def install() -> None:
    """Make the kinds known to pages and API."""
    kinds.install(KINDS)
