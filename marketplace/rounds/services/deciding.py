"""
A sealed round is decided: solved by a process of its own, verified by a script, and carried out.

The script trusts nobody, and what it agrees with is carried out in one transaction.

What was sealed is stored, so a round whose worker is killed anywhere in between is decided again
from the same figures; what was carried out is carried out once, since the round is over with it.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction

from common import tenancy
from common.ids import uuid7
from marketplace.rounds import documents, locks, rules, solving, telling, verify_round
from marketplace.rounds import terms as round_terms
from marketplace.rounds.contracts import (
    PriceKind,
    RoundMove,
    RoundOrderState,
    RoundState,
    RoundWhy,
)
from marketplace.rounds.event_names import CallRoundEvent, RoundOrderEvent
from marketplace.rounds.models import (
    CallRound,
    RoundLot,
    RoundOrder,
    RoundPrice,
    RoundResult,
    RoundSecret,
)
from marketplace.rounds.packing import Placed, RoundAnswer
from marketplace.rounds.reasons import OrderReason, reasons_of
from marketplace.rounds.services import carrying, keeping
from marketplace.rounds.services.carrying import CarriedOut, Served

logger = structlog.get_logger(__name__)
TRIES_MAX: Final = 3
UNDECIDED: Final = "The result could not be verified three times, so nobody was served."


class UnverifiedError(RuntimeError):
    """The verifier does not agree with what was decided: nothing of it is carried out."""


def decide_round(*, round_id: UUID, now: datetime) -> CallRound | None:
    """
    Decide a sealed round, unless somebody does; nothing where it is decided already.

    :raises UnverifiedError, NoAnswerError: if it could not be; after three tries it is called off
    """
    if not locks.try_decision(round_id):
        return None
    try:
        return _decide(round_id, now=now)
    finally:
        locks.leave_decision(round_id)


def _decide(round_id: UUID, *, now: datetime) -> CallRound | None:
    with tenancy.acting_as_platform():
        row = CallRound.objects.filter(pk=round_id, state=RoundState.SOLVING).first()
        if row is None:
            return None
        secret = RoundSecret.objects.get(pk=row.pk)
    sealed: dict[str, Any] = secret.sealed or {}
    if not _begin(secret, now=now):
        return None
    puzzle = round_terms.puzzle(sealed["puzzle"])
    began = time.monotonic()
    answer = solving.solve(puzzle, seconds=row.solve_seconds)
    took = int((time.monotonic() - began) * 1000)
    with transaction.atomic(), tenancy.acting_as_platform():
        locked = locks.call_round(round_id)
        if locked is None or locked.state != RoundState.SOLVING:
            return None
        locked.solved_ms = took
        return _publish(locked, sealed, answer, now=now)


@transaction.atomic
def _begin(secret: RoundSecret, *, now: datetime) -> bool:
    """Count a try, and tell whether there is another one; else the round is called off."""
    with tenancy.acting_as_platform():
        row = locks.call_round(secret.pk)
        if row is None or row.state != RoundState.SOLVING:
            return False
        if secret.tries < TRIES_MAX:
            RoundSecret.objects.filter(pk=secret.pk).update(tries=secret.tries + 1)
            return True
        keeping.give_back(row, secret.sealed or {}, now=now)
        row.state = rules.TRANSITIONS[RoundState.SOLVING, RoundMove.CALLED_OFF]
        row.reason, row.closed_at = UNDECIDED, now
        row.save()
        standing = RoundOrder.objects.filter(round_id=row.pk, state=RoundOrderState.STANDING)
        ended = list(standing)
        standing.update(state=RoundOrderState.UNFILLED, why=RoundWhy.CALLED_OFF, closed_at=now)
        telling.of_round(CallRoundEvent.CALLED_OFF, row, reason=row.reason)
        telling.of_orders(RoundOrderEvent.UNFILLED, ended, number=row.number)
        return False


def _publish(
    row: CallRound, sealed: dict[str, Any], answer: RoundAnswer, *, now: datetime
) -> CallRound:
    puzzle = round_terms.puzzle(sealed["puzzle"])
    told = reasons_of(puzzle, answer)
    by_tag = {each.tag: each for each in RoundOrder.objects.filter(round_id=row.pk)}
    tags: list[int] = sealed["tags"]
    plain = {tags[number]: each for number, each in told.items()}
    _verify(documents.decided(sealed, answer, reasons=_codes(plain), late={}))
    keeping.give_back(row, sealed, now=now)
    tried = carrying.carry_out(
        row,
        sealed,
        answer,
        orders=[by_tag[tag] for tag in tags],
        now=now,
    )
    late = {tags[number]: code for number, code in tried.late.items()}
    document = documents.decided(sealed, answer, reasons=_codes(plain) | late, late=late)
    _verify(document)
    _write_orders(row, sealed, plain, late, tried, by_tag, now=now)
    _write_round(row, answer, tried, now=now)
    RoundResult.objects.create(
        round=row, document=document, document_hash=round_terms.hash_of(document)
    )
    telling.of_round(
        CallRoundEvent.PUBLISHED,
        row,
        price_minor=row.price_minor,
        filled=row.filled_count,
        orders=row.order_count,
        bound_permille=row.bound_permille,
    )
    return row


def _codes(told: dict[int, OrderReason]) -> dict[int, str]:
    return {tag: each.why for tag, each in told.items()}


def _verify(document: dict[str, Any]) -> None:
    """
    Let the script that everybody may run check a round before it is carried out.

    :raises UnverifiedError: if it does not agree
    """
    findings = verify_round.check(document)
    if not findings.is_right:
        wrong = [(name, faults[:3]) for name, faults in findings.checks if faults]
        logger.error("rounds.round.unverified", number=document["number"], wrong=wrong)
        raise UnverifiedError(str(wrong))


def _write_orders(
    row: CallRound,
    sealed: dict[str, Any],
    told: dict[int, OrderReason],
    late: dict[int, str],
    tried: CarriedOut,
    by_tag: dict[int, RoundOrder],
    *,
    now: datetime,
) -> None:
    tags: list[int] = sealed["tags"]
    served = {tags[each.placed.order]: each for each in tried.served}
    aside = {int(tag): why for tag, why in sealed["left_out"].items()}
    standing = [each for each in by_tag.values() if each.state == RoundOrderState.STANDING]
    for order in standing:
        order.closed_at = now
        order.turn = tags.index(order.tag) + 1 if order.tag in told else None
        order.state = RoundOrderState.UNFILLED
        order.why = aside.get(order.tag) or late.get(order.tag) or told[order.tag].why
        if order.tag in told:
            order.changes = round_terms.document_of(told[order.tag].changes)
        if order.tag in served:
            _fill(order, served[order.tag])
    RoundOrder.objects.bulk_update(
        standing,
        ["state", "why", "changes", "turn", "option", "starts_at", "got_milli", "closed_at"],
    )
    RoundLot.objects.bulk_create(
        RoundLot(
            id=uuid7(),
            round_order_id=by_tag[tag].pk,
            buyer_id=by_tag[tag].buyer_id,
            order_id=lot.order.pk,
            listing_id=lot.order.listing_id,
            units_milli=lot.order.units_milli,
            amount_minor=lot.order.gross_minor,
        )
        for tag, each in served.items()
        for lot in each.lots
    )
    _tell(row, standing)


def _fill(order: RoundOrder, served: Served) -> None:
    order.state = RoundOrderState.FILLED
    order.option = served.choice.rank
    order.got_milli = served.placed.units
    order.starts_at = served.starts_at
    order.changes = []


def _tell(row: CallRound, orders: Sequence[RoundOrder]) -> None:
    for state, name in (
        (RoundOrderState.FILLED, RoundOrderEvent.FILLED),
        (RoundOrderState.UNFILLED, RoundOrderEvent.UNFILLED),
    ):
        some = [each for each in orders if each.state == state]
        telling.of_orders(name, some, number=row.number, price_minor=row.price_minor)


def _write_round(row: CallRound, answer: RoundAnswer, tried: CarriedOut, *, now: datetime) -> None:
    row.price_minor = answer.price
    row.volume_milli_hours = sum(_hours(each.placed, each) for each in tried.served)
    row.filled_count = len(tried.served)
    row.saved_minor = sum(each.saved_minor for each in tried.served)
    row.bound_permille = permille(answer)
    row.closed_at = now
    row.state = rules.TRANSITIONS[RoundState(row.state), RoundMove.PUBLISHED]
    row.save()
    RoundPrice.objects.create(
        id=uuid7(),
        round_id=row.pk,
        kind=PriceKind.FINAL,
        price_minor=answer.price,
        volume_milli_hours=row.volume_milli_hours,
        short_milli_hours=0,
        order_count=row.order_count,
        told_at=now,
    )


def _hours(placed: Placed, served: Served) -> int:
    return placed.units * (served.choice.last - served.choice.first)


def permille(answer: RoundAnswer) -> int | None:
    """Return how much of the best that is possible a result reaches at least, rounded down."""
    if answer.bound is None:
        return None
    return 1000 if answer.bound <= 0 else min(answer.value * 1000 // answer.bound, 1000)
