"""
A demand is matched: the pure rule chooses, and the books that it chose clear the orders at once.

Choosing takes no lock but the demand's own. Only the books of the chosen listings are taken, in the
order of their numbers, for as long as one small round lasts: what trades in one book alone waits
for nobody else. What was sold since the choice takes all of it back, and the rule chooses anew.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.errors import Refusal
from common.ids import uuid7
from common.period import Period
from marketplace.demands import locks, rules, selectors, telling
from marketplace.demands import terms as demand_terms
from marketplace.demands.contracts import (
    DemandKind,
    DemandMove,
    DemandState,
    DemandTerms,
    Match,
    MatchSnapshot,
    Obstacle,
)
from marketplace.demands.event_names import DemandEvent
from marketplace.demands.models import DemandDecision, DemandLot, PostedDemand
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import OrderState, OrderWish, Repeated

TRIES: Final = 3  # how often the rule chooses anew where others were quicker
AGAIN_AFTER: Final = timedelta(seconds=15)  # how long a waiting demand rests between two tries
SWEEP_MAX: Final = 200


class _LateError(Exception):
    """Clearing refused what was matched; everything is taken back."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def match_demand(*, demand_id: UUID, now: datetime) -> PostedDemand | None:
    """Fill a waiting demand, let it wait on, or end it; nothing if somebody else has it."""
    with tenancy.acting_as_platform():
        row = locks.waiting(demand_id)
        if row is None:
            return None
        if row.expires_at is not None and row.expires_at <= now:
            return _end(row, DemandMove.EXPIRED, DemandEvent.EXPIRED, now=now)
        snapshot, match, late = _try(row, now=now)
        row.looked_at, row.tried = now, demand_terms.document_of(match.tried)
        if match.lots and not late:
            _decide(row, snapshot, match, now=now)
            return _filled(row, match, now=now)
        code = late or match.code
        if row.kind == DemandKind.IMMEDIATE or rules.is_past(selectors.terms_of(row), now=now):
            _decide(row, snapshot, match, late=late, now=now)
            row.refusal_code = code
            return _end(row, DemandMove.REFUSED, DemandEvent.REFUSED, now=now, code=code)
        row.save(update_fields=["looked_at", "tried"])
        return row


def match_waiting(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """Look again at the demands that wait, in the order of the queue; return how many were."""
    with tenancy.acting_as_platform():
        due = selectors.to_be_looked_at(looked_before=now - AGAIN_AFTER, limit=limit)
    for demand_id in due:
        match_demand(demand_id=demand_id, now=now)
    return len(due)


def _try(row: PostedDemand, *, now: datetime) -> tuple[MatchSnapshot, Match, str]:
    """Choose and carry out; return what was chosen, and why clearing refused it if it did."""
    wanted, late = selectors.terms_of(row), ""
    for _each in range(TRIES):
        snapshot = selectors.match_input(
            demand_id=row.pk,
            buyer_id=row.buyer_id,
            terms=wanted,
            at=now,
            seed=secrets.token_hex(16),
            without=selectors.left_out(row),
        )
        match = rules.clear(snapshot)
        if not match.lots:
            return snapshot, match, ""
        try:
            with transaction.atomic():
                _carry_out(row, wanted, match, now=now)
        except _LateError as error:
            late = error.code
        else:
            return snapshot, match, ""
        if late not in (Obstacle.NO_ROOM, Obstacle.CLOSED):
            break
    return snapshot, match, late


def _carry_out(row: PostedDemand, wanted: DemandTerms, match: Match, *, now: datetime) -> None:
    """
    Place the orders of a match and clear them in their books; all of it, or nothing.

    :raises _LateError: if one of them does not clear
    """
    try:
        placed = orders_services.place_orders(
            buyer_id=row.buyer_id, wishes=_wishes(row, wanted, match), placed_at=now
        )
        ids = [order.pk for order in placed]
        cleared = {
            order.pk: order for order in orders_services.clear_together(order_ids=ids, now=now)
        }
    except Refusal as refusal:
        raise _LateError(refusal.code) from refusal
    for order in cleared.values():
        if order.state != OrderState.CLEARED:
            raise _LateError(order.refusal_code or "book_halted")
    DemandLot.objects.bulk_create(
        DemandLot(
            id=uuid7(),
            demand_id=row.pk,
            buyer_id=row.buyer_id,
            order_id=order_id,
            listing_id=lot.listing_id,
            units_milli=lot.units_milli,
            amount_minor=_agreed(cleared[order_id], lot.amount_minor),
            path_minor=lot.path_minor,
            latency_ms=lot.latency_ms,
            watt_hours=lot.watt_hours,
            carbon_g=lot.carbon_g,
        )
        for order_id, lot in zip(ids, match.lots, strict=True)
    )


def _agreed(order: Any, minor: int) -> int:
    """
    Return the price of an order, which is what was matched.

    :raises _LateError: if a new version of the plan came between
    """
    if order.gross_minor != minor:
        raise _LateError(Obstacle.LIMIT)
    return minor


def _wishes(row: PostedDemand, wanted: DemandTerms, match: Match) -> Sequence[OrderWish]:
    # Keys of orders go on where those end that served it before it was reopened.
    first = 1 + DemandLot.objects.filter(demand_id=row.pk).count() if row.reopened_count else 1
    return [
        OrderWish(
            key=f"{row.number}/{number}",
            units_milli=lot.units_milli,
            period=Period(lot.starts_at, lot.ends_at),
            listing_id=lot.listing_id,
            use_vouchers=wanted.use_vouchers,
            voucher_ids=wanted.voucher_ids,
            project_id=wanted.project_id,
            person_id=row.posted_by_id,
            # What the buyer says twice of an order is said once of a demand: by its limit.
            repeated=Repeated(lot.units_milli, lot.amount_minor),
        )
        for number, lot in enumerate(match.lots, start=first)
    ]


def _decide(
    row: PostedDemand, snapshot: MatchSnapshot, match: Match, *, now: datetime, late: str = ""
) -> None:
    """Keep what decided a demand, so that anybody with the right may compute it again."""
    input_, result = demand_terms.document_of(snapshot), demand_terms.document_of(match)
    DemandDecision.objects.create(
        demand_id=row.pk,
        revision=row.revision,
        rule_version=snapshot.rule_version,
        seed=snapshot.seed,
        snapshot=input_,
        input_hash=demand_terms.hash_of(input_),
        result=result,
        output_hash=demand_terms.hash_of(result),
        late_code=late,
        decided_at=now,
    )


def _filled(row: PostedDemand, match: Match, *, now: datetime) -> PostedDemand:
    row.option = match.option
    return _end(
        row,
        DemandMove.FILLED,
        DemandEvent.FILLED,
        now=now,
        option=match.option,
        orders=len(match.lots),
        amount_minor=sum(lot.amount_minor for lot in match.lots),
    )


def _end(
    row: PostedDemand, move: DemandMove, name: DemandEvent, *, now: datetime, **facts: Any
) -> PostedDemand:
    row.state = rules.TRANSITIONS[DemandState(row.state), move]
    row.closed_at = now
    row.save(update_fields=["state", "closed_at", "refusal_code", "looked_at", "tried", "option"])
    telling.of_demand(name, row, **facts)
    return row
