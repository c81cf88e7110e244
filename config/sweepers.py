"""
What beat rings for, and how often.

The due rows are the promise; a sweeper only finds those whose ring was lost. Sweepers have a queue
of their own, so that on a busy machine they never stand before the ring of somebody who waits.
"""

from datetime import timedelta
from typing import Any, Final

QUEUE: Final = "sweeps"
RINGS: Final = "suanpan"  # The queue of rings that somebody waits for.
CANARY: Final = "config.pulse.tasks.hear"
CANARY_SECONDS: Final = 10

SECONDS: Final = {
    "config.watch.tasks.post_alarms": 10,
    "config.watch.tasks.tally_readings": 10,
    "gateway.tasks.sign_due": 1,
    "gateway.changes.tasks.number_changes": 1,
    "gateway.sensing.tasks.probe_due": 5,
    "gateway.peering.tasks.compare_nightly": 3600,
    "gateway.peering.tasks.deliver_outbox": 1,
    "gateway.peering.tasks.follow_directory": 600,
    "gateway.peering.tasks.follow_moves": 2,
    "gateway.peering.tasks.forget_nonces": 60,
    "gateway.peering.tasks.sign_statuses": 1,
    "gateway.sensing.tasks.tell_silent": 10,
    "gateway.witness.tasks.cosign_due": 5,
    "identity.entry.tasks.settle_entries": 60,
    "identity.events.tasks.make_partitions": 3600,
    "identity.files.tasks.sweep_files": 600,
    "identity.webhooks.tasks.deliver": 2,
    "identity.webhooks.tasks.tidy_webhooks": 600,
    "identity.notices.tasks.forget": 3600,
    "identity.notices.tasks.remind": 60,
    "identity.notices.tasks.send_letters": 5,
    "identity.notices.tasks.spread": 2,
    "identity.approvals.tasks.expire_proposals": 60,
    "identity.privacy.tasks.keep_months": 3600,
    "identity.tasks.expire_grants": 10,
    "identity.rights.tasks.prepare_own_exports": 5,
    "identity.tasks.forget_old_replies": 3600,
    "identity.tasks.remind_of_certificates": 600,
    "ledger.tasks.make_partitions": 3600,
    "ledger.tasks.release_expired_holds": 10,
    "ledger.tasks.replay_balances": 60,
    "ledger.tasks.roll_up": 5,
    "ledger.tasks.seal": 2,
    "marketplace.assurance.tasks.evaluate_levels": 60,
    "marketplace.assurance.tasks.remind_of_audits": 600,
    "marketplace.assurance.tasks.sweep_disputes": 60,
    "marketplace.assurance.tasks.score_resources": 600,
    "marketplace.assurance.tasks.watch": 5,
    "marketplace.audit.tasks.build_exports": 5,
    "marketplace.audit.tasks.expire_exports": 600,
    "marketplace.audit.tasks.seal_documents": 5,
    "marketplace.bulletin.tasks.publish_index": 600,
    "marketplace.bulletin.tasks.take_boards": 10,
    "marketplace.bulletin.tasks.tell_levels": 600,
    "marketplace.budgets.tasks.tell_of_use": 10,
    "marketplace.catalog.tasks.compute_prices": 5,
    "marketplace.catalog.tasks.follow_plans": 30,
    "marketplace.claims.tasks.complete_claw_backs": 60,
    "marketplace.claims.tasks.grant_published": 60,
    "marketplace.demands.tasks.alert": 10,
    "marketplace.demands.tasks.match_waiting": 3,
    "marketplace.drivers.tasks.drive": 2,
    "marketplace.fulfilment.tasks.advance": 2,
    "marketplace.fulfilment.tasks.erase_secrets": 60,
    "marketplace.fulfilment.tasks.close_unanswered": 60,
    "marketplace.fulfilment.tasks.tell_of_keys": 60,
    "marketplace.orders.tasks.provision_started": 2,
    "marketplace.orders.tasks.ring_overdue_books": 3,
    "marketplace.payments.tasks.reconcile": 60,
    "marketplace.payments.tasks.send_due": 2,
    "marketplace.payouts.tasks.finish_runs": 5,
    "marketplace.policy.tasks.drop_files": 3600,
    "marketplace.policy.tasks.run_workbench": 5,
    "marketplace.rounds.tasks.advance_rounds": 2,
    "marketplace.settlement.tasks.charge_due": 2,
    "marketplace.settlement.tasks.renew_due": 10,
    "marketplace.settlement.tasks.settle_due": 3,
    "marketplace.statements.tasks.issue_due": 60,
    "marketplace.statements.tasks.look_at_monitors": 60,
    "marketplace.vouchers.tasks.expire_vouchers": 60,
    "marketplace.vouchers.tasks.move_applications": 60,
    "metering.senders.tasks.follow_waiting": 2,
    "metering.senders.tasks.tidy_series": 300,
    "metering.energy.tasks.count_due": 5,
    "metering.statistics.tasks.roll_up": 5,
    "metering.tasks.close_due_windows": 2,
    "metering.tasks.keep_months": 600,
    "metering.verifying.tasks.check_power": 3600,
    "metering.verifying.tasks.follow_levels": 30,
    "metering.verifying.tasks.remind": 600,
    "metering.verifying.tasks.run_challenges": 30,
}

# What a node does in turn where the levels are shown on one machine, and after how many seconds.
OF_LEVELS: Final = {
    "gateway.tasks.sign_due": 0.2,
    "gateway.peering.tasks.sign_statuses": 0.1,
    "gateway.peering.tasks.deliver_outbox": 0.2,
    "gateway.peering.tasks.follow_moves": 0.5,
    "ledger.tasks.seal": 1.0,
    "gateway.witness.tasks.cosign_due": 1.0,
    "gateway.sensing.tasks.tell_silent": 5.0,
    "gateway.peering.tasks.forget_nonces": 60.0,
}


def schedule() -> dict[str, dict[str, Any]]:
    """Return the schedule for beat: the sweepers, and a canary through each queue."""
    sweeps = {task: _entry(task, seconds, QUEUE) for task, seconds in SECONDS.items()}
    canaries = {
        f"canary.{queue}": _entry(CANARY, CANARY_SECONDS, queue)
        | {"kwargs": {"sender": "beat", "queue": queue}}
        for queue in (RINGS, QUEUE)
    }
    return sweeps | canaries


def _entry(task: str, seconds: int, queue: str) -> dict[str, Any]:
    # A ring that nobody answered in time is worth nothing. The broker counts that time, as no
    # sender's clock does: what is stamped to expire at a moment expires early for a fast clock.
    options = {"queue": queue, "expiration": 2 * seconds}
    return {"task": task, "schedule": timedelta(seconds=seconds), "options": options}
