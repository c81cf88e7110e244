#!/usr/bin/env python3
"""
Clear a round of a book again without trusting the market that cleared it.

    python3 verify_clearing.py B-20261126-00001.json
    python3 verify_clearing.py --json B-20261126-00001.json

Needs Python 3.11 or newer and nothing else; where a plan of the round says terms (`rate-2`),
`verify_price.py` beside it. The file is what the API tells of a clearing round
(`/api/v1/clearing-rounds/B-…`): the input that was stored, the result, and the hash of each. The
input is cleared anew, order by order, by the rule that it names (`clear-1`, `clear-3`): turns,
room, prices to the fen, least quantities, collars, barred relations, cash and lots are computed
here, and both hashes are made anew.

What vouchers pay of an order follows from the rules of their programmes, which this script does not
know. Where a buyer has vouchers, what they paid is taken from the result, held against what they
had, and the order is counted as told. Everything else is computed.

Exit status: 0 it clears to the same; 1 it does not; 2 the file could not be read.
"""

import argparse
import hashlib
import json
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

EXACT: Final = Context(prec=60)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
HOUR: Final = 3600
DAY: Final = 24 * HOUR
AMOUNT_MAX: Final = 10**17
QUANTITY_MAX: Final = Decimal(10) ** 18
DIGITS: Final = {"unit_hour": Decimal("1e-12"), "standard_hour": Decimal("1e-9")}
UNIT_OF_CLASS: Final = {"AI": "card", "GENERAL": "vcpu", "HPC": "node"}
RULES: Final = ("clear-1", "clear-3")
Data = dict[str, Any]


class Unreadable(Exception):  # noqa: N818 - an answer of this script, not a fault in it
    """The file is no round that this script knows."""


class NoPrice(Exception):  # noqa: N818 - an answer, too
    """A plan has no price for an amount."""


# --- Plain data and its hash ------------------------------------------------------------------


def hash_of(value: Any) -> str:
    """Return the SHA-256 of plain data: keys sorted, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def draw(seed: str, subject: str) -> bytes:
    """Return a lot."""
    return hashlib.sha256(f"{seed}\n{subject}".encode()).digest()


def moment(text: str) -> datetime:
    """Return a moment that was written down."""
    return datetime.fromisoformat(text)


def number_text(value: Decimal) -> str:
    """Return a number's plain digits without trailing zeros."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def epoch(at: datetime) -> int:
    """Return whole seconds since 1970."""
    length = at - EPOCH
    return length.days * DAY + length.seconds


# --- Room -------------------------------------------------------------------------------------


class Room:
    """How much of a listing is taken at each moment."""

    def __init__(self, offer: Data) -> None:
        self._total = offer["total_milli"]
        self._times, self._taken = [0], [0]
        for each in offer["taken"]:
            self.take(moment(each["starts_at"]), moment(each["ends_at"]), each["milli"])

    def free(self, starts_at: datetime, ends_at: datetime) -> int:
        """Return what is free during the whole of a period."""
        first = bisect_right(self._times, epoch(starts_at)) - 1
        last = bisect_left(self._times, epoch(ends_at))
        return int(self._total - max(self._taken[first:last]))

    def take(self, starts_at: datetime, ends_at: datetime, milli: int) -> None:
        """Take room for a period."""
        first, last = self._cut(epoch(starts_at)), self._cut(epoch(ends_at))
        for place in range(first, last):
            self._taken[place] += milli

    def _cut(self, at: int) -> int:
        place = bisect_left(self._times, at)
        if place == len(self._times) or self._times[place] != at:
            self._times.insert(place, at)
            self._taken.insert(place, self._taken[place - 1])
        return place


# --- Prices: tiers counted from nothing, each line rounded once, half up ------------------------


def lines_of(card: Data, offer: Data, order: Data) -> list[Data]:
    """Return the lines of a price; `NoPrice` where the plan has none for it."""
    milli, seconds = order["units_milli"], _seconds(order)
    unit_seconds = Decimal(milli * seconds).scaleb(-3)
    hours = {"unit_hour": EXACT.divide(unit_seconds, Decimal(HOUR))}
    if offer["factor"] is not None:
        product = EXACT.multiply(unit_seconds, Decimal(offer["factor"]))
        hours["standard_hour"] = EXACT.divide(product, Decimal(HOUR))
    if card.get("terms") is not None:
        return _timed_lines(card, offer, order, hours)
    lines: list[Data] = []
    for component in card["components"]:
        quantity = _quantity(component["unit"], hours)
        lines += _component_lines(card, component, quantity, offer)
    return lines


def _quantity(unit: str, hours: Mapping[str, Decimal]) -> Decimal:
    if unit not in hours:
        raise NoPrice
    quantity = hours[unit].quantize(DIGITS[unit], context=EXACT)
    if quantity > QUANTITY_MAX:
        raise NoPrice
    return quantity


def _timed_lines(card: Data, offer: Data, order: Data, hours: Mapping[str, Decimal]) -> list[Data]:
    """Return the lines of a price by terms (`rate-2`), which `verify_price.py` computes."""
    try:
        pricer = import_module("verify_price")
    except ImportError as error:
        message = "a plan says terms: put verify_price.py beside this script"
        raise Unreadable(message) from error
    facts = dict(offer.get("facts", ()))
    terms = pricer.of_what_is_sold(_as_published(card["terms"]), facts)
    counted = [each for each in terms["components"] if each["model"] not in ("flat", "minimum")]
    quantities = {unit: str(_quantity(unit, hours)) for unit in {e["unit"] for e in counted}}
    period = moment(order["starts_at"]), moment(order["ends_at"])
    told = []
    for line in pricer.timed_lines(terms, quantities, facts, *period):
        if line["amount_minor"] > AMOUNT_MAX:
            raise NoPrice
        text = {
            **line,
            "asset": card["asset"],
            "plan_version_id": card["version_id"],
            "rule_version_id": offer["rule_version_id"],
            "rating_rule": card["rating_rule"],
            "plan_hash": card["content_hash"],
        }
        told.append({"kind": "COMPUTE", "amount_minor": line["amount_minor"], "text": text})
    return told


def _as_published(terms: Data) -> Data:
    """Return terms, as a round stores them, in the form in which they were published."""
    return {
        **{name: terms[name] for name in ("zone", "holidays", "workdays", "counted_by")},
        **{name: terms[name] for name in ("fiscal_month", "to_minor")},
        "bands": [
            {
                **each,
                "from": f"{each['starts'] // 60:02}:{each['starts'] % 60:02}",
                "until": f"{each['ends'] // 60:02}:{each['ends'] % 60:02}",
            }
            for each in terms["bands"]
        ],
        "factors": {
            each["kind"]: {"otherwise": each["otherwise"], "values": dict(each["values"])}
            for each in terms["factors"]
        },
        "components": [_part_as_published(each) for each in terms["parts"]],
    }


def _part_as_published(part: Data) -> Data:
    tiers = [{"from": each["starts_from"], **each} for each in part["tiers"]]
    said = {name: part[name] for name in ("code", "model", "unit", "per", "price", "discount")}
    said |= {"bands": dict(part["bands"]), "factors": part["factors"], "block": part["block"]}
    if part["model"] in ("graduated", "volume"):
        said["tiers"] = tiers
    elif tiers:
        said |= {"hours": tiers[-1]["from"], "unit_price": tiers[-1]["unit_price"]}
    if Decimal(part["increment"]):
        said["increment"] = part["increment"]
    if part.get("sold_as"):
        said["sold_as"] = part["sold_as"]
    return said


def _component_lines(card: Data, component: Data, quantity: Decimal, offer: Data) -> Iterator[Data]:
    tiers = component["tiers"]
    borders: list[str | None] = [each["starts_from"] for each in tiers[1:]]
    for tier, until in zip(tiers, [*borders, None], strict=True):
        begins = Decimal(tier["starts_from"])
        top = quantity if until is None else min(quantity, Decimal(until))
        portion = max(EXACT.subtract(top, begins), Decimal(0))
        if portion == 0 and (quantity or begins):
            continue
        unit_price = Decimal(tier["unit_price"])
        raw = EXACT.multiply(portion, unit_price)
        minor = int(raw.quantize(Decimal("0.01"), ROUND_HALF_UP, EXACT).scaleb(2, EXACT))
        if minor > AMOUNT_MAX:
            raise NoPrice
        text = {
            "component": component["code"],
            "unit": component["unit"],
            "quantity": number_text(portion),
            "tier_from": number_text(begins),
            "tier_until": None if until is None else number_text(Decimal(until)),
            "unit_price": number_text(unit_price),
            "raw_amount": number_text(raw),
            "amount_minor": minor,
            "asset": card["asset"],
            "plan_version_id": card["version_id"],
            "rule_version_id": offer["rule_version_id"],
        }
        yield {"kind": "COMPUTE", "amount_minor": minor, "text": text}


def total(lines: list[Data]) -> int:
    """Return what lines add up to."""
    return sum(int(line["amount_minor"]) for line in lines)


def within_collar(minor: int, milli: int, seconds: int, offer: Data, collar: Data | None) -> bool:
    """Tell whether a book allows a price; what has no standard hours is not compared."""
    if collar is None or offer["factor"] is None:
        return True
    hours = Fraction(milli * seconds, 1000 * HOUR) * Fraction(Decimal(offer["factor"]))
    low, high = (Fraction(Decimal(collar[edge])) * 100 * hours for edge in ("low", "high"))
    return low - 1 <= minor <= high + 1


def is_sold_unnamed(offer: Data) -> bool:
    """Tell whether an order that names no listing may be served from here."""
    unit = offer.get("capacity_unit", "")
    is_by_name = offer.get("is_community") or offer.get("is_preemptible")
    return not is_by_name and unit in (
        "",
        UNIT_OF_CLASS.get(offer["resource_class"]),
    )


# --- Cash: of a long order the first calendar month of the market is held -----------------------


def held_minor(starts_at: datetime, ends_at: datetime, cash: int, terms: Data | None) -> int:
    """Return what of an order's cash is held when it clears."""
    if terms is None or cash <= 0:
        return cash
    if terms["rule"] != "instalment-1":
        raise Unreadable(f"unknown rule: {terms['rule']}")
    bounds = _months(starts_at, ends_at, ZoneInfo(terms["zone"]))
    whole = (ends_at - starts_at) // timedelta(seconds=1)
    parts: list[int] = []
    for end in bounds[1:]:
        share = -(-cash * ((end - starts_at) // timedelta(seconds=1)) // whole)
        reached = min(cash, -(-share // 100) * 100)
        if reached != sum(parts):
            parts.append(reached - sum(parts))
    return parts[0] if len(bounds) > 2 and len(parts) > 1 else cash


def _months(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> list[datetime]:
    if ends_at - starts_at <= timedelta(days=31):
        return [starts_at, ends_at]
    week, bounds = timedelta(days=7), [starts_at]
    local = starts_at.astimezone(zone)
    year, month = local.year, local.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        bound = datetime(year, month, 1, tzinfo=zone).astimezone(UTC)
        if bound >= ends_at:
            return [*bounds, ends_at]
        if bound - bounds[-1] >= week and ends_at - bound >= week:
            bounds.append(bound)


# --- A book: `clear-1` and `clear-3`, which differ in what vouchers pay -------------------------


class Book:
    """Serves one order after the other; what one takes the next no longer finds."""

    def __init__(self, snapshot: Data, stored: Data) -> None:
        self._data, self._seed = snapshot, snapshot["seed"]
        self._at = moment(snapshot["at"])
        self._cards = {each["version_id"]: each for each in snapshot["cards"]}
        self._offers = {each["listing_id"]: each for each in snapshot["offers"]}
        self._rooms = {key: Room(each) for key, each in self._offers.items()}
        self._related = {
            (each["buyer_id"], each["provider_id"]): each for each in snapshot.get("related", [])
        }
        self._barred = {pair[0] for pair, each in self._related.items() if each["is_refused"]}
        self._cash = {each["buyer_id"]: each["cash_minor"] for each in snapshot["purchasers"]}
        self._purses = {
            each["buyer_id"]: {purse["voucher_id"]: purse["available_minor"] for purse in purses}
            for each in snapshot["purchasers"]
            if (purses := each.get("purses"))
        }
        self._fills = {each["order_id"]: each for each in stored["fills"]}
        self._codes = {each["order_id"]: each["code"] for each in stored["rejections"]}
        self._searches: dict[Any, Search] = {}
        self.told = 0

    def clear(self) -> Data:
        """Return fills and rejections, in the order of the turns."""
        fills, rejections = [], []
        for order in self._turns():
            answer = self._serve(order)
            if isinstance(answer, str):
                rejections.append({"order_id": order["order_id"], "code": answer})
            else:
                fills.append(answer)
        return {"fills": fills, "rejections": rejections}

    def _turns(self) -> list[Data]:
        def place(order: Data) -> tuple[datetime, bytes]:
            return moment(order["placed_at"]), draw(self._seed, order["order_id"])

        return sorted(self._data["demands"], key=place)

    def _serve(self, order: Data) -> Data | str:
        starts_at, ends_at = moment(order["starts_at"]), moment(order["ends_at"])
        if ends_at <= self._at:
            return "period_over"
        choice = self._named(order) if order["listing_id"] else self._cheapest(order)
        if isinstance(choice, str):
            return choice
        offer, lines = choice
        gross, cash = total(lines), self._cash[order["buyer_id"]]
        if refused := self._told_refusal(order, offer, gross):
            return refused
        covers = self._covers(order, offer, gross)
        if order.get("voucher_ids") and not covers:
            return "voucher_refused"
        paid = gross - sum(each["amount_minor"] for each in covers)
        held = held_minor(starts_at, ends_at, paid, self._data.get("instalments"))
        if cash < held:
            return "insufficient_funds"
        self._cash[order["buyer_id"]] -= held
        self._rooms[offer["listing_id"]].take(starts_at, ends_at, order["units_milli"])
        return {
            **{name: order[name] for name in ("order_id", "buyer_id", "starts_at", "ends_at")},
            "units_milli": order["units_milli"],
            "listing_id": offer["listing_id"],
            "provider_id": offer["provider_id"],
            "plan_version_id": order.get("plan_version_id") or offer["plan_version_id"],
            "rule_version_id": order.get("rule_version_id") or offer["rule_version_id"],
            "lines": lines,
            "gross_minor": gross,
            "covers": covers,
        }

    def _may_cover(self, order: Data, offer: Data) -> bool:
        wants = order["use_vouchers"] or order.get("voucher_ids")
        return bool(self._purses.get(order["buyer_id"]) and wants and offer["accepts_vouchers"])

    def _told_refusal(self, order: Data, offer: Data, gross: int) -> str | None:
        """Return why vouchers or cash did not do, where only the programmes say and it may be."""
        code = self._codes.get(order["order_id"])
        if not self._may_cover(order, offer) or code is None:
            return None
        starts_at, ends_at = moment(order["starts_at"]), moment(order["ends_at"])
        held = held_minor(starts_at, ends_at, gross, self._data.get("instalments"))
        may_be = {
            "voucher_refused": bool(order.get("voucher_ids")),
            "insufficient_funds": self._cash[order["buyer_id"]] < held,
        }
        self.told += may_be.get(code, False)
        return code if may_be.get(code) else None

    def _covers(self, order: Data, offer: Data, gross: int) -> list[Data]:
        """Return what vouchers pay, as the result says it and as far as they have it."""
        fill = self._fills.get(order["order_id"])
        if not self._may_cover(order, offer):
            return []
        self.told += 1
        purses = self._purses[order["buyer_id"]]
        covers = list(fill["covers"]) if fill else []
        if sum(each["amount_minor"] for each in covers) > gross:
            return []
        for each in covers:
            left = purses.get(each["voucher_id"], 0) - each["amount_minor"]
            if left < 0 or each["amount_minor"] <= 0:
                return []
            purses[each["voucher_id"]] = left
        return covers

    def _named(self, order: Data) -> tuple[Data, list[Data]] | str:
        offer = self._offers.get(order["listing_id"])
        if offer is None or not offer["is_open"]:
            return "listing_closed"
        reason = self._why_not(order, offer, lambda: list(order["lines"]))
        return reason or (offer, list(order["lines"]))

    def _cheapest(self, order: Data) -> tuple[Data, list[Data]] | str:
        barred = order["buyer_id"] if order["buyer_id"] in self._barred else None
        names = ("starts_at", "ends_at", "units_milli")
        wish = (tuple(order["chips"]), *(order[name] for name in names), barred)
        if wish not in self._searches:
            self._searches[wish] = Search(list(self._by_price(order)))
        search = self._searches[wish]
        while search.place < len(search.offers):
            offer, lines = search.offers[search.place]
            reason = self._why_not(order, offer, partial(list, lines))
            if reason is None:
                return offer, lines
            search.go_on(reason)
        return search.reason

    def _by_price(self, order: Data) -> Iterator[tuple[Data, list[Data]]]:
        groups: dict[tuple[Any, ...], list[Data]] = {}
        for offer in self._offers.values():
            fits = not order["chips"] or offer["chip"] in order["chips"]
            if offer["is_open"] and fits and is_sold_unnamed(offer):
                facts = tuple(map(tuple, offer.get("facts", ())))
                key = (offer["plan_version_id"], offer["factor"], offer["rule_version_id"], facts)
                groups.setdefault(key, []).append(offer)
        priced = []
        for key, offers in groups.items():
            try:
                lines = lines_of(self._cards[key[0]], offers[0], order)
            except NoPrice:
                continue
            factor = None if key[1] is None else Decimal(key[1])
            known = f", {key[3]!r}" if key[3] else ""
            name = f"(UUID('{key[0]}'), {factor!r}, UUID('{key[2]}'){known})"
            priced.append((total(lines), name, lines, sorted(offers, key=self._fullest)))
        for _minor, _name, lines, offers in sorted(priced, key=lambda each: each[:2]):
            for offer in offers:
                yield offer, lines

    def _fullest(self, offer: Data) -> tuple[int, bytes]:
        most = max((each["milli"] for each in offer["taken"]), default=0)
        return offer["total_milli"] - most, draw(self._seed, offer["listing_id"])

    def _why_not(self, order: Data, offer: Data, lines: Callable[[], list[Data]]) -> str | None:
        related = self._related.get((order["buyer_id"], offer["provider_id"]))
        if related and related["is_refused"]:
            return "own_listing" if related["relation"] == "OWN" else "related_party"
        starts_at, ends_at = moment(order["starts_at"]), moment(order["ends_at"])
        if _is_outside(offer, starts_at, ends_at):
            return "outside_availability"
        if self._rooms[offer["listing_id"]].free(starts_at, ends_at) < order["units_milli"]:
            return "capacity_exhausted"
        seconds = _seconds(order)
        reason = _why_too_little(offer, order["units_milli"], seconds, lines)
        if reason:
            return reason
        collar = self._data.get("collar")
        is_within = within_collar(total(lines()), order["units_milli"], seconds, offer, collar)
        return None if is_within else "price_outside_collar"


@dataclass
class Search:
    """Where equal wishes go on: nothing is given back while a round is cleared."""

    offers: list[tuple[Data, list[Data]]]
    place: int = 0
    reason: str = "no_eligible_listing"

    def go_on(self, reason: str) -> None:
        """Pass over a listing for good."""
        if self.reason != "capacity_exhausted":
            self.reason = reason
        self.place += 1


def _seconds(order: Data) -> int:
    return epoch(moment(order["ends_at"])) - epoch(moment(order["starts_at"]))


def _is_outside(offer: Data, starts_at: datetime, ends_at: datetime) -> bool:
    until = offer["available_until"]
    return starts_at < moment(offer["available_from"]) or (
        until is not None and ends_at > moment(until)
    )


def _why_too_little(
    offer: Data, milli: int, seconds: int, lines: Callable[[], list[Data]]
) -> str | None:
    for name, much, least, step in (
        ("quantity", milli, "least_milli", "step_milli"),
        ("duration", seconds, "least_seconds", "step_seconds"),
    ):
        if much < offer.get(least, 1):
            return f"below_least_{name}"
        if much % offer.get(step, 1):
            return f"off_{name}_step"
    least_minor = offer.get("least_minor", 0)
    if least_minor and total(lines()) < least_minor:
        is_free = not any(Decimal(each["text"]["raw_amount"]) for each in lines())
        return None if is_free else "below_least_amount"
    return None


# --- The answer ---------------------------------------------------------------------------------


@dataclass
class Findings:
    """What was made anew, and what of it is not what was told."""

    rule: str
    input_hash: str
    output_hash: str
    orders: int
    told: int  # of them, those of which vouchers' part was taken from the result
    faults: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Return whether it clears to the same."""
        return not self.faults


def check(document: Data) -> Findings:
    """Clear a document's input anew and compare both hashes."""
    snapshot, stored, rule = document["snapshot"], document["result"], document["rule_version"]
    if snapshot["rule_version"] != rule:
        raise Unreadable("the input names another rule")
    if rule not in RULES:
        raise Unreadable(f"unknown rule: {rule}")
    book = Book(snapshot, stored)
    result = book.clear()
    orders = len(snapshot["demands"])
    found = Findings(rule, hash_of(snapshot), hash_of(result), orders, book.told)
    if found.input_hash != document["input_hash"]:
        found.faults.append("the input is not the one whose hash was told")
    if found.output_hash != document["output_hash"]:
        found.faults.append("the input does not clear to the result whose hash was told")
    if result != stored:
        found.faults.append("the result is another one")
    return found


def main(arguments: list[str]) -> int:
    """Clear one file again; return the exit status."""
    parser = argparse.ArgumentParser(description="Clear a round again from its stored input.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    given = parser.parse_args(arguments)
    try:
        found = check(json.loads(given.file.read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError, ArithmeticError, Unreadable) as error:
        sys.stderr.write(f"cannot be cleared again: {type(error).__name__}: {error}\n")
        return 2
    if given.json:
        answer = {**vars(found), "agrees": found.is_right}
        sys.stdout.write(json.dumps(answer) + "\n")
    else:
        sys.stdout.write(f"{'agrees' if found.is_right else 'DIFFERS'}  {found.rule}, ")
        sys.stdout.write(f"{found.orders} orders, {found.told} of them with vouchers as told\n")
        sys.stdout.write(f"input   {found.input_hash}\noutput  {found.output_hash}\n")
        sys.stdout.writelines(f"    {fault}\n" for fault in found.faults)
    return 0 if found.is_right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
