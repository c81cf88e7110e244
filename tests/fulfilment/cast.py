"""A small market that charges from readiness on, and whoever moves its deliveries."""

from datetime import datetime
from typing import Any

from common import tenancy
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from marketplace.fulfilment import services
from marketplace.fulfilment.contracts import DeliveryMove, PolicyMode
from marketplace.fulfilment.models import (
    ComputeDelivery,
    DeliveryPolicy,
    DeliveryStep,
    EmergencyStop,
    PreemptionNotice,
    RunningTime,
)
from marketplace.orders.models import Order
from marketplace.settlement import services as settlement
from tests import cast as people
from tests.settlement.cast import HOUR, NOON, OPENED, Market

__all__ = ["HOUR", "NOON", "OPENED", "Delivering", "propose_stop", "publish", "stop"]


def publish(
    mode: PolicyMode = PolicyMode.READY_TO_BILL, *, at: datetime = OPENED
) -> DeliveryPolicy:
    """Let two operators publish a policy."""
    desk = people.organization("Operator's desk")
    first, second = (people.member(desk, Role.OPERATOR) for _n in range(2))
    proposed = services.propose_policy(
        mode=mode, starts_at=None, source="minutes 1", by=Person(first.pk, desk.pk), now=at
    )
    return services.publish_policy(
        proposal_id=proposed.id, person_id=second.pk, organization_id=desk.pk, now=at
    )


def propose_stop(order: Order, *, at: datetime) -> tuple[Proposed, dict[str, Any]]:
    """Let one operator propose to stop an order's delivery; return who may approve it."""
    desk = people.organization("Operator's desk")
    first, second = (people.member(desk, Role.OPERATOR) for _n in range(2))
    with tenancy.acting_as_platform():
        delivery_id = ComputeDelivery.objects.get(order=order).pk
    proposed = services.propose_stop(
        delivery_id=delivery_id,
        reason="it mines coins",
        evidence="report 7",
        by=Person(first.pk, desk.pk),
        now=at,
    )
    return proposed, {"person_id": second.pk, "organization_id": desk.pk}


def stop(order: Order, *, at: datetime) -> EmergencyStop:
    """Let two operators stop an order's delivery."""
    proposed, second = propose_stop(order, at=at)
    made = settlement.stop_delivery(proposal_id=proposed.id, now=at, **second)
    with tenancy.acting_as_platform():
        return EmergencyStop.objects.get(pk=made)


class Delivering(Market):
    """The market of settlement, where a provider has to say that it is ready."""

    def __init__(self, **made: Any) -> None:
        super().__init__(**made)
        if not DeliveryPolicy.objects.exists():  # A second market goes by the policy of the first.
            publish()

    def asked(self, order: Order) -> ComputeDelivery:
        """Let the market ask the provider for a cleared order."""
        services.advance(now=order.starts_at - HOUR / 20)
        return self.delivery(order)

    def running(self, *, hours: int = 8, cards: int = 8) -> Order:
        """Return an order that runs since noon, with its contract."""
        order = self.order(cards=cards, hours=hours)
        self.asked(order)
        self.say(order, DeliveryMove.READY, at=NOON)
        settlement.open_contracts(now=NOON)
        return order

    def take_back(
        self, order: Order, *, now: datetime, at: datetime | None = None
    ) -> PreemptionNotice:
        """Let the provider give notice that it takes a delivery back."""
        return services.give_preemption_notice(
            delivery_id=self.delivery(order).pk,
            provider_id=self.provider.pk,
            takes_back_at=at,
            now=now,
        )

    def say(
        self, order: Order, move: DeliveryMove, *, at: datetime, reason: str = "", **more: Any
    ) -> ComputeDelivery:
        """Let the provider say something of a delivery at a moment."""
        return services.report(
            delivery_id=self.delivery(order).pk,
            provider_id=self.provider.pk,
            move=move,
            reason=reason,
            now=at,
            **more,
        )

    def delivery(self, order: Order) -> ComputeDelivery:
        with tenancy.acting_as_platform():
            return ComputeDelivery.objects.get(order=order)

    def steps(self, order: Order) -> list[str]:
        with tenancy.acting_as_platform():
            found = DeliveryStep.objects.filter(delivery__order=order).order_by("sequence")
            return [step.move for step in found]

    def ran(self, order: Order) -> list[tuple[datetime, datetime | None]]:
        with tenancy.acting_as_platform():
            found = RunningTime.objects.filter(delivery__order=order).order_by("starts_at")
            return [(run.starts_at, run.ends_at) for run in found]
