"""What a home is made of, in plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

from marketplace.portal import drawing, figures

FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)


class WaitingCost(IntEnum):
    """What waiting costs; to-dos are sorted by it, then by when they are due."""

    LOSING = 0  # money, service or trust is being lost now
    WILL_LOSE = 1  # something is lost on the day it is due
    OTHERS_WAIT = 2  # somebody else can not go on
    GOOD_TO_DO = 3


TONES: Final = {
    WaitingCost.LOSING: "bad",
    WaitingCost.WILL_LOSE: "warn",
    WaitingCost.OTHERS_WAIT: "brand",
    WaitingCost.GOOD_TO_DO: "brand",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """Something that waits for the reader: what to do, what happens if not, until when."""

    cost: WaitingCost
    icon: str
    title: str
    means: str
    act: str
    address: str
    due_at: datetime | None = None
    since: datetime | None = None
    is_voucher: bool = False

    @property
    def tone(self) -> str:
        """Return the colour of its icon; money of a programme has one of its own."""
        return "voucher" if self.is_voucher else TONES[self.cost]

    @property
    def when(self) -> str:
        """Return when it is due, or since when it waits."""
        moment = self.due_at or self.since
        return figures.moment(moment) if moment else ""

    @property
    def order(self) -> tuple[int, datetime]:
        """Return what to-dos are sorted by."""
        moment = self.due_at or self.since
        return self.cost, moment or FAR


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFigure:
    """A number of the ink band, with what it means."""

    label: str
    value: str
    unit: str = ""
    note: str = ""
    is_voucher: bool = False
    address: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class RunningSpan:
    """A contract that runs: its part of the time shown, how far it is, and its words."""

    label: str
    note: str
    address: str
    x: str
    width: str
    done: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeChart:
    """One drawing of a home with its heading; without any, what will be seen there."""

    title: str
    unit: str = ""
    address: str = ""
    act: str = ""
    plot: drawing.Chart | None = None
    heat: drawing.Heat | None = None
    ranked: drawing.Ranked | None = None
    spans: Sequence[RunningSpan] = ()
    empty: str = ""


@dataclass(frozen=True, slots=True)
class HomeAct:
    """A button of the head."""

    label: str
    icon: str
    address: str
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One of the first steps of a new organisation."""

    label: str
    means: str
    address: str
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFace:
    """What a role sees below its to-dos."""

    band: Sequence[HomeFigure]
    charts: Sequence[HomeChart]
    acts: Sequence[HomeAct] = ()
    steps: Sequence[FirstStep] = field(default=())
    lamp: str = ""  # the address of a part that is asked for again and again

    @property
    def steps_left(self) -> int:
        """Return how many first steps are not done; with none left, the list goes."""
        return sum(not step.is_done for step in self.steps)
