"""
What the market does when an organisation is suspended or reinstated, in the same transaction.

Orders that wait are cancelled and offers paused; what was cleared runs on. Orders are locked before
listings, as in clearing: a round that has begun ends first, and its orders run.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import reviews, tenancy
from identity import suspensions
from identity.appeals import services as appeals_services
from marketplace.catalog import services as catalog_services
from marketplace.orders import locks, telling
from marketplace.orders.contracts import OrderState
from marketplace.orders.event_names import OrderEvent
from marketplace.orders.models import Order


@transaction.atomic
def confirm_suspension(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> object:
    """
    Suspend an organisation as another operator proposed, and stop what it began no contract with.

    :raises AlreadySuspended: if that happened meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    suspension = suspensions.suspend(
        proposal_id=proposal_id,
        person_id=person_id,
        organization_id=organization_id,
        now=now,
        note=note,
    )
    _cancel_waiting(suspension.organization_id, now=now)
    catalog_services.take_off_market(provider_id=suspension.organization_id)
    return suspension


@transaction.atomic
def confirm_reinstatement(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> object:
    """
    Reinstate an organisation as another operator proposed; what it offered is on sale again.

    Answers that would keep the suspension wait no more.

    :raises NotSuspended: if it was reinstated meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    suspension = suspensions.reinstate(
        proposal_id=proposal_id,
        person_id=person_id,
        organization_id=organization_id,
        now=now,
        note=note,
    )
    appeals_services.void_answers(organization_id=suspension.organization_id, now=now)
    catalog_services.put_back_on_market(provider_id=suspension.organization_id)
    return suspension


def _cancel_waiting(buyer_id: UUID, *, now: datetime) -> None:
    """Cancel the orders of a buyer that no round has cleared; they hold nothing."""
    with tenancy.acting_as_platform():
        placed = Order.objects.filter(buyer_id=buyer_id, state=OrderState.PLACED)
        found = locks.orders(list(placed.values_list("pk", flat=True)))
        waiting = [order for order in found if order.state == OrderState.PLACED]
        Order.objects.filter(pk__in=[order.pk for order in waiting]).update(
            state=OrderState.CANCELLED, closed_at=now, **reviews.returned()
        )
        telling.of_orders(OrderEvent.CANCELLED, waiting, at=now, is_suspended=True)
