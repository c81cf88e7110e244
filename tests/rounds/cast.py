"""Operators that schedule rounds, and buyers that take part."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from common import clock, tenancy
from identity.models import Organization
from marketplace.orders.models import Order
from marketplace.rounds import selectors, services
from marketplace.rounds.contracts import OrderTerms, RoundOption, RoundTerms, Schedule
from marketplace.rounds.models import CallRound, RoundOrder
from tests.cast import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
FROM = (NOW + 3 * HOUR).replace(minute=0, second=0, microsecond=0)
SCHEDULE = Schedule(
    opens_at=NOW,
    first_at=NOW + 20 * MINUTE,
    no_cancel_at=NOW + 40 * MINUTE,
    second_at=NOW + 50 * MINUTE,
    ends_at=NOW + 60 * MINUTE,
)
OPEN = NOW + MINUTE
CLOSED = SCHEDULE.no_cancel_at + MINUTE
ENDED = SCHEDULE.ends_at


def terms(**facts: Any) -> RoundTerms:
    values: dict[str, Any] = {
        "resource_class": "AI",
        "hubs": ("ZHW",),
        "schedule": SCHEDULE,
        "delivers_from": FROM,
        "delivers_until": FROM + 24 * HOUR,
        "solve_seconds": 2,
    }
    return RoundTerms(**(values | facts))


def scheduled(**facts: Any) -> CallRound:
    return services.schedule_round(terms=terms(**facts), now=facts.pop("now", NOW))


def option(*, cards: int = 1, hours: int = 2, start: int = 0, **facts: Any) -> RoundOption:
    """Return an alternative; `latest` is how many hours later it may begin."""
    latest = facts.pop("latest", None)
    least = facts.pop("least", None)
    starts_at = FROM + start * HOUR
    return RoundOption(
        units_milli=cards * 1000,
        starts_at=starts_at,
        hours=hours,
        latest_start_at=None if latest is None else starts_at + latest * HOUR,
        least_milli=None if least is None else least * 1000,
        **facts,
    )


def asks(limit: int, *options: RoundOption, **facts: Any) -> OrderTerms:
    """Return an order with a limit in fen a standard hour."""
    return OrderTerms(options=options or (option(),), limit_minor=limit, **facts)


def place(
    row: CallRound,
    buyer: Organization,
    wanted: OrderTerms,
    *,
    at: datetime = OPEN,
    key: str = "",
    by: int | None = None,
) -> RoundOrder:
    with tenancy.acting_as(buyer.pk):
        return services.place_order(
            round_id=row.pk,
            buyer_id=buyer.pk,
            key=key or uuid4().hex,
            terms=wanted,
            now=at,
            placed_by_id=by,
        )


def amend(order: RoundOrder, wanted: OrderTerms, *, at: datetime = OPEN) -> RoundOrder:
    with tenancy.acting_as(order.buyer_id):
        return services.amend_order(
            round_order_id=order.pk,
            buyer_id=order.buyer_id,
            revision=order.revision,
            terms=wanted,
            now=at,
        )


def withdraw(order: RoundOrder, *, at: datetime = OPEN) -> RoundOrder:
    with tenancy.acting_as(order.buyer_id):
        return services.withdraw_order(round_order_id=order.pk, buyer_id=order.buyer_id, now=at)


def decided(row: CallRound, at: datetime = ENDED) -> CallRound:
    """Let a round end and decide it."""
    services.advance(round_id=row.pk, now=at)
    services.decide_round(round_id=row.pk, now=at)
    return selectors.call_round(row.pk)


def seen(order: RoundOrder) -> RoundOrder:
    with tenancy.acting_as_platform():
        return RoundOrder.objects.get(pk=order.pk)


def orders_of(order: RoundOrder) -> list[Order]:
    """Return the orders on the market that an order of a round became."""
    with tenancy.acting_as_platform():
        return [lot.order for lot in selectors.lots_of([order.pk])]


def raised(wanted: OrderTerms, limit: int) -> OrderTerms:
    return replace(wanted, limit_minor=limit)


def entered(buyer: Organization) -> RoundOrder:
    """Return an order in a round that is open by the clock."""
    now = clock.now().replace(microsecond=0)
    plan = Schedule(*(now + step * MINUTE for step in (0, 20, 40, 50, 60)))
    begin = (now + 3 * HOUR).replace(minute=0, second=0)
    row = services.schedule_round(
        terms=terms(schedule=plan, delivers_from=begin, delivers_until=begin + 24 * HOUR), now=now
    )
    return place(row, buyer, asks(300, replace(option(), starts_at=begin)), at=now)
