"""
Which tasks hear which ring.

Rooms ring by a name and know nobody above them; here is the one place that knows both ends.
"""

from collections.abc import Mapping
from typing import Final

from celery import current_app
from kombu.exceptions import OperationalError

from common import doorbell

BELLS: Final[Mapping[str, tuple[str, ...]]] = {
    "changes.told": ("identity.webhooks.tasks.deliver",),
    "demands.waiting": ("marketplace.demands.tasks.match_demand",),  # demand_id
    "exports.requested": ("marketplace.audit.tasks.build_exports",),
    "orders.cleared": (
        "marketplace.fulfilment.tasks.advance",
        "marketplace.settlement.tasks.charge_due",
    ),
    "orders.waiting": ("marketplace.orders.tasks.clear_book",),  # book_id
    "peers.waiting": ("gateway.peering.tasks.deliver_outbox",),
    "policy.requested": ("marketplace.policy.tasks.run_workbench",),
    "register.changed": ("gateway.changes.tasks.number_changes",),
    "rounds.sealed": ("marketplace.rounds.tasks.decide_round",),  # round_id
    "usage.recorded": ("marketplace.settlement.tasks.charge_due",),
}


def send(bell: str, names: Mapping[str, doorbell.Name]) -> None:
    """Ring every task that hears this bell, without waiting for a broker that is away."""
    for task in BELLS[bell]:
        # Whoever hears a ring looks at all that is due: of equal ones, one need wait.
        same = {"same": " ".join([task, *(f"{name}={names[name]}" for name in sorted(names))])}
        try:
            current_app.send_task(task, kwargs=dict(names), headers=same, retry=False)
        except (OSError, OperationalError) as error:
            raise doorbell.RingLostError(type(error).__name__) from error


def install() -> None:
    """Let the rooms' rings be sent by Celery."""
    doorbell.install(send)
