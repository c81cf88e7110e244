"""Every order that clears under the policy becomes a delivery, once."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from common import tenancy
from common.ids import uuid7
from marketplace.fulfilment import rules, selectors, telling
from marketplace.fulfilment.contracts import FulfilmentState, PolicyMode
from marketplace.fulfilment.event_names import DeliveryEvent
from marketplace.fulfilment.models import ComputeDelivery, DeliveryPolicy
from marketplace.fulfilment.services.handing import ask_for_opened
from marketplace.limits import take_turns
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.rows import OrderRow

OPENING_BATCH_MAX: Final = 2_000


@transaction.atomic
def open_deliveries(
    *,
    now: datetime,
    limit: int = OPENING_BATCH_MAX,
    order_ids: Collection[UUID] | None = None,
) -> int:
    """
    Ask providers for what cleared under a policy of readiness, and was not asked for yet.

    Orders of imports tell of the past: they were delivered. Return how many were opened.
    """
    with tenancy.acting_as_platform():
        policies = selectors.policies()
        first = selectors.first_ready_to_bill(policies)
        if first is None:
            return 0
        found = orders_selectors.cleared_orders().filter(
            ~Exists(ComputeDelivery.objects.filter(order_id=OuterRef("pk"))),
            cleared_at__gte=first,
            import_run__isnull=True,
        )
        if order_ids is not None:
            found = found.filter(pk__in=order_ids)
        if not found.exists():
            return 0
        take_turns("fulfilment.opening")  # Asked again behind whoever opens at this moment.
        opened = [
            _delivery(order, policy, now=now)
            for order in found.select_related("listing")[:limit]
            if (policy := selectors.policy_at(policies, order.cleared_at or now)) is not None
            and policy.mode == PolicyMode.READY_TO_BILL
        ]
        ComputeDelivery.objects.bulk_create(opened)
        ask_for_opened(opened, now=now)
        telling.of_deliveries(DeliveryEvent.OPENED, opened, at=now)
        return len(opened)


def _delivery(order: OrderRow, policy: DeliveryPolicy, *, now: datetime) -> ComputeDelivery:
    assert order.provider_id is not None
    listing = order.listing
    assert listing is not None
    terms = rules.DELIVERIES.rule(policy.rule)
    ready_by = rules.ready_by(
        terms, opened_at=now, starts_at=order.starts_at, ends_at=order.ends_at
    )
    answer = rules.answer_bounds(terms, opened_at=now, starts_at=order.starts_at)
    return ComputeDelivery(
        id=uuid7(),
        order_id=order.pk,
        order_number=order.number,
        buyer_id=order.buyer_id,
        provider_id=order.provider_id,
        policy=policy,
        rule=policy.rule,
        preemption_rule=listing.preemption_rule,
        preemption_minutes=listing.preemption_minutes,
        state=FulfilmentState.PREPARING,
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        leaves_at=order.ends_at,
        opened_at=now,
        ready_by=ready_by,
        answer_by=answer and answer[0],
        changed_at=now,
        next_at=rules.next_at(
            FulfilmentState.PREPARING,
            terms,
            since=now,
            opened_at=now,
            starts_at=order.starts_at,
            ends_at=order.ends_at,
            leaves_at=order.ends_at,
        ),
    )
