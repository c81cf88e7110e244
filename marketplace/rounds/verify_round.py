#!/usr/bin/env python3
"""
Check a published call round without trusting the market that decided it.

    python3 verify_round.py R-20261126-00001.json
    python3 verify_round.py --order 17 R-20261126-00001.json
    python3 verify_round.py --json R-20261126-00001.json

Needs Python 3.11 or newer and nothing else. Checked are: the seed against the hash that was told
before the round; the root above all orders; that the choices are what the orders asked for; the
order of turns and the lots; that asks by hours, amount and price group are those of the order; that
nothing is sold twice, nobody pays more than its limit and nobody gets less than it asks; that no
order that bid enough was passed over while a block for it was left; the price, cleared anew; that
the result is worth no less than serving by turn; the proof of the bound; the reason of each order.
Said is the SHA-256 of the document, as the market keeps it. With --order the way from one order to
the root is shown.

Exit status: 0 everything agrees; 1 something does not; 2 the file could not be read.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

FORMAT: Final = "suanpan-round/1"
# From the second on an ask may depend on the order, in the third on its buyer's price group.
RULES: Final = ("call-1", "call-2", "call-3")
NEVER: Final = 2**40  # asked where a listing does not serve
PARTS_MAX: Final = 8
STARTS_MAX: Final = 24
RANKS: Final = 100
HOUR: Final = 3600
NAMED_MAX: Final = 5
EMPTY_ROOT: Final = hashlib.sha256(b"").hexdigest()
Part = tuple[int, int]
Way = tuple[int, list[Part]]


class Unreadable(Exception):  # noqa: N818 - an answer of this script, not a fault in it
    """The file is no round that this script knows."""


@dataclass
class Findings:
    """What was checked, and what disagrees."""

    checks: list[tuple[str, list[str]]] = field(default_factory=list)

    def note(self, check: str, faults: Iterator[str] | list[str]) -> None:
        """Add a check with what it found wrong."""
        self.checks.append((check, list(faults)))

    @property
    def is_right(self) -> bool:
        """Return whether every check agreed."""
        return not any(faults for _, faults in self.checks)


# --- The tree of the orders, as in RFC 9162 ---------------------------------------------------


def canonical(value: Any) -> bytes:
    """Return the bytes that were hashed."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def leaf_of(order: Any) -> bytes:
    """Return the hash of an order."""
    return hashlib.sha256(b"\x00" + canonical(order)).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """Return the root above some leaves."""
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    both = root_of(leaves[:middle]) + root_of(leaves[middle:])
    return hashlib.sha256(b"\x01" + both).digest()


def proof_of(leaves: list[bytes], place: int) -> list[str]:
    """Return the hashes that lead from a leaf to the root."""
    if len(leaves) == 1:
        return []
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    if place < middle:
        return [*proof_of(leaves[:middle], place), root_of(leaves[middle:]).hex()]
    return [*proof_of(leaves[middle:], place - middle), root_of(leaves[:middle]).hex()]


# --- The round as figures ---------------------------------------------------------------------


class Round:
    """A round's document, read."""

    def __init__(self, document: dict[str, Any]) -> None:
        try:
            if document["format"] != FORMAT or document["rule"] not in RULES:
                raise Unreadable("another format or rule")
            self.document = document
            self.is_by_choice = document["rule"] != RULES[0]
            self.has_groups = document["rule"] == RULES[2]
            self.bins = document["puzzle"]["bins"]
            self.sets = document["puzzle"]["sets"]
            self.asked = document["puzzle"]["orders"]
            self.orders = document["orders"]
            self.answer = document["answer"]
            self.price = self.answer["price"]
            self.placed = {each["order"]: each for each in self.answer["placed"]}
        except (KeyError, TypeError) as error:
            raise Unreadable(f"missing: {error}") from error

    def ask(self, number: int, choice: dict[str, Any]) -> int:
        """Return what a listing asks for a choice."""
        bin_ = self.bins[number]
        asks = bin_.get("asks") if self.is_by_choice else None
        if not asks:
            return int(bin_["ask"])
        return int(asks[choice["priced"]]) if 0 <= choice["priced"] < len(asks) else NEVER

    def sells(self, number: int, choice: dict[str, Any], price: int | None = None) -> bool:
        """Tell whether a listing sells to a choice at a price."""
        at = self.price if price is None else price
        bin_ = self.bins[number]
        high = bin_["high"]
        return bool(
            self.ask(number, choice) <= at and bin_["low"] <= at and (high is None or at <= high)
        )

    def groups(self, choice: dict[str, Any]) -> dict[int, str]:
        """Return the listings that ask a choice a price group's price, and which group."""
        priced = self.document["priced"] if self.has_groups else []
        place = choice["priced"] if self.has_groups else -1
        return dict(priced[place][5]) if 0 <= place < len(priced) else {}

    def pays(self, number: int, choice: dict[str, Any]) -> int:
        """Return what a standard hour of a listing costs a choice."""
        ask = self.ask(number, choice) if number in self.groups(choice) else self.price
        return int(min(self.price, ask))

    def may_serve(self, asked: dict[str, Any], price: int) -> bool:
        """Tell whether an order bids enough: for the price, or for its group's."""
        return bool(
            asked["limit"] >= price
            or any(
                self.serves(bin_, choice, price)
                for choice in asked["choices"]
                if self.has_groups and choice["limit"]
                for bin_ in self.sets[choice["where"]]
            )
        )

    def serves(self, number: int, choice: dict[str, Any], price: int) -> bool:
        """Tell whether a listing sells to a choice at a price, whose limit may be below it."""
        own = choice["limit"] if self.has_groups else 0
        is_own = number in self.groups(choice) and self.ask(number, choice) <= own
        return (is_own or not 0 < own < price) and self.sells(number, choice, price)

    def unit_value(self, number: int, choice: dict[str, Any], bin_: int) -> int:
        """Return what a unit of a listing adds to the common good."""
        gain = self.asked[number]["limit"] - self.ask(bin_, choice)
        return int(choice["scale"] * self.bins[bin_]["factor"] * gain * (RANKS - choice["rank"]))

    def value(self) -> int:
        """Return what the result is worth."""
        total = 0
        for each in self.placed.values():
            choice = self.asked[each["order"]]["choices"][each["choice"]]
            for bin_, units in each["parts"]:
                total += units * self.unit_value(each["order"], choice, bin_)
        return total


class Room:
    """What is left of every listing in every hour."""

    def __init__(self, found: Round, price: int | None) -> None:
        self.free = [list(each["free"]) for each in found.bins]
        self._found, self._price = found, price
        self._known: dict[tuple[int, int, int], list[int]] = {}

    def bins(self, choice: dict[str, Any]) -> list[int]:
        """Return the listings that may serve a choice at the price, those that ask least first."""
        found, price = self._found, self._price
        own = choice["limit"] if found.has_groups else 0
        key = choice["where"], choice["priced"] if found.is_by_choice else 0, own
        if key not in self._known:
            self._known[key] = sorted(
                (
                    bin_
                    for bin_ in found.sets[choice["where"]]
                    if price is not None and found.serves(bin_, choice, price)
                ),
                key=lambda bin_: found.ask(bin_, choice),
            )
        return self._known[key]

    def fit(self, choice: dict[str, Any], bin_: int) -> int:
        """Return how many units fit."""
        return int(min(self.free[bin_][choice["first"] : choice["last"]]))

    def take(self, choice: dict[str, Any], parts: list[Part]) -> None:
        """Take room."""
        for bin_, units in parts:
            for slot in range(choice["first"], choice["last"]):
                self.free[bin_][slot] -= units

    def find(self, order: dict[str, Any]) -> Way | None:
        """Return the first choice of an order for which there is room."""
        for number, choice in enumerate(order["choices"]):
            parts = self._spread(choice) if choice["is_spread"] else self._one(choice)
            if parts:
                return number, parts
        return None

    def _one(self, choice: dict[str, Any]) -> list[Part]:
        units, bins = choice["most"], self._found.bins
        found = [
            bin_
            for bin_ in self.bins(choice)
            if self.fit(choice, bin_) >= units
            and bins[bin_]["least"] <= units
            and units % bins[bin_]["step"] == 0
        ]
        asks = {bin_: self._found.ask(bin_, choice) for bin_ in found}
        cheap = [bin_ for bin_ in found if asks[bin_] == asks[found[0]]]
        return [(min(cheap, key=lambda bin_: self._rest(choice, bin_)), units)] if cheap else []

    def _rest(self, choice: dict[str, Any], bin_: int) -> int:
        return sum(self.free[bin_][choice["first"] : choice["last"]])

    def _spread(self, choice: dict[str, Any]) -> list[Part]:
        bins = self._found.bins
        fits = {bin_: self.fit(choice, bin_) for bin_ in self.bins(choice)}
        left, parts = choice["most"], list[Part]()
        for bin_ in sorted(fits, key=lambda b: (self._found.ask(b, choice), -fits[b])):
            units = min(fits[bin_], left)
            units -= units % bins[bin_]["step"]
            if units >= bins[bin_]["least"] and units > 0:
                parts.append((bin_, units))
                left -= units
            if not left or len(parts) == PARTS_MAX:
                break
        return parts if choice["most"] - left >= choice["least"] else []


# --- Checks -----------------------------------------------------------------------------------


def seed_faults(found: Round) -> Iterator[str]:
    """Yield what is wrong with the seed."""
    document = found.document
    if hashlib.sha256(document["seed"].encode()).hexdigest() != document["seed_hash"]:
        yield "the seed is not the one whose hash was told before the round"


def root_faults(found: Round) -> Iterator[str]:
    """Yield what is wrong with the root above the orders."""
    leaves = [leaf_of(each) for each in found.orders]
    root = root_of(leaves).hex() if leaves else EMPTY_ROOT
    if root != found.document["order_root"]:
        yield "the orders are not those that were sealed"


def choice_faults(found: Round) -> Iterator[str]:
    """Yield the orders whose figures are not what their terms say."""
    begins = _moment(found.document["delivers_from"])
    by_tag = {each["tag"]: each for each in found.orders}
    for number, asked in enumerate(found.asked):
        order = by_tag[found.document["tags"][number]]
        wanted = list(_choices(order["terms"], begins))
        given = [
            tuple(
                c[name] for name in ("first", "last", "most", "least", "scale", "rank", "is_spread")
            )
            for c in asked["choices"]
        ]
        if wanted != given or asked["limit"] != order["terms"]["limit_minor"]:
            yield f"order {order['tag']} is not what was asked for"


def ask_faults(found: Round) -> Iterator[str]:
    """Yield where an ask is not looked up by an order's own hours and amount."""
    priced = found.document["priced"] if found.is_by_choice else []
    for number, asked in enumerate(found.asked):
        tag = found.document["tags"][number]
        for choice in asked["choices"] if found.is_by_choice else ():
            place = choice["priced"]
            own = [choice[name] for name in ("first", "last", "least", "most", "is_spread")]
            if place >= 0 and (place >= len(priced) or priced[place][:5] != own):
                yield f"order {tag} is priced as another"
            if found.has_groups and choice["limit"] != bool(found.groups(choice)) * asked["limit"]:
                yield f"order {tag} is in a group or is not"
    members = [[bin_ for bin_, _ in each[5]] for each in priced if each[5:]]
    if found.document["puzzle"].get("members", []) != members:
        yield "the figures name other members than the document"
    # The one price follows from what is asked of those who are in no group.
    lists = [place for place, each in enumerate(priced) if not any(each[5:])]
    for number, bin_ in enumerate(found.bins):
        asks = bin_["asks"] if found.is_by_choice else []
        least = min((asks[place] for place in lists if place < len(asks)), default=NEVER)
        if asks and (len(asks) != len(priced) or bin_["ask"] != least):
            yield f"listing {number} does not say what it asks"


def group_price_faults(found: Round) -> Iterator[str]:
    """Yield who should pay a group's price and does not, or the other way round."""
    if not found.has_groups or found.price is None:
        return
    due = [
        [found.document["tags"][each["order"]], bin_, own]
        for each in found.answer["placed"]
        for bin_, _units in each["parts"]
        if (own := found.pays(bin_, found.asked[each["order"]]["choices"][each["choice"]]))
        != found.price
    ]
    if due != found.document["group_prices"]:
        yield f"members pay {found.document['group_prices']} and should pay {due}"


def _choices(terms: dict[str, Any], begins: datetime) -> Iterator[tuple[Any, ...]]:
    for rank, option in enumerate(terms["options"]):
        start = _hours(begins, option["starts_at"])
        last = _hours(begins, option["latest_start_at"] or option["starts_at"])
        step = -(-(last - start + 1) // STARTS_MAX)
        least = option["least_milli"]
        for first in range(start, last + 1, step):
            yield (
                first,
                first + option["hours"],
                option["units_milli"],
                option["units_milli"] if least is None else least,
                option["hours"],
                rank,
                option["may_span"] or least is not None,
            )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _hours(begins: datetime, text: str) -> int:
    return int((_moment(text) - begins).total_seconds()) // HOUR


def turn_faults(found: Round) -> Iterator[str]:
    """Yield what is wrong with the order of turns."""
    seed = found.document["seed"]

    def place(each: dict[str, Any]) -> tuple[int, bool, int, str]:
        share = each["used_milli_hours"] if each["is_certified"] else 0
        lot = hashlib.sha256(f"{seed}/{each['tag']}".encode()).hexdigest()
        return -each["limit_minor"], not each["is_certified"], share, lot

    turns = sorted(found.document["turns"], key=place)
    if [each["tag"] for each in turns] != found.document["tags"]:
        yield "the orders did not take their turns by limit, share and lot"


def sale_faults(found: Round) -> Iterator[str]:
    """Yield what is sold twice, too dear, or to somebody who asked for something else."""
    room = Room(found, found.price)
    if len(found.placed) != len(found.answer["placed"]):
        yield "an order is served twice"
    for number, each in found.placed.items():
        choice = found.asked[number]["choices"][each["choice"]]
        tag = found.document["tags"][number]
        yield from (f"order {tag} {fault}" for fault in _deal_faults(found, each, choice))
        room.take(choice, [tuple(part) for part in each["parts"]])
    for bin_, free in enumerate(room.free):
        if min(free) < 0:
            yield f"listing {bin_} is sold beyond what it has"


def _deal_faults(found: Round, placed: dict[str, Any], choice: dict[str, Any]) -> Iterator[str]:
    units = sum(much for _, much in placed["parts"])
    limit = found.asked[placed["order"]]["limit"]
    if any(found.pays(bin_, choice) > limit for bin_, _ in placed["parts"]):
        yield "pays more than its limit"
    if not choice["least"] <= units <= choice["most"]:
        yield "gets another amount than it asked for"
    if len(placed["parts"]) > (PARTS_MAX if choice["is_spread"] else 1):
        yield "is cut into too many parts"
    for bin_, much in placed["parts"]:
        listing = found.bins[bin_]
        if bin_ not in found.sets[choice["where"]] or not found.serves(bin_, choice, found.price):
            yield "is served by a listing that may not serve it"
        if much < listing["least"] or much % listing["step"] or much <= 0:
            yield "takes what its listing does not sell"


def passed_over(found: Round) -> Iterator[str]:
    """Yield the orders that bid enough and were passed over while a block for them was left."""
    if found.price is None:
        return
    room = Room(found, found.price)
    for number, each in found.placed.items():
        choice = found.asked[number]["choices"][each["choice"]]
        room.take(choice, [tuple(part) for part in each["parts"]])
    for number, asked in enumerate(found.asked):
        is_left = number not in found.placed and found.may_serve(asked, found.price)
        if is_left and room.find(asked):
            yield f"order {found.document['tags'][number]} was passed over"


def price_faults(found: Round) -> Iterator[str]:
    """Yield what is wrong with the price: it is cleared anew."""
    price = cleared_anew(found)
    if price != found.price:
        yield f"the price is {found.price} and should be {price}"


def cleared_anew(found: Round) -> int | None:
    """
    Return the price of a round, computed from its orders and listings; nothing if nobody trades.

    It is the lowest above which no more is bid for than is offered, raised by halving what is left
    of the limits and asks until no divisible order that bids more goes short by turn.
    """
    low = _crossing(found)
    if low is None:
        return None
    prices = {each["limit"] for each in found.asked} | {each["ask"] for each in found.bins}
    if found.is_by_choice:
        prices |= {ask for each in found.bins for ask in each["asks"] if ask != NEVER}
    steps = sorted(each for each in prices if each >= low)
    first, last, place = 0, len(steps) - 1, 0
    while first < last:
        # The first rule did not see whoever has the first turn, whose number is nought.
        if any(found.is_by_choice or number for number in _short(found, steps[place])):
            first = place + 1
        else:
            last = place
        place = (first + last) // 2
    return steps[first] if _by_turn(found, steps[first]) else None


def _crossing(found: Round) -> int | None:
    wanted: dict[int, int] = {}
    offered: dict[int, int] = {}
    for each in found.asked:
        first = each["choices"][0]
        much = first["most"] * (first["last"] - first["first"])
        wanted[each["limit"]] = wanted.get(each["limit"], 0) + much
    for each in found.bins:
        offered[each["ask"]] = offered.get(each["ask"], 0) + sum(each["free"])
    if not wanted or not offered:
        return None
    steps = sorted({*wanted, *offered})
    below = accumulate(offered.get(price, 0) for price in steps)
    above = sum(wanted.values())
    for price, there in zip(steps, below, strict=True):
        above -= wanted.get(price, 0)
        if above <= there:
            return price
    return None


def _by_turn(found: Round, price: int) -> dict[int, Way]:
    """Serve everybody by turn at a price."""
    room, served = Room(found, price), dict[int, Way]()
    for number, asked in enumerate(found.asked):
        way = room.find(asked) if found.may_serve(asked, price) else None
        if way is not None:
            room.take(asked["choices"][way[0]], way[1])
            served[number] = way
    return served


def _short(found: Round, price: int) -> Iterator[int]:
    served = _by_turn(found, price)
    for number, asked in enumerate(found.asked):
        if asked["is_divisible"] and asked["limit"] > price:
            most = max(choice["most"] for choice in asked["choices"])
            got = sum(much for _, much in served[number][1]) if number in served else 0
            if got < most:
                yield number


def worth_faults(found: Round) -> Iterator[str]:
    """Yield what is wrong with the worth of the result, and with the bound."""
    value = found.value()
    if value != found.answer["value"]:
        yield "the result is not worth what is said"
    if found.price is None:
        return
    again = 0
    for number, (choice, parts) in _by_turn(found, found.price).items():
        each = found.asked[number]["choices"][choice]
        again += sum(much * found.unit_value(number, each, b) for b, much in parts)
    if value < again:
        yield "serving everybody by turn is worth more than the result"
    bound = found.answer["bound"]
    if bound is not None and proved(found) > bound:
        yield "the bound is not proved"
    if bound is not None and value > bound:
        yield "the result is worth more than the bound"


def proved(found: Round) -> int:
    """Return what the published prices of room prove that no result can be worth more than."""
    prices = found.answer["room_prices"] or [[0] * len(each["free"]) for each in found.bins]
    sums = [[0, *accumulate(each)] for each in prices]
    total = sum(
        free * price
        for each, row in zip(found.bins, prices, strict=True)
        for free, price in zip(each["free"], row, strict=True)
    )
    for number, asked in enumerate(found.asked):
        if found.may_serve(asked, found.price):
            best = 0
            for choice in asked["choices"]:
                for bin_ in found.sets[choice["where"]]:
                    if found.serves(bin_, choice, found.price):
                        room = sums[bin_][choice["last"]] - sums[bin_][choice["first"]]
                        worth = found.unit_value(number, choice, bin_)
                        best = max(best, choice["most"] * (worth - room))
            total += best
    return int(total)


def reason_faults(found: Round) -> Iterator[str]:
    """Yield the orders whose reason is not theirs."""
    for number, asked in enumerate(found.asked):
        tag = found.document["tags"][number]
        why = found.document["reasons"][str(tag)]
        if str(tag) in found.document["late"]:
            continue
        is_served = number in found.placed
        if is_served != (why in ("filled", "filled_in_part")) or (why == "limit_below_price") != (
            found.price is not None and asked["limit"] < found.price and not is_served
        ):
            yield f"order {tag}: {why}"


def check(document: dict[str, Any]) -> Findings:
    """Return what is right and wrong about a round's document."""
    found, findings = Round(document), Findings()
    findings.note("seed", seed_faults(found))
    findings.note("root of the orders", root_faults(found))
    findings.note("orders as figures", choice_faults(found))
    findings.note("turns and lots", turn_faults(found))
    findings.note("asks by hours and amount", ask_faults(found))
    findings.note("prices of groups", group_price_faults(found))
    findings.note("nothing sold twice or too dear", sale_faults(found))
    findings.note("nobody passed over", passed_over(found))
    findings.note("price cleared anew", price_faults(found))
    findings.note("worth and bound", worth_faults(found))
    findings.note("reasons", reason_faults(found))
    return findings


def _show_order(document: dict[str, Any], tag: int) -> list[str]:
    for place, each in enumerate(document["orders"]):
        if each["tag"] == tag:
            leaves = [leaf_of(other) for other in document["orders"]]
            return [leaves[place].hex(), *proof_of(leaves, place), root_of(leaves).hex()]
    raise Unreadable(f"there is no order {tag}")


def main(arguments: list[str]) -> int:
    """Check one file; return the exit status."""
    parser = argparse.ArgumentParser(description="Check a published call round.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    parser.add_argument("--order", type=int, help="show the way from this order to the root")
    given = parser.parse_args(arguments)
    try:
        document = json.loads(given.file.read_text(encoding="utf-8"))
        findings = check(document)
        way = [] if given.order is None else _show_order(document, given.order)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, Unreadable) as error:
        sys.stderr.write(f"cannot be checked: {error}\n")
        return 2
    told = [{"check": name, "faults": faults} for name, faults in findings.checks]
    if given.json:
        sha256 = hashlib.sha256(canonical(document)).hexdigest()
        answer = {"agrees": findings.is_right, "checks": told, "way": way, "sha256": sha256}
        sys.stdout.write(json.dumps(answer) + "\n")
    else:
        for name, faults in findings.checks:
            sys.stdout.write(f"{'agrees' if not faults else 'DIFFERS'}  {name}\n")
            sys.stdout.writelines(f"    {fault}\n" for fault in faults[:NAMED_MAX])
        sys.stdout.writelines(f"{each}\n" for each in way)
    return 0 if findings.is_right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
