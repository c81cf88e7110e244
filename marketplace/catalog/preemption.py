"""
What a listing says of being taken back: the rule by version, and the notice that it promises. Pure.

A preemptible listing may take back what it sold before its time, with the notice that it said from
its first day on. A listing is preemptible, or not, for good: orders rest on it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.rulebooks import Rulebook

PREEMPTION_MINUTES_MIN: Final = 2
PREEMPTION_MINUTES_MAX: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class PreemptionRule:
    """A version of the rule of preemption: what notice may be promised, in minutes."""

    name: str
    minutes_min: int
    minutes_max: int

    def allows(self, minutes: int) -> bool:
        """Tell whether a listing may promise this notice."""
        return self.minutes_min <= minutes <= self.minutes_max


RULE: Final = PreemptionRule("preemption-1", PREEMPTION_MINUTES_MIN, PREEMPTION_MINUTES_MAX)
# By which version a listing may be preempted stands on it, on its deliveries and contracts.
PREEMPTIONS: Final[Rulebook[PreemptionRule]] = Rulebook(
    "preemption",
    {
        "preemption-1": PreemptionRule(
            "preemption-1", PREEMPTION_MINUTES_MIN, PREEMPTION_MINUTES_MAX
        )
    },
)


def earliest_end(minutes: int, *, now: datetime) -> datetime:
    """Return the earliest moment at which what runs may be taken back, if notice is given now."""
    return now + timedelta(minutes=minutes)
