"""What the page of a call round shows, as plain values."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any, Final

from django.utils.translation import gettext as _

from common.errors import Refusal
from marketplace.catalog.least import units
from marketplace.portal import drawing, figures, names, round_words
from marketplace.rounds import pricing
from marketplace.rounds import selectors as rounds_selectors
from marketplace.rounds import terms as round_terms
from marketplace.rounds.contracts import PriceKind, RoundOrderState, RoundState

POINTS: Final = 24  # of the curves
ORDERS_SHOWN: Final = 20
OWN_SHOWN: Final = 4  # in full; all of them stand in the list
PHASES: Final = ("opens_at", "first_at", "no_cancel_at", "second_at", "ends_at")


def context(row: Any, *, own_of: Any, at: datetime) -> dict[str, Any]:
    """Return everything that a round's page shows; `own_of` is the buyer that looks, if any."""
    prices = rounds_selectors.prices_of(row.pk)
    before, after = rounds_selectors.neighbours(row)
    document = _document(row)
    own = [] if own_of is None else list(rounds_selectors.orders_of(row.pk, buyer_id=own_of))
    return {
        "round": row,
        "tag": round_words.tag(row),
        "product": round_words.product(row),
        "unit": round_words.unit_of(row),
        "answer": answer(row, prices),
        "phases": phases(row, prices, at=at),
        "price": round_words.price_words(row.price_minor),
        "is_paid_by_nobody": document is not None and is_paid_by_nobody(document),
        "volume": figures.grouped(row.volume_milli_hours // 1000),
        "rule": document["rule"] if document else pricing.NAME,
        "bound": round_words.bound(row.bound_permille),
        "curves": curves(document) if document else None,
        "indicative": indicative(prices),
        "orders": anonymous(document, own) if document else [],
        "order_count": row.order_count,
        "own": [_own(each, row) for each in own[:OWN_SHOWN]],
        "more_own": max(len(own) - OWN_SHOWN, 0),
        "before": before,
        "after": after,
        "takes_orders": row.state == RoundState.OPEN,
        "is_live": row.state not in (RoundState.PUBLISHED, RoundState.CALLED_OFF),
        "is_published": row.state == RoundState.PUBLISHED,
        "may_be_called_off": row.state
        in (RoundState.SCHEDULED, RoundState.OPEN, RoundState.NO_CANCEL),
    }


def is_paid_by_nobody(document: Mapping[str, Any]) -> bool:
    """Return whether all that was sold went to members, below the one price of the round."""
    sold = {
        (document["tags"][each["order"]], bin_)
        for each in document["answer"]["placed"]
        for bin_, _units in each["parts"]
        if str(document["tags"][each["order"]]) not in document["late"]
    }
    below = {(tag, bin_) for tag, bin_, _fen in document.get("group_prices", ())}
    return bool(sold) and sold <= below


def _document(row: Any) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = rounds_selectors.result(row.pk).document
    except Refusal:
        return None
    return found


def answer(row: Any, prices: Mapping[str, Any]) -> str:
    """Return the one sentence that says where a round stands."""
    told = {
        RoundState.SCHEDULED: _("Opens %(opens)s."),
        RoundState.SOLVING: _("The orders are sealed; the result is published within a minute."),
        RoundState.CALLED_OFF: _("Called off: %(reason)s"),
        RoundState.PUBLISHED: _published(row),
    }.get(row.state) or _going(prices)
    last = prices.get(PriceKind.SECOND) or prices.get(PriceKind.FIRST)
    return told % {
        "opens": figures.moment(row.opens_at),
        "closed": figures.moment(row.closed_at) if row.closed_at else "",
        "fixed": figures.moment(row.no_cancel_at),
        "ends": figures.moment(row.ends_at),
        "reason": row.reason,
        "price": round_words.price_words(row.price_minor),
        "indicative": round_words.price_words(last.price_minor) if last else "",
        "filled": row.filled_count,
        "orders": last.order_count if last and row.price_minor is None else row.order_count,
    }


def _published(row: Any) -> str:
    if row.price_minor is None:
        return _("Published %(closed)s: nothing crossed, so nobody traded.")
    return _("Published %(closed)s: %(price)s a standard hour, %(filled)s of %(orders)s filled.")


def _going(prices: Mapping[str, Any]) -> str:
    last = prices.get(PriceKind.SECOND) or prices.get(PriceKind.FIRST)
    if last is None or last.price_minor is None:
        return _("Open until %(fixed)s, ends %(ends)s; no price is told yet.")
    return _("Ends %(ends)s; it would clear at %(indicative)s with %(orders)s orders.")


def phases(row: Any, prices: Mapping[str, Any], *, at: datetime) -> list[dict[str, Any]]:
    """Return the phases of a round with their moments and what was told at them."""
    moments = [getattr(row, name) for name in PHASES]
    is_over = row.state in (RoundState.PUBLISHED, RoundState.CALLED_OFF)
    reached = sum(1 for moment in moments if moment <= at)
    found = []
    for place, (name, moment) in enumerate(zip(PHASES, moments, strict=True)):
        kind = {"first_at": PriceKind.FIRST, "second_at": PriceKind.SECOND}.get(name)
        told = prices.get(kind) if kind else None
        label = _words(name) if told is None else f"{_words(name)} {_price(told)}"
        state = "done" if is_over or place < reached - 1 else "todo"
        if not is_over and place == reached - 1:
            state = "now"
        found.append({"label": label, "note": _note(name, moment, told), "state": state})
    return found


def _words(name: str) -> str:
    return {
        "opens_at": _("Open"),
        "first_at": _("First indicative price"),
        "no_cancel_at": _("No cancel"),
        "second_at": _("Second indicative price"),
        "ends_at": _("End"),
    }[name]


def _price(told: Any) -> str:
    return round_words.price_words(told.price_minor)


def _note(name: str, moment: datetime, told: Any) -> str:
    said = {
        "opens_at": _("place, change, withdraw"),
        "no_cancel_at": _("may only raise"),
    }.get(name, "")
    if told is not None and told.short_milli_hours:
        short = figures.grouped(told.short_milli_hours // 1000)
        said = _("short of %(hours)s unit-hours") % {"hours": short}
    return " · ".join(filter(None, [figures.moment(moment), said]))


def curves(document: Mapping[str, Any]) -> drawing.Chart | None:
    """Return what was bid for and offered, price by volume."""
    puzzle = document["puzzle"]
    bids = [
        (each["limit"], first["most"] * (first["last"] - first["first"]))
        for each in puzzle["orders"]
        for first in each["choices"][:1]
    ]
    asks = [(each["ask"], sum(each["free"])) for each in puzzle["bins"]]
    if not bids or not asks:
        return None
    bids.sort(reverse=True)
    asks.sort()
    whole = max(sum(much for _, much in bids), 1)
    places = [whole * step // POINTS for step in range(POINTS)]
    price = document["answer"]["price"]
    return drawing.Chart(
        title=_("Supply and demand"),
        head=_("Unit-hours"),
        categories=[figures.grouped(place // 1000) for place in places],
        series=[
            drawing.Series(_("Demand, highest limit first"), _at(bids, places), "1"),
            drawing.Series(_("Supply, lowest ask first"), _at(asks, places), "muted"),
        ],
        limit=None
        if price is None
        else drawing.Limit(_("Clearing price"), Decimal(price).scaleb(-2)),
        digits=2,
        from_zero=False,
        name="curves",
    )


def _at(steps: Sequence[tuple[int, int]], places: Sequence[int]) -> list[Decimal | None]:
    """Return the price of a curve of steps at some volumes; nothing beyond its end."""
    ends = list(accumulate(much for _, much in steps))
    found: list[Decimal | None] = []
    for place in places:
        reached = next((n for n, end in enumerate(ends) if place < end), None)
        found.append(None if reached is None else Decimal(steps[reached][0]).scaleb(-2))
    return found


def indicative(prices: Mapping[str, Any]) -> drawing.Chart | None:
    """Return the prices that were told, by their moments."""
    told = [each for each in prices.values() if each.price_minor is not None]
    if len(told) < 2:
        return None
    return drawing.Chart(
        title=_("Indicative price"),
        head=_("Time"),
        categories=[figures.moment(each.told_at) for each in told],
        short=[figures.time_of(each.told_at, "%H:%M") for each in told],
        series=[
            drawing.Series(
                _("Price, a standard hour"),
                [Decimal(each.price_minor).scaleb(-2) for each in told],
            )
        ],
        digits=2,
        from_zero=False,
        name="indicative",
    )


def anonymous(document: Mapping[str, Any], own: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the orders of a round as anybody sees them, by turn; one's own are marked."""
    mine = {each.tag for each in own}
    placed = {each["order"]: each for each in document["answer"]["placed"]}
    rows: list[dict[str, Any]] = []
    for number, tag in enumerate(document["tags"]):
        asked = document["puzzle"]["orders"][number]
        first = asked["choices"][0]
        got = sum(much for _bin, much in placed[number]["parts"]) if number in placed else 0
        is_late = str(tag) in document["late"]
        got = 0 if is_late else got
        if len(rows) < ORDERS_SHOWN or tag in mine:
            rows.append(
                {
                    "turn": number + 1,
                    "tag": tag,
                    "asked": f"{units(first['most'])} × {first['last'] - first['first']} h",
                    "limit": round_words.price_words(asked["limit"]),
                    "percent": got * 100 // first["most"],
                    "why": round_words.reason(document["reasons"][str(tag)]),
                    "is_mine": tag in mine,
                    "is_filled": bool(got),
                }
            )
    return rows


def _own(order: Any, row: Any) -> dict[str, Any]:
    asked = round_terms.order_terms(order.terms)
    unit = round_words.unit_of(row)
    is_standing = order.state == RoundOrderState.STANDING
    return {
        "id": order.pk,
        "tag": order.tag,
        "state": round_words.order_tag(order),
        "options": [round_words.option(each, unit) for each in asked.options],
        "starts_at": asked.options[0].starts_at,
        "latest_start_at": asked.options[0].latest_start_at,
        "limit": figures.money(order.limit_minor),
        "turn": order.turn,
        "is_likely": order.is_likely if is_standing else None,
        "why": round_words.reason(order.why) if order.why and not is_standing else "",
        "gap": _gap(order, row),
        "changes": [_change(each, row, unit) for each in order.changes],
        "may_change": is_standing and row.state in (RoundState.OPEN, RoundState.NO_CANCEL),
        "may_withdraw": is_standing and row.state == RoundState.OPEN,
        "has_proof": row.state == RoundState.PUBLISHED and order.turn is not None,
        "lots": [
            {
                "order_id": lot.order_id,
                "number": lot.order.number,
                "listing": names.named(lot.listing, "title"),
                "amount_minor": lot.amount_minor,
                "units_milli": lot.units_milli,
                "group_price": ""
                if lot.price_minor == row.price_minor
                else figures.money(lot.price_minor),
            }
            for lot in rounds_selectors.lots_of([order.pk])
        ],
    }


def _gap(order: Any, row: Any) -> str:
    """Return by how much a limit was below the price."""
    is_filled = order.state == RoundOrderState.FILLED
    if is_filled or row.price_minor is None or order.limit_minor >= row.price_minor:
        return ""
    return figures.money(row.price_minor - order.limit_minor)


def _change(change: Mapping[str, Any], row: Any, unit: str) -> dict[str, str]:
    """Return a change that would have been enough, in words."""
    limit = change["limit_minor"]
    also = _("with a limit of %(limit)s") % {"limit": figures.money(limit)} if limit else ""
    if change["kind"] == "limit":
        return {"title": _("Raise the limit to %(limit)s") % {"limit": figures.money(limit)}}
    if change["kind"] == "start":
        at = row.delivers_from + timedelta(hours=change["slot"])
        return {"title": _("Start %(at)s") % {"at": figures.moment(at)}, "also": also}
    amount = f"{units(change['units_milli'])} {unit}"
    return {"title": _("Take %(amount)s") % {"amount": amount}, "also": also}
