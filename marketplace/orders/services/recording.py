"""Writing a round down: what every order came to, and what an auditor needs to compute it again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection

from common import sets
from common.ids import uuid7
from common.moments import market_date
from common.numbers import take_numbers
from identity.events import services as events
from marketplace.orders import frozen, rules, telling
from marketplace.orders.contracts import (
    Clearing,
    OrderEventKind,
    OrderState,
    RefusalCode,
    RoundStep,
    Snapshot,
)
from marketplace.orders.event_names import ORDER, OrderEvent
from marketplace.orders.models import BookView, ClearingRound, OrderCover
from marketplace.orders.services.holding import Holds
from marketplace.orders.stopwatch import Stopwatch
from marketplace.vouchers import caps, explained
from pricing.contracts import Measure, RateUnit

CLEARED: Final = rules.TRANSITIONS[OrderState.PLACED, OrderEventKind.CLEARED]
REJECTED: Final = rules.TRANSITIONS[OrderState.PLACED, OrderEventKind.REFUSED]
_ROUND: Final = {
    "id": "uuid",
    "number": "text",
    "book_id": "bigint",
    "rule_version": "text",
    "seed": "text",
    "view_id": "text",
    "snapshot": "jsonb",
    "input_hash": "text",
    "result": "jsonb",
    "output_hash": "text",
    "late_refusals": "jsonb",
    "order_count": "integer",
    "cleared_count": "integer",
    "rejected_count": "integer",
    "steps": "jsonb",
    "started_at": "timestamptz",
    "finished_at": "timestamptz",
}


@dataclass(frozen=True, slots=True)
class Round:
    """A round that was computed and posted, and is to be written down."""

    book_id: int
    snapshot: Snapshot
    result: Clearing
    holds: Sequence[Holds]
    late: dict[UUID, RefusalCode]  # what the database refused after the rule had run
    numbers: Mapping[UUID, str]  # of the orders
    watch: Stopwatch

    def rejections(self) -> dict[UUID, RefusalCode]:
        """Return why orders were rejected, by the rule or late."""
        return {each.order_id: each.code for each in self.result.rejections} | self.late


def record(done: Round) -> ClearingRound:
    """Write the orders, their covers and the round, and record it: five statements in all."""
    round_id = uuid7()
    (number,) = take_numbers("orders_round_number", prefix="B", at=done.snapshot.at)
    positions = {
        demand.order_id: place for place, demand in enumerate(rules.turns(done.snapshot), start=1)
    }
    rows = [*_cleared_rows(done, positions), *_rejected_rows(done, positions)]
    with connection.cursor() as cursor:
        given: list[UUID | str] = [round_id, msgspec.json.encode(rows).decode()]
        cursor.execute("SELECT orders_record_round(%s, %s::jsonb)", given)
        assert cursor.fetchone() == (len(done.snapshot.demands),)
    OrderCover.objects.bulk_create(_covers(done))
    row = _write(done, round_id, number)
    events.record([*_events(done, number), telling.round_cleared(row)])
    return row


def _write(done: Round, round_id: UUID, number: str) -> ClearingRound:
    """Write the round itself, with the time that all of it took."""
    result = frozen.text_of(done.result)
    view_id, snapshot, input_hash = _stored(done.snapshot)
    done.watch.lap(RoundStep.RECORD)
    late = [{"order_id": str(key), "code": str(code)} for key, code in done.late.items()]
    row = ClearingRound(
        id=round_id,
        number=number,
        book_id=done.book_id,
        rule_version=done.snapshot.rule_version,
        seed=done.snapshot.seed,
        view_id=view_id,
        snapshot=snapshot.decode(),
        input_hash=input_hash,
        result=result.decode(),
        output_hash=frozen.hash_text(result),
        late_refusals=msgspec.json.encode(late).decode(),
        order_count=len(done.snapshot.demands),
        cleared_count=len(done.holds),
        rejected_count=len(done.rejections()),
        steps=msgspec.json.encode(_steps(done.watch)).decode(),
        started_at=done.watch.started_at,
        finished_at=done.watch.laps[-1].finished_at,
    )
    sets.insert("orders_clearinground", _ROUND, [[getattr(row, name) for name in _ROUND]])
    return row


def _stored(snapshot: Snapshot) -> tuple[str | None, bytes, str]:
    """
    Return the view that a round names, what it stores beside it, and the hash of both together.

    A round whose orders all name their listings read those alone: it stores them itself.
    """
    text = frozen.text_of(snapshot)
    if all(demand.listing_id for demand in snapshot.demands):
        return None, text, frozen.hash_text(text)
    view = frozen.text_of(frozen.view_of(snapshot))
    key = frozen.hash_text(view)
    if not BookView.objects.filter(pk=key).exists():
        made = BookView(hash=key, body=frozen.packed(view), made_at=snapshot.at)
        BookView.objects.bulk_create([made], ignore_conflicts=True)
    rest = msgspec.json.encode(frozen.apart(snapshot))
    return key, rest, frozen.hash_text(text)


def _steps(watch: Stopwatch) -> list[dict[str, Any]]:
    return [{"step": str(lap.step), "microseconds": lap.microseconds} for lap in watch.laps]


def _cleared_rows(done: Round, positions: dict[UUID, int]) -> Iterator[dict[str, Any]]:
    factors = {offer.listing_id: offer.factor for offer in done.snapshot.offers}
    related = {(each.buyer_id, each.provider_id): each for each in done.snapshot.related}
    measures: dict[tuple[int, int, Decimal | None, UUID], Measure] = {}
    terms = done.snapshot.instalments
    cleared_at = done.watch.finished_at(RoundStep.HOLD)
    for holds in done.holds:
        fill = holds.fill
        relation = related.get((fill.buyer_id, fill.provider_id))
        seconds = rules.whole_seconds(fill.starts_at, fill.ends_at)
        amount = (fill.units_milli, seconds, factors[fill.listing_id], fill.rule_version_id)
        if amount not in measures:  # Many orders of a round are of one amount.
            measures[amount] = rules.committed(
                fill.units_milli, seconds, factor=amount[2], rule_version_id=fill.rule_version_id
            )
        measure = measures[amount]
        yield {
            "id": fill.order_id,
            "state": CLEARED,
            "refusal_code": "",
            "position": positions[fill.order_id],
            "listing_id": fill.listing_id,
            "provider_id": fill.provider_id,
            "relation": relation.relation if relation else "",
            "plan_version_id": fill.plan_version_id,
            "rule_version_id": fill.rule_version_id,
            "lines": [line.text for line in fill.lines],
            "unit_hours": measure.of(RateUnit.UNIT_HOUR),
            "standard_hours": measure.quantities.get(RateUnit.STANDARD_HOUR),
            "gross_minor": fill.gross_minor,
            "voucher_minor": fill.voucher_minor,
            "cash_minor": fill.cash_minor,
            "cash_hold_id": holds.cash.id if holds.cash else None,
            "held_minor": holds.held_minor,
            "instalment_rule": terms.rule if terms and holds.held_minor < fill.cash_minor else "",
            "cleared_at": cleared_at,
        }


def _rejected_rows(done: Round, positions: dict[UUID, int]) -> Iterator[dict[str, Any]]:
    closed_at = done.watch.finished_at(RoundStep.HOLD)
    for order_id, code in done.rejections().items():
        yield {
            "id": order_id,
            "state": REJECTED,
            "refusal_code": code,
            "position": positions[order_id],
            "closed_at": closed_at,
        }


def _covers(done: Round) -> Iterator[OrderCover]:
    year, quarter = market_date(done.snapshot.at).year, caps.quarter_of(done.snapshot.at)
    for holds in done.holds:
        for cover, transfer in holds.vouchers:
            yield OrderCover(
                id=uuid7(),
                order_id=cover.order_id,
                buyer_id=holds.fill.buyer_id,
                provider_id=holds.fill.provider_id,
                voucher_id=cover.voucher_id,
                voucher_number=cover.voucher_number,
                programme_code=cover.programme_code,
                programme_version=cover.programme_version,
                hold_id=transfer.id,
                amount_minor=cover.amount_minor,
                rate=cover.rate,
                base_minor=cover.base_minor,
                limited_by=cover.limited_by,
                entity_year=year,
                quarter=quarter,
                counted_minor=cover.amount_minor,
                explained=explained.as_data(cover),
            )


def _events(done: Round, number: str) -> Iterator[events.Event]:
    """Yield what happened to each order: cleared, with its match and vouchers, or refused."""
    buyers = {demand.order_id: demand.buyer_id for demand in done.snapshot.demands}
    held_at = done.watch.finished_at(RoundStep.HOLD)
    matched_at = done.watch.finished_at(RoundStep.ALLOCATE)
    for holds in done.holds:
        fill = holds.fill
        yield events.Event(
            name=OrderEvent.CLEARED,
            object_kind=ORDER,
            object_id=fill.order_id,
            object_label=done.numbers[fill.order_id],
            concerns=[fill.buyer_id, fill.provider_id],
            facts={
                "round": number,
                "matched_at": matched_at,
                "vouchers": len(fill.covers),
                "gross_minor": fill.gross_minor,
            },
            at=held_at,
        )
    for order_id, code in done.rejections().items():
        yield events.Event(
            name=OrderEvent.REFUSED,
            object_kind=ORDER,
            object_id=order_id,
            object_label=done.numbers[order_id],
            concerns=[buyers[order_id]],
            facts={"round": number, "code": str(code)},
            at=held_at,
        )
