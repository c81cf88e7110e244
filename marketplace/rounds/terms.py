"""Rounds and their orders: checked against their limits, and as documents that are kept. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import msgspec
from django.utils.translation import gettext as _

from common.canonical import content_hash
from identity.contracts import ResourceClass
from identity.identifiers import profiles, regions
from marketplace.orders.contracts import UNITS_MILLI_MAX
from marketplace.rounds.contracts import (
    AHEAD_MAX,
    LEAD,
    LIMIT_MINOR_MAX,
    NAMES_MAX,
    OPTIONS_MAX,
    PHASE_LEAST,
    SLOT,
    WINDOW_MAX,
    InvalidRound,
    InvalidRoundOrder,
    OrderTerms,
    RoundOption,
    RoundTerms,
    Schedule,
)
from marketplace.rounds.packing import Puzzle

HOUR: Final = 3600
SECONDS_LEAST: Final = 2
SOLVE_SECONDS_MAX: Final = 60
CHIP_LENGTH_MAX: Final = 60
Test = tuple[str, bool, str]


def document_of(value: Any) -> Any:
    """Return a value as JSON data; equal values give equal data."""
    return msgspec.json.decode(msgspec.json.encode(value, order="deterministic"))


def order_terms(data: Any) -> OrderTerms:
    """Return the terms that `document_of` wrote."""
    return msgspec.convert(data, OrderTerms, strict=True)


def puzzle(data: Any) -> Puzzle:
    """Return the figures of a round that `document_of` wrote."""
    return msgspec.convert(data, Puzzle, strict=True)


def hash_of(data: Any) -> str:
    """Return the SHA-256 of plain data."""
    return content_hash(data)


def phases(schedule: Schedule) -> tuple[datetime, ...]:
    """Return the moments of a round in their order."""
    return (
        schedule.opens_at,
        schedule.first_at,
        schedule.no_cancel_at,
        schedule.second_at,
        schedule.ends_at,
    )


def settled_round(terms: RoundTerms, *, at: datetime) -> RoundTerms:
    """
    Return a round's terms as they are kept.

    :raises InvalidRound: naming the field
    """
    plan = terms.schedule
    late = {
        name
        for (before, after), name in zip(
            pairwise(phases(plan)),
            ("first_at", "no_cancel_at", "second_at", "ends_at"),
            strict=True,
        )
        if after - before < PHASE_LEAST
    }
    length = terms.delivers_until - terms.delivers_from
    tests: list[Test] = [
        *((name, True, _("each phase lasts at least 5 seconds")) for name in sorted(late)),
        ("opens_at", plan.opens_at < at - timedelta(minutes=1), _("it opens in the past")),
        ("opens_at", plan.opens_at > at + AHEAD_MAX, _("it opens more than 90 days ahead")),
        ("resource_class", terms.resource_class not in ResourceClass.values, _("unknown class")),
        ("hubs", not 1 <= len(terms.hubs) <= NAMES_MAX, _("1 to 16 hubs")),
        ("hubs", bool(set(terms.hubs) - {each.code for each in regions.hubs()}), _("unknown hub")),
        ("chips", not _are_names(terms.chips), _("at most 16 chips of 1 to 60 characters")),
        (
            "delivers_from",
            terms.delivers_from < plan.ends_at + LEAD,
            _("what it sells begins at least two minutes after its end"),
        ),
        ("delivers_from", not _on_the_hour(terms.delivers_from), _("it begins on a whole hour")),
        ("delivers_until", not SLOT <= length <= WINDOW_MAX, _("it sells 1 hour to 31 days")),
        ("delivers_until", not _on_the_hour(terms.delivers_until), _("it ends on a whole hour")),
        (
            "solve_seconds",
            not SECONDS_LEAST <= terms.solve_seconds <= SOLVE_SECONDS_MAX,
            _("2 to 60 seconds"),
        ),
    ]
    _raise_first(InvalidRound, tests)
    return replace(terms, hubs=tuple(dict.fromkeys(terms.hubs)), chips=_named(terms.chips))


def settled_order(terms: OrderTerms, within: RoundTerms) -> OrderTerms:
    """
    Return an order's terms as they are kept.

    :raises InvalidRoundOrder: naming the field
    """
    tests: list[Test] = [
        ("options", not 1 <= len(terms.options) <= OPTIONS_MAX, _("1 to 5 alternatives")),
        (
            "limit_minor",
            not 1 <= terms.limit_minor <= LIMIT_MINOR_MAX,
            _("¥0.01 to ¥100,000 a standard hour"),
        ),
    ]
    _raise_first(InvalidRoundOrder, tests)
    options = tuple(replace(each, chips=_named(each.chips)) for each in terms.options)
    for option in options:
        _raise_first(InvalidRoundOrder, _tests_of(option, within))
    return replace(terms, options=options)


def _tests_of(option: RoundOption, within: RoundTerms) -> list[Test]:
    latest = option.latest_start_at or option.starts_at
    hours = (within.delivers_until - within.delivers_from) // SLOT
    is_sound_length = 1 <= option.hours <= hours
    ends_at = latest + min(max(option.hours, 0), hours) * SLOT
    least = option.least_milli
    wanted_chips = set(within.chips)
    return [
        (
            "units_milli",
            not 1 <= option.units_milli <= UNITS_MILLI_MAX,
            _("0.001 to 1,000,000 units"),
        ),
        (
            "least_milli",
            least is not None and not 1 <= least <= option.units_milli,
            _("the least is no more than the whole"),
        ),
        ("hours", not is_sound_length, _("it lasts whole hours, within the round's window")),
        (
            "starts_at",
            not (_on_the_hour(option.starts_at) and _on_the_hour(latest)),
            _("it starts on a whole hour"),
        ),
        ("starts_at", option.starts_at < within.delivers_from, _("it starts before the window")),
        ("latest_start_at", latest < option.starts_at, _("the last start is before the first")),
        ("hours", ends_at > within.delivers_until, _("it ends after the round's window")),
        ("hubs", bool(set(option.hubs) - set(within.hubs)), _("the round does not sell there")),
        (
            "chips",
            not _are_names(option.chips) or bool(wanted_chips and set(option.chips) - wanted_chips),
            _("the round does not sell these chips"),
        ),
    ]


def _raise_first(refusal: type[InvalidRound] | type[InvalidRoundOrder], tests: list[Test]) -> None:
    for field, is_wrong, problem in tests:
        if is_wrong:
            raise refusal(field=field, problem=problem)


def _named(chips: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(profiles.component_names(chip)[0] for chip in chips))


def _are_names(chips: tuple[str, ...]) -> bool:
    return len(chips) <= NAMES_MAX and all(
        1 <= len(chip) <= CHIP_LENGTH_MAX and chip.isprintable() for chip in chips
    )


def _on_the_hour(at: datetime) -> bool:
    return not (at.minute or at.second or at.microsecond)
