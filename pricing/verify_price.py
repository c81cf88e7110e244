#!/usr/bin/env python3
"""
Compute the price of a quote, or of charges, again without trusting the market.

    python3 verify_price.py [--json] FILE

Needs Python 3.11 or newer and nothing else. The file is what the API tells of why a quote has its
price (`/api/v1/quotes/{id}/evaluation`): what the plan's version says, the measure, the subject,
the lines and the hash of the inputs. All is made anew by the plan's rule (`rate-1` to `rate-4`).

Or it is what a contract was charged (`/orders/{id}/charges.json`): each charge is added up, and all
that was counted is priced anew; tiers that count a buyer's month or year are looked at over all of
its contracts; so is what an early end asks and gives back.

Exit status: 0 it comes to the same; 1 it does not; 2 the file could not be read.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

Data = dict[str, Any]
Times = dict[tuple[str, str], int]  # microseconds in a month and band
EXACT: Final = Context(prec=60)
BEGUN: Final = Fraction(1, 1000)
DAY: Final = timedelta(days=1)
TICK: Final = timedelta(microseconds=1)
OWED: Final = ("flat", "minimum", "prepaid")
OF_CAPACITY: Final = ("ready", "reserved")
NOT_COUNTED: Final = ("unit_mismatch", "rule_mismatch", "trial", "not_measured")
IN_TIERS: Final = ("graduated", "prepaid")


class Unreadable(Exception):  # noqa: N818 - an answer of this script, not a fault in it
    """The file is nothing that this script knows."""


# What reading a member that is missing, of another kind, or no number ends with.
UNREAD: Final = (AttributeError, LookupError, TypeError, ValueError, ArithmeticError)


def number_text(value: Decimal) -> str:
    """Return a number's plain digits without trailing zeros."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def figure_text(value: Fraction) -> str:
    """Return a fraction to twelve digits, without trailing zeros."""
    exact = EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return number_text(exact.quantize(Decimal("1e-12"), ROUND_HALF_EVEN, EXACT))


def hash_of(value: Any) -> str:
    """Return the SHA-256 of plain data: keys sorted, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def whole_up(value: Fraction) -> int:
    """Return the least whole number that is not smaller."""
    return -(-value.numerator // value.denominator)


def stepped(part: Data, quantity: Fraction) -> Fraction:
    """Return a quantity in whole steps, where its component counts in steps."""
    step = Fraction(part.get("increment", 0))
    return whole_up(quantity / step) * step if step else quantity


def moment_of(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """Return when a clock shows a time; of one that comes twice the later is meant."""
    hours, minutes = map(int, clock.split(":"))
    if hours == 24:
        day, hours = day + DAY, 0
    local = datetime(day.year, day.month, day.day, hours, minutes, tzinfo=zone)
    later = local.replace(fold=1)
    twice = (local.utcoffset() or timedelta()) > (later.utcoffset() or timedelta())
    return (later if twice else local).astimezone(UTC)


def kind_of(terms: Data, day: date) -> str:
    """Return what a day is."""
    text = day.isoformat()
    if text in terms.get("holidays", ()):
        return "holiday"
    is_worked = day.weekday() < 5 or text in terms.get("workdays", ())
    return "workday" if is_worked else "weekend"


def time_cells(terms: Data, starts: datetime, ends: datetime) -> Times:
    """Return the microseconds of a period in each month and band."""
    zone = ZoneInfo(terms["zone"])
    found: dict[tuple[str, str], int] = {}
    day = starts.astimezone(zone).date() - DAY
    while day <= ends.astimezone(zone).date() + DAY:
        opens = max(moment_of(day, "00:00", zone), starts)
        closes = min(moment_of(day, "24:00", zone), ends)
        bands = [
            (moment_of(day, each["from"], zone), moment_of(day, each["until"], zone), each["band"])
            for each in terms.get("bands", ())
            if kind_of(terms, day) in each["days"]
            and (not each.get("months") or day.month in each["months"])
        ]
        edges = {opens, closes} | {at for low, high, _band in bands for at in (low, high)}
        inside = sorted(edge for edge in edges if opens <= edge <= closes)
        for low, high in pairwise(inside):
            names = (band for start, end, band in bands if start <= low and high <= end)
            cell = (f"{day:%Y-%m}", next(names, "flat"))
            found[cell] = found.get(cell, 0) + (high - low) // TICK
        day += DAY
    return found


def month_share(terms: Data, month: str, inside: int) -> Fraction:
    """Return what share of a month so many microseconds are."""
    zone = ZoneInfo(terms["zone"])
    year, number = map(int, month.split("-"))
    first, after = date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)
    whole = moment_of(after, "00:00", zone) - moment_of(first, "00:00", zone)
    return Fraction(inside, whole // TICK)


def factors_of(terms: Data, part: Data, band: str, facts: Data) -> list[list[str]]:
    """Return what multiplies a component's prices: kind, what it was looked up by, figure."""
    found = []
    if part.get("bands") and band:
        found.append(["band", band, part["bands"].get(band, "1")])
    if Decimal(part.get("discount", 0)):
        found.append(["discount", "", number_text(1 - Decimal(part["discount"]))])
    for kind, table in sorted(terms.get("factors", {}).items()):
        if kind in part.get("factors", ()):
            value = facts.get(kind, "")
            known = value in table["values"]
            figure = table["values"][value] if known else table["otherwise"]
            found.append([kind, value if known else "otherwise", figure])
    return found


def tiers_of(part: Data) -> list[tuple[Fraction, str]]:
    """Return where each tier of a component begins, and its price."""
    if part["model"] == "prepaid":
        return [(Fraction(0), "0"), (Fraction(part["hours"]), part["unit_price"])]
    if "tiers" in part:
        return [(Fraction(each["from"]), each["unit_price"]) for each in part["tiers"]]
    return [(Fraction(0), str(part.get("unit_price", part.get("price"))))]


def borders_of(part: Data, tier: int) -> Data:
    """Return where a tier begins and ends, as lines say it."""
    borders = [figure_text(low) for low, _price in tiers_of(part)]
    until = borders[tier + 1] if tier + 1 < len(borders) else None
    return {"tier_from": borders[tier], "tier_until": until}


def period_of(terms: Data, part: Data, month: str) -> str:
    """Return the period that a component's use counts in."""
    counted = terms.get("counted_by", "contract") if part["model"] == "graduated" else "contract"
    if counted == "buyer_year":
        year, number = map(int, month.split("-"))
        return f"FY{year if number >= terms.get('fiscal_month', 1) else year - 1}"
    if counted == "buyer_month" or part.get("per") == "month":
        return month
    return ""


def billed_of(part: Data, quantity: Fraction) -> Iterator[tuple[int, Fraction, str]]:
    """Yield what of a quantity is billed: tier, how much, unit price."""
    tiers = tiers_of(part)
    if part["model"] == "package":
        yield 0, Fraction(whole_up(quantity / Fraction(part["block"]))), part["price"]
        return
    quantity = stepped(part, quantity)
    if part["model"] in IN_TIERS:
        ends: list[Fraction | None] = [*(low for low, _price in tiers[1:]), None]
        for number, ((low, price), end) in enumerate(zip(tiers, ends, strict=True)):
            portion = (quantity if end is None else min(quantity, end)) - low
            if portion > 0:
                yield number, portion, price
        return
    reached = max(number for number, (low, _price) in enumerate(tiers) if quantity >= low)
    _amount, number = min(
        (max(quantity, low) * Fraction(price), number)
        for number, (low, price) in enumerate(tiers)
        if number >= reached
    )
    yield number, max(quantity, tiers[number][0]), tiers[number][1]


def of_what_is_sold(terms: Any, facts: Data) -> Any:
    """Return terms without the components for anything else, where they say what they are for."""
    if terms is None or not any(part.get("sold_as") for part in terms["components"]):
        return terms
    sold = facts.get("sold_as", "compute")
    return terms | {"components": [p for p in terms["components"] if p.get("sold_as") == sold]}


Placed = tuple[int, str, str, int, Data]  # component, period, band, tier, line


def timed_lines(
    terms: Data, quantities: Data, facts: Data, starts: datetime, ends: datetime, scale: int = 2
) -> list[Data]:
    """Return the lines of an order's price by terms: the first use of its contract."""
    terms = of_what_is_sold(terms, facts)
    cells = time_cells(terms, starts, ends)
    found: list[Placed] = []
    for place, part in enumerate(terms["components"]):
        if part["model"] not in ("flat", "minimum"):
            found += metered(terms, place, quantities, facts, cells, scale)
    owed = [(n, part) for n, part in enumerate(terms["components"]) if part["model"] in OWED]
    for place, part in sorted(owed, key=lambda each: each[1]["model"] == "minimum"):
        for period, share in spans_of(terms, part, cells):
            factors = factors_of(terms, part, "", facts)
            raw = share * Fraction(part["price"]) * product(factors)
            minor = minor_of(raw, terms, scale)
            if part["model"] == "minimum":
                others = [each for each in found if period in ("", each[1])]
                minor = max(minor - sum(each[4]["amount_minor"] for each in others), 0)
                raw = Fraction(minor, 10**scale)
            line = _line(part, "period", period, "", share, part["price"], raw, minor, factors)
            line |= {"tier_from": "0", "tier_until": None}
            found.append((place, period, "", -1, line))
    return [line for *_place, line in sorted(found, key=lambda each: each[:4])]


def metered(
    terms: Data, place: int, quantities: Data, facts: Data, cells: Times, scale: int
) -> Iterator[Placed]:
    """Yield the lines of what a component counts."""
    part, whole = terms["components"][place], sum(cells.values())
    unit = part.get("unit", "unit_hour")
    groups: dict[tuple[str, str], int] = {}
    for (month, band), inside in cells.items():
        group = (period_of(terms, part, month), band if part.get("bands") else "")
        groups[group] = groups.get(group, 0) + inside
    for (period, band), inside in groups.items():
        quantity = Fraction(quantities[unit]) * inside / whole
        factors = factors_of(terms, part, band, facts)
        for tier, billed, price in billed_of(part, quantity) if quantity > 0 else ():
            raw = billed * Fraction(price) * product(factors)
            minor = minor_of(raw, terms, scale)
            line = _line(part, unit, period, band, billed, price, raw, minor, factors)
            line |= borders_of(part, tier)
            yield place, period, band, tier if part["model"] in IN_TIERS else 0, line


def spans_of(
    terms: Data, part: Data, cells: dict[tuple[str, str], int]
) -> list[tuple[str, Fraction]]:
    """Return for which months, or for the contract, something is owed, and what share of it."""
    if part.get("per") != "month":
        return [("", Fraction(1))]
    months: dict[str, int] = {}
    for (month, _band), inside in cells.items():
        months[month] = months.get(month, 0) + inside
    return [(month, month_share(terms, month, inside)) for month, inside in months.items()]


def minor_of(raw: Fraction, terms: Data, scale: int) -> int:
    """Return an amount in minor units, up to the plan's step; a thousandth part is let pass."""
    step = terms.get("to_minor", 1)
    return whole_up(raw * 10**scale / step - BEGUN) * step if raw > 0 else 0


def product(factors: list[list[str]]) -> Fraction:
    """Return the product of factors."""
    return prod((Fraction(by) for _kind, _value, by in factors), start=Fraction(1))


def _line(part: Data, unit: str, period: str, band: str, billed: Fraction, *told: Any) -> Data:
    price, raw, minor, factors = told
    return {
        "component": part["code"],
        "unit": unit,
        "period": period,
        "band": band,
        "quantity": figure_text(billed),
        "unit_price": number_text(Decimal(price)),
        "raw_amount": figure_text(raw),
        "amount_minor": minor,
        "factors": factors,
        **({"sold_as": part["sold_as"]} if part.get("sold_as") else {}),
    }


def graduated_lines(components: list[Data], quantities: Data) -> list[Data]:
    """Return the lines of a price by graduated tiers, each rounded half up."""
    found: list[Data] = []
    for part in components:
        quantity, tiers = Decimal(quantities[part["unit"]]), part["tiers"]
        ends = [*(Decimal(each["from"]) for each in tiers[1:]), None]
        for tier, end in zip(tiers, ends, strict=True):
            low = Decimal(tier["from"])
            portion = max((quantity if end is None else min(quantity, end)) - low, Decimal(0))
            if portion == 0 and (quantity or low):
                continue
            raw = EXACT.multiply(portion, Decimal(tier["unit_price"]))
            minor = raw.quantize(Decimal("0.01"), ROUND_HALF_UP, EXACT).scaleb(2, EXACT)
            said = {"component": part["code"], "unit": part["unit"], "amount_minor": int(minor)}
            figures = {"quantity": portion, "unit_price": Decimal(tier["unit_price"])}
            figures["raw_amount"] = raw
            found.append(said | {name: number_text(each) for name, each in figures.items()})
    return found


Cell = tuple[str, str, str, int]  # component, period, band, tier
Counted = dict[Cell, Fraction]
UNITS: Final = {"byte": "gb_moved", "token": "ktoken", "gb-second": "unit_hour gb_month"}
KINDS: Final = {
    "api-token": "mtoken_in", "api-token-out": "mtoken_out", "api-token-cached": "mtoken_cached"
}  # fmt: skip
SECONDS: Final = {"unit_hour": 3600, "gb_month": 30 * 86_400, "gb_moved": 10**9, "ktoken": 1000}


def cells_of(stored: Data) -> dict[Cell, Fraction]:
    """Return what was counted, by its cells."""
    found = {}
    for text, quantity in stored.items():
        code, period, band, tier = text.split("|")
        found[code, period, band, int(tier)] = Fraction(quantity)
    return found


def cells_minor(
    terms: Data, cells: Counted, facts: Data, starts: datetime, ends: datetime, scale: int = 2
) -> int:
    """Return what all that was counted costs by terms, in minor units."""
    parts = {part["code"]: part for part in terms["components"]}
    found: dict[Cell, int] = {}
    for cell, quantity in cells.items():
        if code := cell[0]:
            times = product(factors_of(terms, parts[code], cell[2], facts))
            found[cell] = minor_of(_raw_of(parts[code], cell[3], quantity) * times, terms, scale)
    shares = dict(spans_of(terms, {"per": "month"}, time_cells(terms, starts, ends)))
    owed = [part for part in terms["components"] if part["model"] in OWED]
    for part in sorted(owed, key=lambda each: each["model"] == "minimum"):
        for (code, period, _band, _tier), used in cells.items():
            if code or not used or (period == "") == (part.get("per") == "month"):
                continue
            share = shares.get(period, Fraction(0)) if period else Fraction(1)
            factors = [] if part["model"] == "minimum" else factors_of(terms, part, "", facts)
            minor = minor_of(share * Fraction(part["price"]) * product(factors), terms, scale)
            if part["model"] == "minimum":
                reached = sum(
                    each
                    for key, each in found.items()
                    if key[0] != part["code"] and period in ("", key[1])
                )
                minor = max(minor - reached, 0)
            found[part["code"], period, "", -1] = minor
    return sum(found.values())


def ended_minor(told: Data, cells: dict[Cell, Fraction], priced: int) -> int:
    """Return what the end adds: unused hours, a fee within the hold, less what comes back."""
    terms, end, back = told["terms"], told.get("early_end"), 0
    if not end:
        return 0
    step, said = int(terms.get("to_minor", 1)), terms.get("early_end", {})
    is_used = any(not cell[0] for cell in cells)
    for part in terms["components"]:
        if part["model"] == "prepaid" and (is_used or part.get("owed_from")):
            used = sum((n for cell, n in cells.items() if cell[0] == part["code"]), Fraction(0))
            raw = Fraction(part["price"]) * product(factors_of(terms, part, "", told["facts"]))
            left = max(1 - used / Fraction(part["hours"]), Fraction(0)) * minor_of(raw, terms, 2)
            back += int(left * Fraction(end["gives_back"]) / step) * step
            back -= 0 if is_used else minor_of(raw, terms, 2)
    asked = min(minor_of(Fraction(said.get("fee", "0")), terms, 2), int(end["fee_minor"]))
    return min(asked, max(int(end["held_minor"]) - (priced - back), 0)) - back


def _raw_of(part: Data, tier: int, quantity: Fraction) -> Fraction:
    """Return the price of one cell before factors, in major units."""
    if part["model"] in IN_TIERS:
        return stepped(part, quantity) * Fraction(tiers_of(part)[tier][1])
    amounts = (n * Fraction(price) for _tier, n, price in billed_of(part, quantity) if quantity)
    return sum(amounts, Fraction(0))


def overfilled(terms: Data, shared: Data) -> list[str]:
    """Return the tiers into which a buyer's contracts count more than there is room."""
    counted: dict[Cell, Fraction] = {}
    for cells in shared.values():
        for cell, quantity in cells_of(cells).items():
            counted[cell] = counted.get(cell, Fraction(0)) + quantity
    parts = {part["code"]: part for part in terms["components"] if part["model"] == "graduated"}
    found = []
    for (code, period, band, tier), quantity in counted.items():
        lows = [low for low, _price in tiers_of(parts[code])] if code in parts else []
        if tier + 1 < len(lows) and quantity > lows[tier + 1] - lows[tier]:
            found.append(f"{code} {period} {band} tier {tier}: {quantity} does not fit")
    return found


def recounted(told: Data) -> tuple[dict[Cell, Fraction], dict[Cell, Fraction]]:
    """Return what the charges' sealed quantities count, and what is told, both without tiers."""
    terms, (starts, ends) = told["terms"], map(datetime.fromisoformat, told["ordered"])
    counted: dict[Cell, Fraction] = {}
    windows: set[datetime] = set()
    for charge in told["charges"]:
        sealed = charge["sealed"]
        if sealed["remark"] in NOT_COUNTED or not sealed["usage"]:
            continue
        seconds = told["window_seconds"]
        begun = int(datetime.fromisoformat(sealed["starts_at"]).timestamp()) // seconds * seconds
        opens, closes = (datetime.fromtimestamp(at, tz=UTC) for at in (begun, begun + seconds))
        low, high = max(opens, starts), min(closes, ends)
        if low >= high:
            low, high = opens, closes
        used = as_priced(terms, used_quantities(sealed))
        kept = Fraction(0)
        if opens not in windows:
            windows.add(opens)
            ready = max(min(closes, ends) - max(opens, starts), timedelta())
            kept = Fraction(told["units_milli"] * (ready // TICK), 1000 * 3_600_000_000)
        inside = time_cells(terms, low, high)
        for (month, band), part_of in inside.items():
            share = Fraction(part_of, (high - low) // TICK)
            for cell, change in counts_of(terms, used, kept, month, band):
                counted[cell] = counted.get(cell, Fraction(0)) + change * share
    given: dict[Cell, Fraction] = {}
    for (code, period, band, _tier), quantity in cells_of(told["cells"]).items():
        given[code, period, band, 0] = given.get((code, period, band, 0), Fraction(0)) + quantity
    return {cell: each for cell, each in counted.items() if each}, given


def counts_of(
    terms: Data, used: dict[str, Fraction], kept: Fraction, month: str, band: str
) -> Iterator[tuple[Cell, Fraction]]:
    """Yield by how much a use in one month and band moves each cell."""
    spans = set()
    for part in terms["components"]:
        if part["model"] in OWED:
            spans.add(month if part.get("per") == "month" else "")
        if part["model"] in ("flat", "minimum"):
            continue
        change = kept if part["model"] in OF_CAPACITY else used[part["unit"]]
        cell = (part["code"], period_of(terms, part, month), band if part.get("bands") else "", 0)
        yield cell, change
    for span in spans:
        yield ("", span, "", 0), sum(used.values(), Fraction(0))


def used_quantities(sealed: Data) -> dict[str, Fraction]:
    """Return what a charge counts, in every unit that a plan may charge by."""
    quantity = Fraction(sealed["quantity"])
    found = {
        each: quantity / SECONDS[each]
        for each in UNITS.get(sealed["unit"].removeprefix("api-"), "unit_hour").split()
    }
    if sealed["unit"] == "api-token":
        first = (json.loads(sealed["lines"]) or [{}])[0].get("by_kind", {}).get("charged", {})
        found |= {kind: Fraction(first.get(unit, 0)) / 10**6 for unit, kind in KINDS.items()}
    hours = sealed["standard_hours"]
    return found | ({"standard_hour": Fraction(hours)} if hours else {})


def as_priced(terms: Data, quantities: dict[str, Any]) -> dict[str, Any]:
    """Return quantities by the kinds of tokens that have prices: cached ones may count as read."""
    units = {part.get("unit") for part in terms["components"]}
    if "mtoken_cached" not in quantities or "mtoken_cached" in units:
        return quantities
    kept = {kind: n for kind, n in quantities.items() if kind != "mtoken_cached"}
    read = Fraction(kept.get("mtoken_in", 0)) + Fraction(quantities["mtoken_cached"])
    return kept | {"mtoken_in": read}


def miscounted(told: Data) -> list[str]:
    """Return what of a contract's cells does not follow from its sealed charges."""
    found = []
    for charge in told["charges"]:
        sealed = charge["sealed"]
        if hash_of(sealed) != charge["content_hash"]:
            found.append(f"charge {charge['id']} does not have the hash that was sealed")
        if sealed["id"] != charge["id"] or json.loads(sealed["lines"]) != charge["lines"]:
            found.append(f"charge {charge['id']} says other lines than were sealed")
    if told["terms"] is None:
        quantity = sum((Fraction(each["sealed"]["quantity"]) for each in told["charges"]), 0)
        if quantity != Fraction(told["quantity"]):
            found.append(f"{told['quantity']} is told as counted, the charges say {quantity}")
        return found
    counted, given = recounted(told)
    ready = {p["code"] for p in told["terms"]["components"] if p["model"] in OF_CAPACITY}
    for cell in sorted(counted.keys() | given.keys()):
        mine, told_as = counted.get(cell, Fraction(0)), given.get(cell, Fraction(0))
        # What did not run was not kept ready: then it is no more than was ordered.
        is_less = cell[0] in ready and told["ran_in_parts"] and 0 <= told_as <= mine
        if mine != told_as and not is_less:
            found.append(f"{'|'.join(map(str, cell))}: {told_as} is told, {mine} was measured")
    return found


def charged_quantities(told: Data) -> Data:
    """Return what a contract counted, in every unit that its plan may charge by."""
    units = UNITS.get(told["unit"].removeprefix("api-"), "unit_hour").split()
    found: Data = {each: figure_text(Fraction(told["quantity"]) / SECONDS[each]) for each in units}
    if told["standard_hours"] is not None:
        found["standard_hour"] = told["standard_hours"]
    return found


def check_charges(told: Data) -> list[str]:
    """Return what differs between what was charged and what was counted comes to."""
    try:
        told = told | {"terms": of_what_is_sold(told["terms"], told["facts"])}
        found = [
            f"charge {charge['id']}: its lines do not come to {charge['rated_minor']}"
            for charge in told["charges"]
            if sum(line["amount_minor"] for line in charge["lines"]) != charge["rated_minor"]
        ]
        rated = sum(charge["rated_minor"] for charge in told["charges"])
        if rated != told["rated_minor"]:
            found.append(f"{told['rated_minor']} is told, the charges come to {rated}")
        if told["terms"] is None:
            lines = graduated_lines(told["components"], charged_quantities(told))
            priced = sum(line["amount_minor"] for line in lines) if told["charges"] else 0
        else:
            starts, ends = map(datetime.fromisoformat, told["ordered"])
            cells = cells_of(told["cells"])
            priced = cells_minor(told["terms"], cells, told["facts"], starts, ends)
            priced += ended_minor(told, cells, priced)
            found += overfilled(told["terms"], told["shared"] or {"": told["cells"]})
            if told["shared"] and told["shared"].get(told["number"]) != told["cells"]:
                found.append("what the contract counts is not among its buyer's")
        found += miscounted(told)
        if priced != rated:
            found.append(f"{rated} was charged, what was counted costs {priced}")
    except UNREAD as error:
        raise Unreadable(f"no charges of a contract: {error!r}") from error
    return found


def check(told: Data) -> list[str]:
    """Return what differs between what a quote says and what it comes to."""
    try:
        measure = told["measure"]
        if told.get("terms") is not None:
            starts, ends = map(datetime.fromisoformat, measure["spread"])
            used = as_priced(told["terms"], measure["quantities"])
            lines = timed_lines(told["terms"], used, measure.get("facts", {}), starts, ends)
        else:
            lines = graduated_lines(told["components"], measure["quantities"])
        inputs = {
            "plan_version": told["plan_version_id"],
            "plan_content": told["plan_content_hash"],
            "measure": measure,
            "subject": told["subject"],
        }
        given, gross, inputs_hash = told["lines"], told["gross_minor"], told["inputs_hash"]
    except UNREAD as error:
        raise Unreadable(f"no evaluation of a quote: {error!r}") from error
    found = [f"{len(given)} lines are told, {len(lines)} follow"] * (len(lines) != len(given))
    for number, (mine, line) in enumerate(zip(lines, given, strict=False), start=1):
        found += [
            f"line {number}: {name} is told as {line.get(name)!r}, and is {value!r}"
            for name, value in mine.items()
            if line.get(name) != value
        ]
    total = sum(line["amount_minor"] for line in lines)
    if total != gross:
        found.append(f"{gross} is told, the lines come to {total}")
    if hash_of(inputs) != inputs_hash:
        found.append("the inputs do not have their hash")
    return found


def main() -> int:
    """Check the quote that the command line names."""
    parser = argparse.ArgumentParser(description="Compute the price of a quote again, offline.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    try:
        told = json.loads(options.file.read_text(encoding="utf-8"))
        found = check_charges(told) if told.get("kind") == "charges" else check(told)
    except (OSError, Unreadable, *UNREAD) as error:
        sys.stderr.write(f"cannot read {options.file}: {error}\n")
        return 2
    if options.json:
        sys.stdout.write(json.dumps({"is_right": not found, "differences": found}) + "\n")
    else:
        total = told["rated_minor"] if told.get("kind") == "charges" else told["gross_minor"]
        sys.stdout.write("\n".join(found) + "\n" if found else f"OK: {total} minor units\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
