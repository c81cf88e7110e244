"""What power says about use, by a rule that is data: pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final
from uuid import UUID

from metering.verifying import rules
from metering.verifying.contracts import WattVerdict

# What one of a unit is in watt-hours.
WATT_HOURS: Final[Mapping[str, Decimal]] = {
    "kWh": Decimal(1000),
    "MWh": Decimal(1_000_000),
    "Wh": Decimal(1),
    "kwh": Decimal(1000),
    "wh": Decimal(1),
    "watt-hour": Decimal(1),
    "kilowatt-hour": Decimal(1000),
}
# Of power over time, how much makes a watt-hour: mean power counts for the seconds of its window.
POWER_SECONDS: Final[Mapping[str, Decimal]] = {
    "watt-second": Decimal(3600),
    "W": Decimal(3600),
    "watt": Decimal(3600),
    "kW": Decimal("3.6"),
}
MEAN_POWER: Final = ("W", "watt", "kW")
READ_SHARE_MIN: Final = Decimal("0.95")  # of the time in use; less says nothing about power
PLACES: Final = Decimal("0.001")

PAPER: Final = "paper_compute"
ABOVE: Final = "above_power"
PUE: Final = "pue_implausible"
SCHEDULER: Final = "scheduler_differs"


@dataclass(frozen=True, slots=True)
class WattDay:
    """What was counted of a resource on one day."""

    resource_id: UUID
    provider_id: UUID
    day: date
    chip: str
    cards: Decimal
    pue: Decimal | None
    card_hours: Decimal | None
    scheduler_hours: Decimal | None
    watt_hours: Decimal | None

    @property
    def busy_hours(self) -> Decimal:
        """Return the card-hours that are claimed; the meter's come before the scheduler's."""
        hours = self.card_hours if self.card_hours is not None else self.scheduler_hours
        return hours or Decimal(0)


@dataclass(frozen=True, slots=True)
class WattOutcome:
    """What a day shows, and the numbers that it rests on."""

    verdict: WattVerdict
    findings: tuple[str, ...]
    evidence: Mapping[str, Any]


def judge(day: WattDay) -> WattOutcome:
    """Return what power and scheduler say about a day's use; unknown where nothing was measured."""
    terms = rules.rule(rules.WATTS)
    findings = tuple(_findings(day, terms))
    watts, board = _watts_per_busy_card(day, terms), _board_power(day)
    is_known = watts is not None and board is not None
    verdict = WattVerdict.PLAUSIBLE if is_known else WattVerdict.UNKNOWN
    evidence = {
        "card_hours": _rounded(day.card_hours),
        "scheduler_hours": _rounded(day.scheduler_hours),
        "watt_hours": _rounded(day.watt_hours),
        "watts_per_busy_card": _rounded(watts),
        "board_watts": board,
        "idle_watts": _rounded(board * Decimal(terms["idle_share_max"])) if board else None,
        "cards": day.cards,
        "pue": day.pue,
        "chip": day.chip,
    }
    return WattOutcome(WattVerdict.FOUND if findings else verdict, findings, evidence)


def _findings(day: WattDay, terms: Mapping[str, Any]) -> Iterator[str]:
    watts, board = _watts_per_busy_card(day, terms), _board_power(day)
    if watts is not None and board is not None:
        if watts < board * Decimal(terms["idle_share_max"]):
            yield PAPER
        host = Decimal(terms["host_watts_max_per_card"])
        most = day.cards * 24 * (board * Decimal(terms["power_share_max"]) + host)
        if day.watt_hours is not None and day.watt_hours > most:
            yield ABOVE
    if day.pue is not None and not Decimal(terms["pue_min"]) <= day.pue <= Decimal(
        terms["pue_max"]
    ):
        yield PUE
    if day.card_hours is not None and day.scheduler_hours is not None:
        apart = abs(day.card_hours - day.scheduler_hours)
        least = Decimal(terms["busy_hours_min"])
        share = Decimal(terms["scheduler_share_max"])
        if apart > least and apart > share * max(day.card_hours, day.scheduler_hours):
            yield SCHEDULER


def _watts_per_busy_card(day: WattDay, terms: Mapping[str, Any]) -> Decimal | None:
    """
    Return the power that each busy card had at most, if power was measured and cards were busy.

    All that was drawn is counted for the busy cards, so that the finding is the kindest one.
    """
    if day.watt_hours is None or day.busy_hours < Decimal(terms["busy_hours_min"]):
        return None
    return day.watt_hours / day.busy_hours


def _board_power(day: WattDay) -> Decimal | None:
    text = rules.nameplates().get(day.chip, {}).get("tdp_w")
    return Decimal(text) if text else None


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(PLACES, rounding=ROUND_HALF_EVEN)
