"""
Boards: figures that the market shows in large, taken for everybody at once.

The platform takes them and writes them over the former ones; whoever reads a page of the public
site or looks at a big screen reads one row and computes nothing. So no reader acts for the market,
and a thousand readers cost what one does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec
from django.db import connection
from django.db.models import Count, Sum

from common import moments, tenancy
from common.money import EXACT
from gateway.witness import selectors as witness_selectors
from ledger import selectors as ledger_selectors
from ledger.contracts import TrialLine
from marketplace import accounts
from marketplace.bulletin import rules
from marketplace.bulletin.board_contracts import (
    ALARMS_SHOWN,
    FLOWS_SHOWN,
    MINUTES_SHOWN,
    TRADES_SHOWN,
    Alarm,
    Alarms,
    BoardFlow,
    BoardKind,
    Books,
    HubLine,
    LastDay,
    NewestTrades,
    PublicBoard,
    PublicTrade,
    Shown,
    VoucherFigures,
    Wall,
    WallBoard,
)
from marketplace.bulletin.models import Board
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import HubCapacity
from marketplace.orders import selectors as orders_selectors
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import TradeKind
from marketplace.vouchers import selectors as vouchers_selectors

DAY: Final = timedelta(hours=24)
MINUTE: Final = timedelta(minutes=1)
TRADES_READ: Final = 2_000
PRICE_DIGITS: Final = Decimal("0.0001")
Content = TypeVar("Content")


def take(*, now: datetime) -> None:
    """Take the figures of the public site and of the big screens, over the former ones."""
    with tenancy.acting_as_platform():
        lines = ledger_selectors.trial_balance()
        capacity = catalog_selectors.hub_capacity(at=now)
        _write(BoardKind.PUBLIC, _public(lines, capacity, now), now)
        _write(BoardKind.WALL, _wall(lines, capacity, now), now)


def post_alarms(alarms: Sequence[Alarm], *, now: datetime) -> None:
    """Write down what is not well, as whoever watches the market found it."""
    with tenancy.acting_as_platform():
        _write(BoardKind.ALARMS, Alarms(tuple(alarms[:ALARMS_SHOWN])), now)


def _write(kind: BoardKind, content: Any, now: datetime) -> None:
    Board.objects.bulk_create(
        [Board(kind=kind, taken_at=now, content=msgspec.to_builtins(content))],
        update_conflicts=True,
        unique_fields=["kind"],
        update_fields=["taken_at", "content"],
    )


# --- What everybody may read ---------------------------------------------------------------------
def _public(
    lines: Sequence[TrialLine], capacity: Sequence[HubCapacity], now: datetime
) -> PublicBoard:
    figures = catalog_selectors.figures(at=now)
    codes = vouchers_selectors.programmes().values_list("code", flat=True)
    return PublicBoard(
        listings=figures.listings,
        providers=figures.providers,
        hubs=tuple(_hub_line(each) for each in capacity),
        newest=newest_board(_trades(now)),
        day=_last_day(now),
        books=_books(lines, now),
        pools=vouchers_selectors.pools(codes),
    )


def _hub_line(found: HubCapacity) -> HubLine:
    return HubLine(
        hub=found.hub,
        resource_class=found.resource_class,
        unit=found.unit,
        listings=found.listings,
        total_milli=found.total_milli,
        free_milli=found.free_milli,
        total_standard=found.total_standard,
        free_standard=found.free_standard,
        price_from=found.price_from,
    )


def _trades(now: datetime) -> list[tuple[str, PublicTrade]]:
    """Return the trades of the last day between strangers, each with its provider."""
    found = (
        settlement_selectors.trade_records()
        .filter(traded_at__gt=now - DAY, traded_at__lte=now, kind=TradeKind.TRADE, relation="")
        .filter(standard_hours__gt=0)
        .values_list(
            "provider_uscc",
            "traded_at",
            "resource_class",
            "contract__listing__form",
            "contract__listing__hub",
            "standard_hours",
            "gross_minor",
        )
        .order_by("-traded_at", "-sequence")[:TRADES_READ]
    )
    return [
        _public_trade(provider, at, name, form, hub, hours or Decimal(0), gross)
        for provider, at, name, form, hub, hours, gross in found
    ]


def _public_trade(
    provider: str,
    at: datetime,
    resource_class: str,
    form: str,
    hub: str,
    hours: Decimal,
    gross_minor: int,
) -> tuple[str, PublicTrade]:
    gross = Decimal(gross_minor).scaleb(-2, context=EXACT)
    price = EXACT.divide(gross, hours).quantize(PRICE_DIGITS, context=EXACT)
    at = at.replace(second=0, microsecond=0)
    return provider, PublicTrade(at, resource_class, form, hub, hours, price)


def newest_board(trades: Iterable[tuple[str, PublicTrade]]) -> NewestTrades:
    """
    Return the newest trades of classes in which enough firms trade.

    A single trade is told under the condition under which the index is: with fewer than three
    trades or two providers in the last day it would tell what single firms agreed on.
    """
    by_class: dict[str, list[tuple[str, PublicTrade]]] = defaultdict(list)
    for provider, trade in trades:
        by_class[trade.resource_class].append((provider, trade))
    told, held_back = [], 0
    for found in by_class.values():
        if is_separable(len(found), len({provider for provider, _trade in found})):
            told += [trade for _provider, trade in found]
        else:
            held_back += len(found)
    told.sort(key=lambda trade: trade.at, reverse=True)
    return NewestTrades(tuple(told[:TRADES_SHOWN]), held_back)


def is_separable(trades: int, providers: int) -> bool:
    """Return whether figures of so many trades tell of several firms."""
    return trades >= rules.TRADES_MIN and providers >= rules.PROVIDERS_MIN


def _last_day(now: datetime) -> LastDay:
    found = settlement_selectors.trade_records().filter(
        traded_at__gt=now - DAY, traded_at__lte=now, relation="", kind=TradeKind.TRADE
    )
    sums = found.order_by().aggregate(
        trades=Count("id"),
        providers=Count("provider", distinct=True),
        hours=Sum("standard_hours", default=Decimal(0)),
        gross=Sum("gross_minor", default=0),
    )
    is_told = is_separable(sums["trades"], sums["providers"])
    return LastDay(
        trades=sums["trades"],
        standard_hours=sums["hours"] if is_told else None,
        gross_minor=int(sums["gross"]) if is_told else None,
    )


def _books(lines: Sequence[TrialLine], now: datetime) -> Books:
    by_asset: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        by_asset[line.asset][0] += line.debits
        by_asset[line.asset][1] += line.credits
    owed, owned = by_asset[accounts.CNY]
    head = ledger_selectors.head()
    witnessed = witness_selectors.witnessed_head(now=now)
    return Books(
        debits_minor=owed,
        credits_minor=owned,
        difference_minor=sum(abs(one - other) for one, other in by_asset.values()),
        size=head.size if head else 0,
        root=head.root.hex() if head else "",
        sealed_at=head.sealed_at if head else None,
        witnesses=witnessed.witnesses if witnessed else (),
        witnessed_at=witnessed.signed_at if witnessed else None,
    )


# --- What big screens show beside that -----------------------------------------------------------
def _wall(lines: Sequence[TrialLine], capacity: Sequence[HubCapacity], now: datetime) -> WallBoard:
    today = moments.start_of_day(moments.market_date(now))
    sums = (
        settlement_selectors.trade_records()
        .filter(traded_at__gte=today, traded_at__lte=now)
        .order_by()
        .aggregate(trades=Count("id"), gross=Sum("gross_minor", default=0))
    )
    running = settlement_selectors.running_by_place(at=now, limit=FLOWS_SHOWN)
    return WallBoard(
        minutes=_minutes(now),
        flows=tuple(BoardFlow(it.hub, it.province, it.contracts, it.standard) for it in running),
        today_minor=int(sums["gross"]),
        today_trades=sums["trades"],
        vouchers=_vouchers(lines),
        pue=_pue(capacity),
    )


def _minutes(now: datetime) -> tuple[int, ...]:
    until = now.replace(second=0, microsecond=0) + MINUTE
    since = until - MINUTES_SHOWN * MINUTE
    counts = orders_selectors.placed_by_minute(since=since, until=until)
    return tuple(counts.get(since + at * MINUTE, 0) for at in range(MINUTES_SHOWN))


def _vouchers(lines: Sequence[TrialLine]) -> VoucherFigures:
    balances: Mapping[str, int] = defaultdict(int)
    for line in lines:
        if line.asset != accounts.CNY:
            balances[line.kind] += line.credits - line.debits  # type: ignore[index]
    return VoucherFigures(
        redeemed_minor=balances[accounts.AccountKind.VOUCHER_CLAIM],
        pool_minor=balances[accounts.AccountKind.VOUCHER_POOL],
        holders=vouchers_selectors.holders(),
    )


def _pue(capacity: Sequence[HubCapacity]) -> Decimal | None:
    """Return the PUE of what converts to standard hours, weighted by them."""
    told = [each for each in capacity if each.pue is not None and each.total_standard]
    weight = sum((each.total_standard or Decimal(0) for each in told), Decimal(0))
    if not weight:
        return None
    sums = (EXACT.multiply(it.pue or Decimal(0), it.total_standard or Decimal(0)) for it in told)
    return EXACT.divide(sum(sums, Decimal(0)), weight).quantize(PRICE_DIGITS, context=EXACT)


# --- Reading -------------------------------------------------------------------------------------
def public() -> Shown[PublicBoard] | None:
    """Return what everybody may read, in whatever scope; None before it was ever taken."""
    row = Board.objects.filter(kind=BoardKind.PUBLIC).values_list("taken_at", "content").first()
    return None if row is None else _shown(*row, PublicBoard)


def wall() -> Wall:
    """Return what a big screen shows, to those who may see all of the market."""
    return _as_wall(Board.objects.values_list("kind", "taken_at", "content"))


def wall_by(link_hash: str) -> Wall | None:
    """Return what a big screen shows to whoever has a live link; None if it is not live."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, taken_at, content::text FROM bulletin_wall(%s)", [link_hash])
        rows = cursor.fetchall()
    if not rows:
        return None
    boards = ((kind, at, msgspec.json.decode(text)) for kind, at, text in rows if kind)
    return _as_wall(boards)


def _as_wall(rows: Iterable[tuple[str, datetime, Any]]) -> Wall:
    found = {kind: (taken_at, content) for kind, taken_at, content in rows}

    def part(kind: BoardKind, form: type[Content]) -> Shown[Content] | None:
        return _shown(*found[kind], form) if kind in found else None

    return Wall(
        public=part(BoardKind.PUBLIC, PublicBoard),
        wall=part(BoardKind.WALL, WallBoard),
        alarms=part(BoardKind.ALARMS, Alarms),
    )


def _shown(taken_at: datetime, content: Any, form: type[Content]) -> Shown[Content]:
    return Shown(taken_at, msgspec.convert(content, form))
