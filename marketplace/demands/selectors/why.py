"""Why a demand, or an order, was filled or refused, and what would have filled it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from common import tenancy
from common.canonical import plain
from common.ids import uuid7
from marketplace.demands import changing, rules, terms
from marketplace.demands.contracts import (
    DemandKind,
    DemandState,
    DemandTerms,
    Match,
    MatchSnapshot,
    Need,
    Option,
    PriceLimit,
)
from marketplace.demands.judging import judgement
from marketplace.demands.models import PostedDemand
from marketplace.demands.selectors.demands import decision, left_out
from marketplace.demands.selectors.offers import PREVIEW_SEED
from marketplace.demands.selectors.supply import match_input
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import OrderState
from marketplace.orders.whys import CHANGES_SHOWN, SmallChange, SmallChangeKind, Why

LEAD: Final = timedelta(minutes=3)  # how soon what is ordered from an explanation begins
ORDERS: Final = "/api/v1/orders"
# Of what is there now an order is told where and when; its round said the rest.
OF_NOW: Final = (
    SmallChangeKind.AGAIN,
    SmallChangeKind.START,
    SmallChangeKind.HUB,
    SmallChangeKind.QUANTITY,
    SmallChangeKind.SPLIT,
    SmallChangeKind.CHIP,
)
UNDECIDED: Final = (DemandState.WAITING, DemandState.EXPIRED)


def demand_why(row: PostedDemand, *, at: datetime) -> Why | None:
    """
    Return why a demand was filled or refused, from what decided it; while it waits, as of now.

    Nothing where it was cancelled. Whether the reader may see it is for the caller to ask.
    """
    with tenancy.acting_as_platform():
        # What decided a demand that was reopened is not what it waits for now.
        is_asked = row.state == DemandState.WAITING and row.reopened_count
        found = None if is_asked else decision(row.pk)
    if found is None:
        return _undecided(row, at=at) if row.state in UNDECIDED else None
    snapshot: MatchSnapshot = terms.thawed(found.snapshot, MatchSnapshot)
    match: Match = terms.thawed(found.result, Match)
    why = _why(snapshot, match, is_now=False, late=found.late_code, at=at)
    return replace(why, input_hash=found.input_hash, output_hash=found.output_hash)


def _undecided(row: PostedDemand, *, at: datetime) -> Why:
    """Return how the market stands to a demand that nobody decided yet."""
    snapshot = match_input(
        demand_id=row.pk,
        buyer_id=row.buyer_id,
        terms=terms.thawed(row.terms),
        at=at,
        seed=PREVIEW_SEED,
        without=left_out(row),
    )
    return _why(snapshot, rules.clear(snapshot), is_now=True, late="", at=at)


def _why(snapshot: MatchSnapshot, match: Match, *, is_now: bool, late: str, at: datetime) -> Why:
    is_refused = bool(late) or not match.lots
    options = range(len(match.tried))
    made = changing.changes(snapshot, is_now=is_now) if is_refused else ()
    return Why(
        rule_version=snapshot.rule_version,
        at=snapshot.at,
        is_now=is_now,
        judgements=tuple(judgement(snapshot, number, match) for number in options),
        changes=tuple(_orderable(each, at=at) for each in made),
        late_code=late,
    )


def _orderable(change: SmallChange, *, at: datetime) -> SmallChange:
    """Return a change whose body can be posted at a moment: what is past begins soon."""
    wanted: DemandTerms = terms.thawed(change.body)
    (option,) = wanted.options
    if max(option.latest_start_at or option.starts_at, option.starts_at) < at:
        wanted = terms.moved(wanted, at=at + LEAD)
    if wanted.expires_at is not None and wanted.expires_at <= at:
        wanted = replace(wanted, kind=DemandKind.IMMEDIATE, expires_at=None)
    return replace(change, body=terms.document_of(wanted))


def changed_terms(why: Why | None, kind: str) -> DemandTerms | None:
    """Return what a change of an explanation asks for, as a demand; nothing if there is none."""
    for each in () if why is None else why.changes:
        if each.kind == kind and each.path == changing.DEMANDS:
            wanted: DemandTerms = terms.thawed(each.body)
            return wanted
    return None


# --- Orders -------------------------------------------------------------------------------------
def order_why(order: Any, *, at: datetime, provider_id: UUID | None = None) -> Why | None:
    """
    Return why an order was filled or refused: from its round, and what would fill it now.

    A provider who sold it learns of its own listing alone, and nothing of the buyer's money.
    """
    why = orders_selectors.order_why(order)
    if why is None:
        return None
    if provider_id is not None:
        return _of_provider(why, provider_id)
    if order.state != OrderState.REJECTED:
        return why
    then = [
        each if each.kind == SmallChangeKind.FUNDS else _ordered(order, each, at=at)
        for each in why.changes
        if each.kind == SmallChangeKind.FUNDS or each.listings
    ]
    kinds = {each.kind for each in then}
    now = [each for each in _now(order, at=at) if each.kind not in kinds]
    return replace(why, changes=tuple((*then, *now)[:CHANGES_SHOWN]))


def _of_provider(why: Why, provider_id: UUID) -> Why:
    judgements = tuple(
        replace(
            each,
            judged=tuple(it for it in each.judged if it.provider_id == provider_id),
        )
        for each in why.judgements
    )
    return replace(why, judgements=judgements, changes=(), funds=None)


def _ordered(order: Any, change: SmallChange, *, at: datetime) -> SmallChange:
    """Return a change of one listing as an order for it."""
    starts_at = max(change.starts_at or order.starts_at, at.replace(microsecond=0) + LEAD)
    body = {
        "listing_id": change.listings[0],
        "units_milli": change.units_milli or order.units_milli,
        "starts_at": starts_at,
        "ends_at": starts_at + (order.ends_at - order.starts_at),
        "use_vouchers": order.use_vouchers,
    }
    return replace(change, path=ORDERS, body=plain(body))


def _now(order: Any, *, at: datetime) -> Iterator[SmallChange]:
    """Yield what is there now for an order that came to nothing: later, elsewhere, otherwise."""
    wanted = DemandTerms(
        options=(_option(order, at=at),), at_market_price=True, use_vouchers=order.use_vouchers
    )
    snapshot = match_input(
        demand_id=uuid7(), buyer_id=order.buyer_id, terms=wanted, at=at, seed=PREVIEW_SEED
    )
    for change in changing.changes(snapshot, is_now=True):
        if change.kind not in OF_NOW:
            continue
        if len(change.listings) == 1:
            yield _ordered(order, change, at=at)
        else:
            yield _limited(_orderable(change, at=at))


def _limited(change: SmallChange) -> SmallChange:
    """Return a change that costs no more than it says."""
    wanted: DemandTerms = terms.thawed(change.body)
    limit = PriceLimit(max_amount_minor=change.amount_minor)
    options = tuple(replace(each, limit=limit) for each in wanted.options)
    asked = replace(wanted, options=options, at_market_price=False)
    return replace(change, body=terms.document_of(asked))


def _option(order: Any, *, at: datetime) -> Option:
    listing = order.wanted_listing
    seconds = int((order.ends_at - order.starts_at).total_seconds())
    return Option(
        need=Need(
            resource_class=order.book.resource_class,
            chips=(listing.chip,) if listing is not None else tuple(order.chips),
            hubs=(order.book.hub,),
        ),
        units_milli=order.units_milli,
        starts_at=max(order.starts_at, at.replace(microsecond=0) + LEAD),
        seconds=seconds,
    )
