"""A buyer enters an order in a round, changes it, withdraws it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from common import tenancy
from common.ids import uuid7
from common.moments import market_date
from identity import services as identity_services
from marketplace.budgets.contracts import ApprovalRequired, BudgetExceeded
from marketplace.orders import services as orders_services
from marketplace.rounds import locks, rules, selectors, telling
from marketplace.rounds import terms as round_terms
from marketplace.rounds.contracts import (
    KEY_MAX,
    ORDERS_MAX,
    ORDERS_OF_BUYER_MAX,
    CallRoundNotFound,
    InvalidRoundOrder,
    OrderStays,
    OrderTerms,
    RoundCannotWait,
    RoundIsFull,
    RoundIsOver,
    RoundKeyReused,
    RoundNotOpen,
    RoundOrderChanged,
    RoundOrderIsOver,
    RoundOrderNotFound,
    RoundOrderState,
    RoundState,
    RoundWhy,
)
from marketplace.rounds.event_names import RoundOrderEvent
from marketplace.rounds.models import CallRound, RoundOrder
from marketplace.rounds.services import phases


@transaction.atomic
def place_order(
    *,
    round_id: UUID,
    buyer_id: UUID,
    key: str,
    terms: OrderTerms,
    now: datetime,
    placed_by_id: int | None = None,
) -> RoundOrder:
    """
    Enter an order in an open round. The same key again is the same order.

    :raises CallRoundNotFound: if there is no such round
    :raises RoundNotOpen: before it opens, and from its no-cancel phase on
    :raises InvalidRoundOrder: if a value breaks its limits or leaves the round's
    :raises RoundKeyReused: if the key stands for another order
    :raises RoundIsFull: if the round, or the buyer in it, has as many orders as it may
    :raises OrganizationSuspended: while the buyer is suspended
    :raises BudgetExceeded, RoundCannotWait: if caps of the buyer could never let it be carried out
    """
    if not 1 <= len(key) <= KEY_MAX:
        raise InvalidRoundOrder(field="key", problem=f"1–{KEY_MAX}")
    row = _round(round_id)
    asked_hash = round_terms.hash_of(round_terms.document_of(terms))
    known = RoundOrder.objects.filter(round_id=row.pk, buyer_id=buyer_id, key=key).first()
    if known is not None:
        if known.asked_hash != asked_hash:
            raise RoundKeyReused(field="key")
        return known
    if phases.caught_up(row, now=now).state != RoundState.OPEN:
        raise RoundNotOpen(state=str(RoundState(row.state).label))
    identity_services.require_standing(buyer_id)
    settled = round_terms.settled_order(terms, selectors.terms_of_round(row))
    _require_caps(row, settled, buyer_id=buyer_id, person_id=placed_by_id, now=now)
    made = RoundOrder(
        id=uuid7(),
        round_id=row.pk,
        tag=_next_tag(row, buyer_id),
        key=key,
        buyer_id=buyer_id,
        placed_by_id=placed_by_id,
        asked_hash=asked_hash,
        placed_at=now,
    )
    _state(made, settled, at=now)
    made.save(force_insert=True)
    telling.of_orders(RoundOrderEvent.PLACED, [made], number=row.number)
    return made


@transaction.atomic
def amend_order(
    *, round_order_id: UUID, buyer_id: UUID, revision: int, terms: OrderTerms, now: datetime
) -> RoundOrder:
    """
    Change a standing order: anything while the round is open, then only its limit, and only up.

    :raises RoundOrderNotFound: if there is none, or it is someone else's
    :raises RoundOrderIsOver, RoundIsOver: if nothing changes any more
    :raises RoundOrderChanged: if it was changed since that revision
    :raises OrderStays: in the no-cancel phase, if it is not only raised
    :raises InvalidRoundOrder: if a value breaks its limits or leaves the round's
    :raises BudgetExceeded, RoundCannotWait: if caps of the buyer could never let it be carried out
    """
    order, row = _standing(round_order_id, buyer_id, now=now)
    if order.revision != revision:
        raise RoundOrderChanged
    before = round_terms.order_terms(order.terms)
    after = round_terms.settled_order(terms, selectors.terms_of_round(row))
    if after == before:
        return order
    if row.state == RoundState.NO_CANCEL and not rules.only_raises(before, after):
        raise OrderStays(field="limit_minor")
    _require_caps(row, after, buyer_id=buyer_id, person_id=order.placed_by_id, now=now)
    order.revision += 1
    _state(order, after, at=now)
    order.save()
    telling.of_orders(RoundOrderEvent.AMENDED, [order], number=row.number, revision=order.revision)
    return order


@transaction.atomic
def withdraw_order(*, round_order_id: UUID, buyer_id: UUID, now: datetime) -> RoundOrder:
    """
    Withdraw an order while the round is open; it held nothing and costs nothing.

    :raises RoundOrderNotFound: if there is none, or it is someone else's
    :raises RoundOrderIsOver, RoundIsOver: if nothing changes any more
    :raises OrderStays: in the no-cancel phase
    """
    order, row = _standing(round_order_id, buyer_id, now=now)
    if row.state == RoundState.NO_CANCEL:
        raise OrderStays
    order.state, order.why = RoundOrderState.WITHDRAWN, RoundWhy.WITHDRAWN
    order.closed_at = now
    order.save(update_fields=["state", "why", "closed_at"])
    telling.of_orders(RoundOrderEvent.WITHDRAWN, [order], number=row.number)
    return order


def _require_caps(
    row: CallRound, terms: OrderTerms, *, buyer_id: UUID, person_id: int | None, now: datetime
) -> None:
    """
    Refuse an order that caps would stop for sure when the round is carried out.

    Caps are asked as of the day on which the round ends, for then the order takes of them.

    :raises BudgetExceeded, RoundCannotWait: naming the cap
    """
    within = selectors.terms_of_round(row)

    def least_minor() -> int:
        with tenancy.acting_as_platform():
            return selectors.least_cash_minor(terms, within, buyer_id=buyer_id, at=now)

    try:
        orders_services.require_possible(
            buyer_id=buyer_id,
            person_id=person_id,
            least_minor=least_minor,
            on=market_date(row.ends_at),
        )
    except BudgetExceeded as refusal:
        refusal.field = "units_milli"
        raise
    except ApprovalRequired as refusal:
        raise RoundCannotWait(field="units_milli", **refusal.facts) from refusal


def _round(round_id: UUID) -> CallRound:
    row = locks.call_round(round_id)
    if row is None:
        raise CallRoundNotFound
    return row


def _standing(
    round_order_id: UUID, buyer_id: UUID, *, now: datetime
) -> tuple[RoundOrder, CallRound]:
    order = locks.order(round_order_id=round_order_id, buyer_id=buyer_id)
    if order is None:
        raise RoundOrderNotFound
    row = phases.caught_up(_round(order.round_id), now=now)
    if order.state != RoundOrderState.STANDING:
        raise RoundOrderIsOver
    if row.state not in (RoundState.OPEN, RoundState.NO_CANCEL):
        raise RoundIsOver(state=str(RoundState(row.state).label))
    return order, row


def _next_tag(row: CallRound, buyer_id: UUID) -> int:
    """
    Return the number of the next order of a round, under the round's lock.

    :raises RoundIsFull: if there is no room for it
    """
    with tenancy.acting_as_platform():
        every = RoundOrder.objects.filter(round_id=row.pk)
        if every.filter(buyer_id=buyer_id).count() >= ORDERS_OF_BUYER_MAX:
            raise RoundIsFull(most=ORDERS_OF_BUYER_MAX)
        last = every.aggregate(last=Max("tag"))["last"] or 0
    if last >= ORDERS_MAX:
        raise RoundIsFull(most=ORDERS_MAX)
    return int(last) + 1


def _state(row: RoundOrder, terms: OrderTerms, *, at: datetime) -> None:
    """Write terms on an order."""
    row.terms = round_terms.document_of(terms)
    row.terms_hash = round_terms.hash_of(row.terms)
    row.limit_minor = terms.limit_minor
    row.changed_at = at
