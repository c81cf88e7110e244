#!/usr/bin/env python3
"""
Decide a demand again without trusting the market that decided it.

    python3 verify_demand.py D-20261126-00001.json
    python3 verify_demand.py --json D-20261126-00001.json

Needs Python 3.11 or newer and nothing else; where a plan says terms (`rate-2`), the two scripts
`verify_clearing.py` and `verify_price.py` beside it. The file is what the API tells of how a demand
was decided (`/api/v1/demands/…/decision`): the input that was stored, the result, and each hash.
The input is decided anew by the rule that it names (`clear-2`): every predicate of every listing,
over one hub or many, room, prices to the fen, collars, limits, the path, ranks and lots are
computed here, and both hashes are made anew.

Exit status: 0 it is decided the same; 1 it does not; 2 the file could not be read.
"""

import argparse
import hashlib
import json
import sys
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any, Final

EXACT: Final = Context(prec=60)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
HOUR: Final = 3600
DAY: Final = 24 * HOUR
AMOUNT_MAX: Final = 10**17
QUANTITY_MAX: Final = Decimal(10) ** 18
DIGITS: Final = {"unit_hour": Decimal("1e-12"), "standard_hour": Decimal("1e-9")}
UNIT_OF_CLASS: Final = {"AI": "card", "GENERAL": "vcpu", "HPC": "node"}
RULE: Final = "clear-2"
LOTS_MAX: Final = 8
STARTS_MAX: Final = 64
Data = dict[str, Any]


class Unreadable(Exception):  # noqa: N818 - an answer of this script, not a fault in it
    """The file is no decision that this script knows."""


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


def moment_text(at: datetime) -> str:
    """Return a moment as it is written down."""
    text = at.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


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


def lines_of(card: Data, offer: Data, milli: int, seconds: int, starts_at: datetime) -> list[Data]:
    """Return the lines of a price; `NoPrice` where the plan has none for it."""
    if card.get("terms") is not None:
        ends_at = starts_at + timedelta(seconds=seconds)
        return _lines_by_terms(card, offer, milli, starts_at, ends_at)
    unit_seconds = Decimal(milli * seconds).scaleb(-3)
    hours = {"unit_hour": EXACT.divide(unit_seconds, Decimal(HOUR))}
    if offer["factor"] is not None:
        product = EXACT.multiply(unit_seconds, Decimal(offer["factor"]))
        hours["standard_hour"] = EXACT.divide(product, Decimal(HOUR))
    lines: list[Data] = []
    for component in card["components"]:
        unit = component["unit"]
        if unit not in hours:
            raise NoPrice
        quantity = hours[unit].quantize(DIGITS[unit], context=EXACT)
        if quantity > QUANTITY_MAX:
            raise NoPrice
        lines += _component_lines(card, component, quantity, offer)
    return lines


def _lines_by_terms(
    card: Data, offer: Data, milli: int, starts_at: datetime, ends_at: datetime
) -> list[Data]:
    """Return the lines of a price by terms, which the script of clearing computes."""
    try:
        pricer = import_module("verify_clearing")
    except ImportError as error:
        message = "a plan says terms: put verify_clearing.py and verify_price.py beside this script"
        raise Unreadable(message) from error
    order = {
        "units_milli": milli,
        "starts_at": moment_text(starts_at),
        "ends_at": moment_text(ends_at),
    }
    try:
        lines: list[Data] = pricer.lines_of(card, offer, order)
    except pricer.NoPrice as error:
        raise NoPrice from error
    except pricer.Unreadable as error:
        raise Unreadable(str(error)) from error
    return lines


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


# --- A demand: `clear-2` ------------------------------------------------------------------------


def _below(least: Any, value: Any) -> bool:
    return least is not None and (value is None or value < least)


def _above(most: Any, value: Any) -> bool:
    return most is not None and (value is None or Decimal(value) > Decimal(most))


def _left_out(need: Data, provider: str) -> bool:
    return provider in need["never"] or bool(need["only"] and provider not in need["only"])


# What a listing is asked, in this order: need, offer, facts, route.
BARS: Final[tuple[tuple[str, Callable[[Data, Data, Data, Data | None], bool]], ...]] = (
    ("listing_closed", lambda _n, o, _f, _r: not o["is_open"]),
    ("other_class", lambda n, o, _f, _r: o["resource_class"] != n["resource_class"]),
    ("other_unit", lambda _n, o, _f, _r: not is_sold_unnamed(o)),
    ("other_form", lambda n, _o, f, _r: bool(n["form"] and f["form"] != n["form"])),
    ("other_chip", lambda n, o, _f, _r: bool(n["chips"] and o["chip"] not in n["chips"])),
    ("too_little_memory", lambda n, _o, f, _r: _below(n["card_memory_gb"], f["card_memory_gb"])),
    ("too_few_cards_a_node", lambda n, _o, f, _r: _below(n["cards_per_node"], f["cards_per_node"])),
    ("network_too_slow", lambda n, _o, f, _r: _below(n["network_gbps"], f["network_gbps"])),
    ("other_hub", lambda n, _o, f, _r: bool(n["hubs"] and f["hub"] not in n["hubs"])),
    ("too_far", lambda n, _o, _f, r: _above(n["near_ms"], None if r is None else r["latency_ms"])),
    ("pue_too_high", lambda n, _o, f, _r: _above(n["pue_max"], f["pue"])),
    ("carbon_too_high", lambda n, _o, f, _r: _above(n["carbon_max"], f["carbon_g_per_kwh"])),
    (
        "verified_too_little",
        lambda n, _o, f, _r: _below(n["verification_min"], f["verification_level"]),
    ),
    ("quality_too_low", lambda n, _o, f, _r: _below(n["quality_min"], f["quality"])),
    ("provider_left_out", lambda n, o, _f, _r: _left_out(n, o["provider_id"])),
)
LATER_BARS: Final = (
    "related_party",
    "outside_availability",
    "below_least",
    "capacity_exhausted",
    "price_unknown",
    "price_outside_collar",
    "above_price_limit",
)
ORDER_OF_BARS: Final = [*(name for name, _fails in BARS), *LATER_BARS]


def clear_demand(snapshot: Data) -> Data:
    """Return which option is filled from which listings, or why none is."""
    tried: list[Data] = []
    for number, option in enumerate(snapshot["terms"]["options"]):
        choosing = Choosing(snapshot, option)
        lots = choosing.lots()
        tried.append(choosing.told())
        if lots:
            return {"option": number, "lots": lots, "tried": tried}
    return {"option": None, "lots": [], "tried": tried}


class Choosing:
    """One option of a demand against all candidates."""

    def __init__(self, snapshot: Data, option: Data) -> None:
        self._data, self._option = snapshot, option
        self._cards = {each["version_id"]: each for each in snapshot["cards"]}
        near = option["need"]["near_hub"]
        self._routes = {
            each["to_hub"]: each for each in snapshot["routes"] if each["from_hub"] == near
        }
        self._bars: Counter[str] = Counter()
        at, starts_at = moment(snapshot["at"]), moment(option["starts_at"])
        whole = at.replace(microsecond=0)
        earliest = max(starts_at, whole if whole == at else whole + timedelta(seconds=1))
        latest = moment(option["latest_start_at"]) if option["latest_start_at"] else starts_at
        self._window = (earliest, max(latest, starts_at))
        self._eligible = [each for each in snapshot["candidates"] if self._is_eligible(each)]
        self._rooms = {each["offer"]["listing_id"]: Room(each["offer"]) for each in self._eligible}

    def told(self) -> Data:
        """Return why the option was not filled: the bar that the best listing failed at."""
        code = max(self._bars, key=ORDER_OF_BARS.index, default="no_eligible_listing")
        if self._window[0] > self._window[1]:
            code = "period_over"
        barred = {each: count for each, count in self._bars.items() if count}
        return {"code": code, "eligible": len(self._eligible), "barred": barred}

    def lots(self) -> list[Data]:
        """Return what fills the option; nothing if nothing does."""
        if self._window[0] > self._window[1]:
            return []
        return self._whole() if self._option["least_milli"] is None else self._divided()

    def _is_eligible(self, candidate: Data) -> bool:
        need, offer, facts = self._option["need"], candidate["offer"], candidate["facts"]
        route = self._routes.get(facts["hub"])
        bar = next((name for name, fails in BARS if fails(need, offer, facts, route)), None)
        if bar is None and offer["provider_id"] in self._data["barred"]:
            bar = "related_party"
        if bar is not None:
            self._bars[bar] += 1
        return bar is None

    def _whole(self) -> list[Data]:
        ranked = []
        for candidate in self._eligible:
            lot: Data | str = "outside_availability"
            for starts_at in self._starts([candidate]):
                lot = self._lot(candidate, starts_at, self._option["units_milli"])
                if not isinstance(lot, str):
                    break
            if isinstance(lot, str):
                self._bars[lot] += 1
            else:
                ranked.append((self._rank(candidate, lot), lot))
        return [min(ranked, key=lambda each: each[0])[1]] if ranked else []

    def _divided(self) -> list[Data]:
        for starts_at in self._starts(self._eligible):
            lots = self._lots_at(starts_at)
            if sum(lot["units_milli"] for lot in lots) >= (self._option["least_milli"] or 0):
                return lots
        if not self._bars["above_price_limit"]:
            self._bars["capacity_exhausted"] += 1
        return []

    def _lots_at(self, starts_at: datetime) -> list[Data]:
        ends_at = starts_at + timedelta(seconds=self._option["seconds"])
        ranked = []
        for candidate in self._eligible:
            free = self._rooms[candidate["offer"]["listing_id"]].free(starts_at, ends_at)
            lot = self._lot(candidate, starts_at, self._in_steps(candidate, free))
            if not isinstance(lot, str):
                ranked.append((self._rank(candidate, lot), free, candidate))
        left, lots = self._option["units_milli"], list[Data]()
        for _rank, free, candidate in sorted(ranked, key=lambda each: each[0]):
            lot = self._lot(candidate, starts_at, self._in_steps(candidate, min(free, left)))
            if not isinstance(lot, str) and self._fits(lots, lot):
                lots.append(lot)
                left -= lot["units_milli"]
            if not left or len(lots) == LOTS_MAX:
                break
        return lots

    def _in_steps(self, candidate: Data, milli: int) -> int:
        wanted = min(milli, self._option["units_milli"])
        return int(wanted - wanted % candidate["offer"]["step_milli"])

    def _fits(self, lots: list[Data], lot: Data) -> bool:
        most = self._option["limit"]["max_amount_minor"]
        return most is None or sum(each["amount_minor"] for each in (*lots, lot)) <= most

    def _starts(self, candidates: list[Data]) -> list[datetime]:
        earliest, latest = self._window
        moments = {earliest}
        for each in candidates:
            ends = [taken["ends_at"] for taken in each["offer"]["taken"]]
            found = [moment(text) for text in (*ends, each["offer"]["available_from"])]
            moments |= {at for at in found if earliest < at <= latest}
        return sorted(moments)[:STARTS_MAX]

    def _lot(self, candidate: Data, starts_at: datetime, milli: int) -> Data | str:
        offer, facts, seconds = candidate["offer"], candidate["facts"], self._option["seconds"]
        ends_at = starts_at + timedelta(seconds=seconds)
        if _is_outside(offer, starts_at, ends_at):
            return "outside_availability"
        is_off = milli % offer["step_milli"] or seconds % offer["step_seconds"]
        if milli < max(1, offer["least_milli"]) or seconds < offer["least_seconds"] or is_off:
            return "below_least"
        if self._rooms[offer["listing_id"]].free(starts_at, ends_at) < milli:
            return "capacity_exhausted"
        try:
            card = self._cards[offer["plan_version_id"]]
            minor = total(lines_of(card, offer, milli, seconds, starts_at))
        except NoPrice:
            return "price_unknown"
        if bar := self._price_bar(candidate, milli, minor):
            return bar
        route, energy = self._routes.get(facts["hub"]), _watt_hours(facts, milli, seconds)
        carbon = facts["carbon_g_per_kwh"]
        return {
            "listing_id": offer["listing_id"],
            "starts_at": moment_text(starts_at),
            "ends_at": moment_text(ends_at),
            "units_milli": milli,
            "amount_minor": minor,
            "path_minor": self._path_minor(route),
            "latency_ms": None if route is None else route["latency_ms"],
            "watt_hours": energy,
            "carbon_g": None if carbon is None or energy is None else energy * carbon // 1000,
        }

    def _price_bar(self, candidate: Data, milli: int, minor: int) -> str | None:
        offer, limit, seconds = candidate["offer"], self._option["limit"], self._option["seconds"]
        if not within_collar(minor, milli, seconds, offer, candidate["collar"]):
            return "price_outside_collar"
        if minor < offer["least_minor"] and minor:
            return "below_least"
        hours = Fraction(milli * seconds, 1000 * HOUR)
        most, by_hour = limit["max_amount_minor"], limit["max_price_per_unit_hour_minor"]
        if (most is not None and minor > most) or (by_hour is not None and minor > by_hour * hours):
            return "above_price_limit"
        standard = limit["max_price_per_standard_hour_minor"]
        if standard is None:
            return None
        if offer["factor"] is None:
            return "price_unknown"
        is_over = minor > standard * hours * Fraction(Decimal(offer["factor"]))
        return "above_price_limit" if is_over else None

    def _path_minor(self, route: Data | None) -> int:
        if route is None:
            return 0
        gigabytes = self._data["terms"]["data_gb"]
        return -int(-Decimal(route["price_per_gb"]) * gigabytes * 100 // 1)

    def _rank(self, candidate: Data, lot: Data) -> tuple[Any, ...]:
        facts, prefer = candidate["facts"], self._data["terms"]["prefer"]
        carbon, pue = _known(facts["carbon_g_per_kwh"]), _known(facts["pue"])
        dirt = carbon if carbon[0] else (0, carbon[1] * (Fraction(1) if pue[0] else pue[1]))
        first: dict[str, tuple[Any, ...]] = {
            "CHEAPEST": (),
            "GREENEST": (dirt, pue),
            "NEAREST": (_known(lot["latency_ms"]),),
        }
        quality = facts["quality"]
        return (
            *first[prefer],
            Fraction(lot["amount_minor"] + lot["path_minor"], lot["units_milli"]),
            (1, Fraction(0)) if quality is None else (0, Fraction(-quality)),
            carbon,
            moment(facts["opened_at"]),
            draw(self._data["seed"], lot["listing_id"]),
        )


def _known(value: Any) -> tuple[int, Fraction]:
    return (1, Fraction(0)) if value is None else (0, Fraction(Decimal(value)))


def _watt_hours(facts: Data, milli: int, seconds: int) -> int | None:
    watts, pue = facts["watts_per_unit"], facts["pue"]
    if watts is None or pue is None:
        return None
    return int(Fraction(watts) * milli * seconds * Fraction(Decimal(pue)) / (1000 * HOUR))


def _is_outside(offer: Data, starts_at: datetime, ends_at: datetime) -> bool:
    until = offer["available_until"]
    return starts_at < moment(offer["available_from"]) or (
        until is not None and ends_at > moment(until)
    )


# --- The answer ---------------------------------------------------------------------------------


@dataclass
class Findings:
    """What was made anew, and what of it is not what was told."""

    rule: str
    input_hash: str
    output_hash: str
    listings: int
    faults: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Return whether it is decided the same."""
        return not self.faults


def check(document: Data) -> Findings:
    """Decide a document's input anew and compare both hashes."""
    snapshot, rule = document["snapshot"], document["rule_version"]
    if rule != RULE or snapshot["rule_version"] != rule:
        raise Unreadable(f"unknown rule, or the input names another: {rule}")
    result = clear_demand(snapshot)
    found = Findings(rule, hash_of(snapshot), hash_of(result), len(snapshot["candidates"]))
    if found.input_hash != document["input_hash"]:
        found.faults.append("the input is not the one whose hash was told")
    if found.output_hash != document["output_hash"]:
        found.faults.append("the input does not lead to the result whose hash was told")
    if result != document["result"]:
        found.faults.append("the result is another one")
    return found


def main(arguments: list[str]) -> int:
    """Decide one file again; return the exit status."""
    parser = argparse.ArgumentParser(description="Decide a demand again from its stored input.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    given = parser.parse_args(arguments)
    try:
        found = check(json.loads(given.file.read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError, ArithmeticError, Unreadable) as error:
        sys.stderr.write(f"cannot be decided again: {type(error).__name__}: {error}\n")
        return 2
    if given.json:
        sys.stdout.write(json.dumps({**vars(found), "agrees": found.is_right}) + "\n")
    else:
        sys.stdout.write(f"{'agrees' if found.is_right else 'DIFFERS'}  {found.rule}, ")
        sys.stdout.write(f"{found.listings} listings\n")
        sys.stdout.write(f"input   {found.input_hash}\noutput  {found.output_hash}\n")
        sys.stdout.writelines(f"    {fault}\n" for fault in found.faults)
    return 0 if found.is_right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
