"""What surveillance looks for. Pure: the same rows and numbers give the same alarms."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import Final
from uuid import UUID

from marketplace.assurance.contracts import Pattern, RuleInForce, SurveillanceAlarm, WatchedOrder
from marketplace.orders.contracts import OrderState

RING_LENGTH_MAX: Final = 5
RINGS_MAX: Final = 100
FILLED: Final = frozenset({OrderState.CLEARED, OrderState.SETTLED})
_Trades = Mapping[tuple[UUID, UUID], Sequence[WatchedOrder]]


def find(
    rule: RuleInForce, rows: Sequence[WatchedOrder], *, at: datetime
) -> list[SurveillanceAlarm]:
    """Return what a rule finds in orders, up to a moment; one alarm for the same parties."""
    return list(_FINDERS[rule.pattern](rows, rule.parameters, at))


def _wash_trades(
    rows: Sequence[WatchedOrder], numbers: Mapping[str, int], at: datetime
) -> Iterator[SurveillanceAlarm]:
    """Two that sell to each other, or relatives that trade again and again."""
    trades = _traded(rows, at - timedelta(days=numbers["days"]))
    for parties in sorted({_pair(*each) for each in trades}):
        there, back = trades.get(parties, ()), trades.get(parties[::-1], ())
        found = [*there, *back]
        related = [each for each in found if each.relation]
        is_mutual = bool(there and back) and len(found) >= numbers["trades"]
        if is_mutual or len(related) >= numbers["related_trades"]:
            yield _alarm(Pattern.WASH_TRADES, parties, found if is_mutual else related)


def _voucher_churn(
    rows: Sequence[WatchedOrder], numbers: Mapping[str, int], at: datetime
) -> Iterator[SurveillanceAlarm]:
    """Orders that held vouchers and gave them back."""
    since = at - timedelta(days=numbers["days"])
    churned = [each for each in _cancelled(rows, since) if each.voucher_minor]
    for buyer_id, found in _by_buyer(churned).items():
        if len(found) >= numbers["orders"]:
            yield _alarm(Pattern.VOUCHER_CHURN, (buyer_id,), found)


def _cancel_burst(
    rows: Sequence[WatchedOrder], numbers: Mapping[str, int], at: datetime
) -> Iterator[SurveillanceAlarm]:
    """Most of what somebody placed in a short time is cancelled in it."""
    span = timedelta(minutes=numbers["minutes"])
    placed = _by_buyer(rows)
    for buyer_id, found in _by_buyer(_cancelled(rows, at - timedelta(days=1))).items():
        burst = _densest(found, span)
        if len(burst) < numbers["cancels"]:
            continue
        first, last = burst[0].closed_at, burst[-1].closed_at
        if first is None or last is None:
            continue
        beside = [each for each in placed[buyer_id] if first - span <= each.placed_at <= last]
        if 100 * len(burst) >= numbers["share_percent"] * len(beside):
            yield _alarm(Pattern.CANCEL_BURST, (buyer_id,), burst)


def _densest(found: Sequence[WatchedOrder], span: timedelta) -> Sequence[WatchedOrder]:
    """Return the most rows whose ends lie within a span."""
    rows = sorted(found, key=lambda each: (_end(each), each.order_id))
    best: Sequence[WatchedOrder] = ()
    start = 0
    for stop in range(len(rows)):
        while _end(rows[stop]) - _end(rows[start]) > span:
            start += 1
        if stop + 1 - start > len(best):
            best = rows[start : stop + 1]
    return best


def _price_ring(
    rows: Sequence[WatchedOrder], numbers: Mapping[str, int], at: datetime
) -> Iterator[SurveillanceAlarm]:
    """Three to five that sell on in a circle for about the same money."""
    trades = _traded(rows, at - timedelta(days=numbers["days"]))
    sums = {each: sum(row.gross_minor or 0 for row in found) for each, found in trades.items()}
    for ring in _rings(trades):
        edges = list(pairwise((*ring, ring[0])))
        amounts = [sums[edge] for edge in edges]
        if (max(amounts) - min(amounts)) * 100 <= numbers["within_percent"] * max(amounts):
            found = [row for edge in edges for row in trades[edge]]
            yield _alarm(Pattern.PRICE_RING, tuple(sorted(ring)), found)


def _rings(trades: _Trades) -> Iterator[tuple[UUID, ...]]:
    """Yield circles of buyers and providers, each once, beginning with its least member."""
    sold_by: dict[UUID, list[UUID]] = defaultdict(list)
    for buyer_id, provider_id in sorted(trades):
        sold_by[buyer_id].append(provider_id)
    found = (ring for start in sorted(sold_by) for ring in _walk((start,), sold_by))
    return islice(found, RINGS_MAX)


def _walk(
    path: tuple[UUID, ...], sold_by: Mapping[UUID, Sequence[UUID]]
) -> Iterator[tuple[UUID, ...]]:
    for following in sold_by.get(path[-1], ()):
        if following == path[0] and len(path) > 2:
            yield path
        elif following > path[0] and following not in path and len(path) < RING_LENGTH_MAX:
            yield from _walk((*path, following), sold_by)


def _traded(
    rows: Sequence[WatchedOrder], since: datetime
) -> dict[tuple[UUID, UUID], list[WatchedOrder]]:
    result: dict[tuple[UUID, UUID], list[WatchedOrder]] = defaultdict(list)
    for row in rows:
        is_filled = row.state in FILLED and row.cleared_at is not None and row.cleared_at >= since
        if is_filled and row.provider_id is not None:
            result[row.buyer_id, row.provider_id].append(row)
    return result


def _cancelled(rows: Sequence[WatchedOrder], since: datetime) -> list[WatchedOrder]:
    return [row for row in rows if row.state == OrderState.CANCELLED and _end(row) >= since]


def _end(row: WatchedOrder) -> datetime:
    return row.closed_at or row.placed_at


def _by_buyer(rows: Sequence[WatchedOrder]) -> dict[UUID, list[WatchedOrder]]:
    result: dict[UUID, list[WatchedOrder]] = defaultdict(list)
    for row in rows:
        result[row.buyer_id].append(row)
    return result


def _pair(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    return (one, other) if one < other else (other, one)


def _alarm(
    pattern: Pattern, parties: tuple[UUID, ...], rows: Sequence[WatchedOrder]
) -> SurveillanceAlarm:
    found = tuple(sorted(rows, key=lambda each: each.order_id))
    return SurveillanceAlarm(pattern, " ".join(map(str, parties)), parties, found)


_FINDERS: Final[
    Mapping[
        str,
        Callable[
            [Sequence[WatchedOrder], Mapping[str, int], datetime], Iterator[SurveillanceAlarm]
        ],
    ]
] = {
    Pattern.WASH_TRADES: _wash_trades,
    Pattern.VOUCHER_CHURN: _voucher_churn,
    Pattern.CANCEL_BURST: _cancel_burst,
    Pattern.PRICE_RING: _price_ring,
}
FROM_ORDERS: Final = frozenset(_FINDERS)  # The others are found by rooms below, and told by events.
