"""
Every kind of work that may be due; each room names its own.

Beat rings for it by `config.sweepers`. What is listed here is counted under `/metrics`, told by
`/readyz` and shown on the operator's page *System*.
"""

from typing import Final

from common.due import DueWork
from gateway import due as gateway_due
from gateway.changes import due as changes_due
from gateway.peering import due as peering_due
from gateway.sensing import due as sensing_due
from identity import due as identity_due
from identity.entry import due as entry_due
from identity.notices import due as notices_due
from identity.rights import due as rights_due
from identity.webhooks import due as webhooks_due
from ledger import due as ledger_due
from marketplace.assurance import due as assurance_due
from marketplace.audit import due as audit_due
from marketplace.catalog import due as catalog_due
from marketplace.demands import due as demands_due
from marketplace.drivers import due as drivers_due
from marketplace.fulfilment import due as fulfilment_due
from marketplace.orders import due as orders_due
from marketplace.payments import due as payments_due
from marketplace.policy import due as policy_due
from marketplace.rounds import due as rounds_due
from marketplace.settlement import due as settlement_due
from marketplace.statements import due as statements_due
from marketplace.vouchers import due as vouchers_due
from metering import due as metering_due
from metering.energy import due as energy_due
from metering.senders import due as senders_due
from metering.statistics import due as statistics_due
from metering.verifying import due as verifying_due

WORK: Final[tuple[DueWork, ...]] = (
    *orders_due.WORK,
    *demands_due.WORK,
    *rounds_due.WORK,
    *fulfilment_due.WORK,
    *drivers_due.WORK,
    *catalog_due.WORK,
    *metering_due.WORK,
    *verifying_due.WORK,
    *senders_due.WORK,
    *energy_due.WORK,
    *statistics_due.WORK,
    *settlement_due.WORK,
    *payments_due.WORK,
    *statements_due.WORK,
    *vouchers_due.WORK,
    *ledger_due.WORK,
    *policy_due.WORK,
    *assurance_due.WORK,
    *audit_due.WORK,
    *gateway_due.WORK,
    *sensing_due.WORK,
    *peering_due.WORK,
    *changes_due.WORK,
    *identity_due.WORK,
    *entry_due.WORK,
    *rights_due.WORK,
    *notices_due.WORK,
    *webhooks_due.WORK,
)
# How far the sealer is behind.
SEAL: Final = ledger_due.SEAL
# Who does it: the task that beat rings.
SWEEPERS: Final = {
    "signings": "gateway.tasks.sign_due",
    "changes": "gateway.changes.tasks.number_changes",
    "endpoints": "gateway.sensing.tasks.probe_due",
    "moves": "gateway.peering.tasks.follow_moves",
    "pushes": "gateway.peering.tasks.deliver_outbox",
    "statuses": "gateway.peering.tasks.sign_statuses",
    "letters": "identity.notices.tasks.send_letters",
    "reminders": "identity.notices.tasks.remind",
    "grants_to_end": "identity.tasks.expire_grants",
    "own_exports": "identity.rights.tasks.prepare_own_exports",
    "invitations": "identity.entry.tasks.settle_entries",
    "certificate_reminders": "identity.tasks.remind_of_certificates",
    "webhooks": "identity.webhooks.tasks.deliver",
    "windows": "metering.tasks.close_due_windows",
    "reading_months": "metering.tasks.keep_months",
    "levels": "metering.verifying.tasks.follow_levels",
    "level_reminders": "metering.verifying.tasks.remind",
    "challenges_to_open": "metering.verifying.tasks.run_challenges",
    "challenges_to_settle": "metering.verifying.tasks.run_challenges",
    "waiting_samples": "metering.senders.tasks.follow_waiting",
    "energy": "metering.energy.tasks.count_due",
    "statistics": "metering.statistics.tasks.roll_up",
    "seals": "ledger.tasks.seal",
    "expired_holds": "ledger.tasks.release_expired_holds",
    "orders": "marketplace.orders.tasks.ring_overdue_books",
    "demands": "marketplace.demands.tasks.match_waiting",
    "rounds": "marketplace.rounds.tasks.advance_rounds",
    "deliveries": "marketplace.fulfilment.tasks.advance",
    "taken_secrets": "marketplace.fulfilment.tasks.erase_secrets",
    "expiring_keys": "marketplace.fulfilment.tasks.tell_of_keys",
    "delivery_changes": "marketplace.fulfilment.tasks.close_unanswered",
    "driver_steps": "marketplace.drivers.tasks.drive",
    "driver_calls": "marketplace.drivers.tasks.drive",
    "starts": "marketplace.orders.tasks.provision_started",
    "vouchers": "marketplace.vouchers.tasks.expire_vouchers",
    "publicity": "marketplace.vouchers.tasks.move_applications",
    "applications": "marketplace.vouchers.tasks.move_applications",
    "disputes_unanswered": "marketplace.assurance.tasks.sweep_disputes",
    "disputes_final": "marketplace.assurance.tasks.sweep_disputes",
    "dispute_reminders": "marketplace.assurance.tasks.sweep_disputes",
    "audit_reminders": "marketplace.assurance.tasks.remind_of_audits",
    "service_levels": "marketplace.assurance.tasks.evaluate_levels",
    "exports": "marketplace.audit.tasks.build_exports",
    "expired_exports": "marketplace.audit.tasks.expire_exports",
    "workbench": "marketplace.policy.tasks.run_workbench",
    "prices": "marketplace.catalog.tasks.follow_plans",
    "all_in_prices": "marketplace.catalog.tasks.compute_prices",
    "movements": "marketplace.payments.tasks.send_due",
    "reconciliations": "marketplace.payments.tasks.reconcile",
    "contracts": "marketplace.settlement.tasks.charge_due",
    "empty_receipts": "marketplace.settlement.tasks.settle_due",
    "statements": "marketplace.statements.tasks.issue_due",
    "monitors": "marketplace.statements.tasks.look_at_monitors",
    "usage": "marketplace.settlement.tasks.charge_due",
    "instalments": "marketplace.settlement.tasks.renew_due",
    "settlements": "marketplace.settlement.tasks.settle_due",
}
# Sweepers that find no rows that wait for them, and what would be seen if they stood still.
WITHOUT_ROWS: Final = {
    "config.watch.tasks.tally_readings": "the count of accepted readings goes no further",
    "config.watch.tasks.post_alarms": "the big screen shows the alarms of a while ago",
    "gateway.peering.tasks.compare_nightly": "what a peer lacks is found a night later",
    "gateway.peering.tasks.follow_directory": "nodes that moved are asked where they were",
    "gateway.peering.tasks.forget_nonces": "nonces that count no more take up room",
    "gateway.sensing.tasks.tell_silent": "people hear later of sources that fell silent",
    "gateway.witness.tasks.cosign_due": "witnesses are asked later, and said to be late",
    "identity.approvals.tasks.expire_proposals": "what is over is said to be over later",
    "identity.events.tasks.make_partitions": "partitions are made months ahead",
    "identity.files.tasks.sweep_files": "files that nobody keeps stay a little longer",
    "identity.notices.tasks.forget": "old notices stay longer than they must",
    "identity.notices.tasks.spread": "people hear later of what happened",
    "identity.privacy.tasks.keep_months": "who saw what is kept longer than it must",
    "identity.tasks.forget_old_replies": "replies stay longer than they must",
    "identity.webhooks.tasks.tidy_webhooks": "old deliveries stay longer than they must",
    "ledger.tasks.make_partitions": "partitions are made months ahead",
    "ledger.tasks.replay_balances": "the night's replay comes later; it is a part of readiness",
    "ledger.tasks.roll_up": "balances are read with their deltas, a little slower",
    "marketplace.assurance.tasks.score_resources": "scores of yesterday come later",
    "marketplace.assurance.tasks.watch": "cases open later",
    "metering.senders.tasks.tidy_series": "people hear later of series that nobody reads",
    "marketplace.audit.tasks.seal_documents": "new documents have no proof yet",
    "marketplace.claims.tasks.complete_claw_backs": "later payments are wanted back later",
    "marketplace.claims.tasks.grant_published": "published requests are granted later",
    "marketplace.demands.tasks.alert": "new listings are told of later",
    "marketplace.budgets.tasks.tell_of_use": "people hear later how much of a budget is used",
    "marketplace.payouts.tasks.finish_runs": "a run that is answered is called done later",
    "marketplace.bulletin.tasks.take_boards": "public pages tell how old their figures are",
    "marketplace.policy.tasks.drop_files": "files of old runs stay a little longer",
    "metering.verifying.tasks.check_power": "use is compared with power later",
    "marketplace.bulletin.tasks.tell_levels": "those above read the day later",
    "marketplace.bulletin.tasks.publish_index": "yesterday has no index yet",
}
