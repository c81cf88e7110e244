"""How a stored input is decided again, by the kind of rule; inputs and outputs are plain data."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from common.canonical import decimal_text
from common.rulebooks import Rulebook
from marketplace.orders import rules as orders
from marketplace.orders.contracts import Snapshot
from marketplace.settlement import rules as settlement
from marketplace.vouchers import rules as vouchers
from marketplace.vouchers.contracts import Purchase, Purse
from metering import rules as metering
from metering.contracts import Reading
from metering.measure_2 import MeasureTerms
from pricing import rules as pricing
from pricing.contracts import Measure, RateCard

GOLDEN = Path(__file__).parent / "golden"
BOOKS: tuple[Rulebook[Any], ...] = (
    orders.RULES,
    vouchers.RULES,
    pricing.RULES,
    metering.RULES,
    settlement.FEES,
)


def plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value, order="deterministic"))


def read(data: Any, kind: Any) -> Any:
    return msgspec.convert(data, kind, strict=True, str_keys=True)


def cleared(rule: orders.ClearingRule, given: Any) -> Any:
    return plain(rule.clear(read(given, Snapshot)))


def covered(rule: vouchers.CoverRule, given: Any) -> Any:
    plan = rule(
        read(given["purchase"], Purchase),
        read(given["purses"], list[Purse]),
        at=datetime.fromisoformat(given["at"]),
        entity_year_left=given["entity_year_left"],
    )
    return plain(plan)


def rated(rule: Callable[..., Any], given: Any) -> Any:
    after = None if given["after"] is None else read(given["after"], Measure)
    lines = rule(read(given["card"], RateCard), read(given["measure"], Measure), after=after)
    return [pricing.line_json(line) for line in lines]


def measured(rule: metering.MeasuringRule, given: Any) -> Any:
    terms = [read(given["terms"], MeasureTerms)] if "terms" in given else []
    found = rule.measure(read(given["readings"], list[Reading]), *terms)
    factor = rule.factor_for(Decimal(given["tflops"]))
    return {
        "quantity": decimal_text(found.quantity),
        "readings": found.reading_count,
        "inputs_hash": found.inputs_hash,
        "native_hours": decimal_text(rule.native_hours(found.quantity)),
        "factor": decimal_text(factor),
        "standard_hours": decimal_text(rule.standard_hours(found.quantity, factor)),
    } | ({"parts": plain(found.parts)} if terms else {})


def taken(rule: Callable[[int, Decimal], int], given: Any) -> Any:
    return rule(given["gross_minor"], Decimal(given["rate"]))


DECIDE: dict[str, Callable[[Any, Any], Any]] = {
    "clearing": cleared,
    "cover": covered,
    "rating": rated,
    "measuring": measured,
    "fee": taken,
}


def decided(book: Rulebook[Any], version: str, given: Any) -> Any:
    """Return what a version makes of an input."""
    return DECIDE[book.kind](book.rule(version), given)


def vectors(version: str) -> list[dict[str, Any]]:
    """Return the stored inputs of a version with what it made of them; none if it is new."""
    path = GOLDEN / f"{version}.jsonl"
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
