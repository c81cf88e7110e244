"""A round goes from phase to phase; each step is one short transaction that may come late."""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from common import doorbell, tenancy
from common.ids import uuid7
from common.numbers import take_numbers
from ledger import documents as ledger_documents
from ledger.contracts import Document
from marketplace.rounds import documents, locks, pricing, rules, selectors, telling
from marketplace.rounds import terms as round_terms
from marketplace.rounds.contracts import (
    CallRoundNotFound,
    InvalidRound,
    PriceKind,
    RoundIsOver,
    RoundMove,
    RoundOrderState,
    RoundState,
    RoundTerms,
    RoundWhy,
)
from marketplace.rounds.event_names import CallRoundEvent, RoundOrderEvent
from marketplace.rounds.models import CallRound, RoundOrder, RoundPrice, RoundSecret
from marketplace.rounds.packing import Placed
from marketplace.rounds.services import keeping

SWEEP_MAX: Final = 50
REASON_MAX: Final = 500


@transaction.atomic
def schedule_round(
    *, terms: RoundTerms, now: datetime, scheduled_by_id: int | None = None
) -> CallRound:
    """
    Schedule a round; its seed is drawn now, and the hash of it is told.

    :raises InvalidRound: if a value breaks its limits
    """
    settled = round_terms.settled_round(terms, at=now)
    seed = secrets.token_hex(32)
    plan = settled.schedule
    with tenancy.acting_as_platform():
        (number,) = take_numbers("rounds_round_number", prefix="R", at=now)
        row = CallRound.objects.create(
            id=uuid7(),
            number=number,
            resource_class=settled.resource_class,
            hubs=list(settled.hubs),
            chips=list(settled.chips),
            delivers_from=settled.delivers_from,
            delivers_until=settled.delivers_until,
            opens_at=plan.opens_at,
            first_at=plan.first_at,
            no_cancel_at=plan.no_cancel_at,
            second_at=plan.second_at,
            ends_at=plan.ends_at,
            solve_seconds=settled.solve_seconds,
            seed_hash=rules.seed_hash_of(seed),
            scheduled_by_id=scheduled_by_id,
            scheduled_at=now,
        )
        RoundSecret.objects.create(round=row, seed=seed)
        telling.of_round(CallRoundEvent.SCHEDULED, row, seed_hash=row.seed_hash)
        caught_up(row, now=now)
    return row


@transaction.atomic
def call_off_round(*, round_id: UUID, reason: str, now: datetime) -> CallRound:
    """
    Call a round off before its end; its orders end with it, and nobody pays.

    :raises CallRoundNotFound: if there is no such round
    :raises RoundIsOver: if it is being decided, published, or called off
    :raises InvalidRound: without a reason
    """
    if not 1 <= len(reason.strip()) <= REASON_MAX:
        raise InvalidRound(field="reason", problem=f"1–{REASON_MAX}")
    row = locks.call_round(round_id)
    if row is None:
        raise CallRoundNotFound
    with tenancy.acting_as_platform():
        caught_up(row, now=now)
        if row.state == RoundState.SOLVING or (
            (RoundState(row.state), RoundMove.CALLED_OFF) not in rules.TRANSITIONS
        ):
            raise RoundIsOver(state=str(RoundState(row.state).label))
        row.reason = reason.strip()
        row.closed_at = now
        _move(row, RoundMove.CALLED_OFF)
        standing = RoundOrder.objects.filter(round_id=row.pk, state=RoundOrderState.STANDING)
        ended = list(standing)
        for each in ended:
            each.why = RoundWhy.CALLED_OFF
        standing.update(state=RoundOrderState.UNFILLED, why=RoundWhy.CALLED_OFF, closed_at=now)
        telling.of_round(CallRoundEvent.CALLED_OFF, row, reason=row.reason)
        telling.of_orders(RoundOrderEvent.UNFILLED, ended, number=row.number)
    return row


def advance_due(*, now: datetime, limit: int = SWEEP_MAX) -> list[UUID]:
    """Let every round whose moment came go on; return those that are to be decided."""
    with tenancy.acting_as_platform():
        found = selectors.due(at=now, limit=limit)
        return [each for each in found if advance(round_id=each, now=now) == RoundState.SOLVING]


@transaction.atomic
def advance(*, round_id: UUID, now: datetime) -> RoundState | None:
    """Let one round go on as far as its moments came; return where it stands."""
    with tenancy.acting_as_platform():
        row = locks.call_round(round_id)
        if row is None:
            return None
        return RoundState(caught_up(row, now=now).state)


def caught_up(row: CallRound, *, now: datetime) -> CallRound:
    """Move a locked round to where the clock is; who comes before the sweeper does its work."""
    with tenancy.acting_as_platform():
        if row.state == RoundState.SCHEDULED and now >= row.opens_at:
            _move(row, RoundMove.OPENED)
            telling.of_round(CallRoundEvent.OPENED, row)
        if row.state == RoundState.OPEN and now >= row.first_at:
            _tell_price(row, PriceKind.FIRST, now=now)
        if row.state == RoundState.OPEN and now >= row.no_cancel_at:
            _move(row, RoundMove.CLOSED)
            telling.of_round(CallRoundEvent.CLOSED, row)
        if row.state == RoundState.NO_CANCEL and now >= row.second_at:
            _tell_price(row, PriceKind.SECOND, now=now)
        if row.state == RoundState.NO_CANCEL and now >= row.ends_at:
            _seal(row, now=now)
    return row


def _move(row: CallRound, move: RoundMove) -> None:
    row.state = rules.TRANSITIONS[RoundState(row.state), move]
    row.save()


def _tell_price(row: CallRound, kind: PriceKind, *, now: datetime) -> None:
    """Tell what the price would be if the round ended now; once."""
    if RoundPrice.objects.filter(round_id=row.pk, kind=kind).exists():
        return
    case = selectors.case_of(row, seed=row.seed_hash, at=now)  # The lots stay secret.
    price, placed = pricing.decide(case.puzzle)
    bids, _asks = pricing.curves(case.puzzle)
    wanted = sum(much for limit, much in bids if price is not None and limit >= price)
    volume = volume_of(case, placed)
    RoundPrice.objects.create(
        id=uuid7(),
        round_id=row.pk,
        kind=kind,
        price_minor=price,
        volume_milli_hours=volume,
        short_milli_hours=max(wanted - volume, 0),
        order_count=len(case.orders),
        told_at=now,
    )
    if kind == PriceKind.SECOND:
        likely = {case.orders[each.order].pk for each in placed}
        orders = RoundOrder.objects.filter(round_id=row.pk, state=RoundOrderState.STANDING)
        orders.filter(pk__in=likely).update(is_likely=True)
        orders.exclude(pk__in=likely).update(is_likely=False)
    telling.of_round(CallRoundEvent.PRICED, row, kind=str(kind), price_minor=price)


def volume_of(case: selectors.RoundCase, placed: list[Placed] | tuple[Placed, ...]) -> int:
    """Return how many thousandths of unit-hours are served."""
    total = 0
    for each in placed:
        choice = case.puzzle.orders[each.order].choices[each.choice]
        total += each.units * (choice.last - choice.first)
    return total


def _put_in_the_log(row: CallRound) -> None:
    """Let the ledger's next seal cover the root of the orders: nobody seals others afterwards."""
    assert row.sealed_at is not None
    told = documents.seal_of(row)
    ledger_documents.seal_documents(
        documents=[
            Document(
                kind=documents.SEAL,
                form=documents.SEAL_FORM,
                reference=row.number,
                at=row.sealed_at,
                sha256=round_terms.hash_of(told),
            )
        ]
    )


def _seal(row: CallRound, *, now: datetime) -> None:
    """
    Take the orders and what is offered as they are: from here on nothing of it changes.

    What the orders may take of the listings is set aside, so that no immediate order has it.
    """
    secret = RoundSecret.objects.get(pk=row.pk)
    keeping.hold_listings(row)
    case = selectors.case_of(row, seed=secret.seed, at=now)
    sealed = documents.sealed(case, seed=secret.seed, seed_hash=row.seed_hash, number=row.number)
    secret.sealed = sealed
    secret.save(update_fields=["sealed"])
    keeping.set_aside(row, sealed, now=now)
    row.order_root = sealed["order_root"]
    row.input_hash = round_terms.hash_of(sealed)
    row.order_count = RoundOrder.objects.filter(
        round_id=row.pk, state=RoundOrderState.STANDING
    ).count()
    row.sealed_at = now
    _move(row, RoundMove.SEALED)
    _put_in_the_log(row)
    telling.of_round(
        CallRoundEvent.SEALED,
        row,
        order_root=row.order_root,
        input_hash=row.input_hash,
        orders=row.order_count,
    )
    doorbell.ring("rounds.sealed", round_id=str(row.pk))
