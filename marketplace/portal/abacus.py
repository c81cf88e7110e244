"""
A number set on an abacus of two beads above the beam and five below it; pure.

A rod is a decimal place. A bead above the beam counts five, one below counts one, and those that
count lie at the beam: what is drawn reads as the number, and is never an ornament.
"""

from dataclasses import dataclass
from typing import Final

HEAVEN: Final = 2
EARTH: Final = 5
BEAD_WIDTH: Final = 40
BEAD_HEIGHT: Final = 15
STEP: Final = 16  # from bead to bead on a rod
PITCH: Final = 46  # from rod to rod
TOP: Final = 4  # the upper rail; beads above the beam have room for one more
BEAM: Final = TOP + STEP * (HEAVEN + 1) + 6
BOTTOM: Final = BEAM + STEP * (EARTH + 1) + 8
DIGITS_AT: Final = BOTTOM + 38
HEIGHT: Final = DIGITS_AT + 8
DIGITS_MAX: Final = 18
MARKS: Final = ".,"


@dataclass(frozen=True, slots=True)
class Bead:
    """Where a bead lies, and what it counts there: nothing while it rests."""

    y: int
    counts: int


@dataclass(frozen=True, slots=True)
class Rod:
    """One decimal place. `mark` is what stands after its digit: a point, a comma or nothing."""

    x: int
    digit: str
    mark: str
    beads: tuple[Bead, ...]

    @property
    def left(self) -> int:
        """Return where its beads begin."""
        return self.x - BEAD_WIDTH // 2

    @property
    def after(self) -> int:
        """Return where the mark after its digit stands."""
        return self.x + PITCH // 2

    @property
    def reads(self) -> int:
        """Return the digit that its beads say."""
        return sum(bead.counts for bead in self.beads)


@dataclass(frozen=True, slots=True)
class Abacus:
    """A number as beads, in a drawing of `width` by `height`."""

    text: str
    rods: tuple[Rod, ...]
    width: int
    height: int = HEIGHT
    beam: int = BEAM
    top: int = TOP
    bottom: int = BOTTOM
    digits_at: int = DIGITS_AT

    @property
    def reads(self) -> str:
        """Return the number that the beads say, with its point."""
        digits = (f"{rod.reads}{rod.mark}" for rod in self.rods if rod.digit)
        return "".join(digits)


def abacus(number: str, *, idle: int = 1) -> Abacus:
    """
    Set a number such as `3.4172` or `12,846,092.00`, with idle rods on either side.

    :raises ValueError: if it is no such number, or longer than eighteen digits
    """
    digits = [character for character in number if character not in MARKS]
    if not digits or len(digits) > DIGITS_MAX or not all(each in "0123456789" for each in digits):
        message = f"an abacus holds 1 to {DIGITS_MAX} digits, not {number!r}"
        raise ValueError(message)
    places = [("", "")] * idle + _places(number) + [("", "")] * idle
    rods = tuple(
        Rod(PITCH // 2 + PITCH * at, digit, mark, _beads(int(digit or 0)))
        for at, (digit, mark) in enumerate(places)
    )
    return Abacus(number, rods, width=PITCH * len(places))


def _places(number: str) -> list[tuple[str, str]]:
    """Return each digit with the mark after it."""
    following = [*number[1:], ""]
    return [
        (character, after if after in MARKS else "")
        for character, after in zip(number, following, strict=True)
        if character not in MARKS
    ]


def _beads(digit: int) -> tuple[Bead, ...]:
    """Return the beads of a rod that shows a digit, from the top down."""
    fives, ones = divmod(digit, 5)
    heaven_lowest = BEAM - 4 - BEAD_HEIGHT
    earth_highest = BEAM + 4
    heaven = [
        Bead(TOP + 4 + STEP * at, 0) if at < HEAVEN - fives else Bead(heaven_lowest, 5)
        for at in range(HEAVEN)
    ]
    earth = [
        Bead(earth_highest + STEP * at, 1)
        if at < ones
        else Bead(BOTTOM - 4 - BEAD_HEIGHT - STEP * (EARTH - 1 - at), 0)
        for at in range(EARTH)
    ]
    return (*heaven, *earth)


BAR_STEP: Final = 11
BAR_GAP: Final = 12


@dataclass(frozen=True, slots=True)
class BarBead:
    """One bead of a bar that lies on its side."""

    x: int
    is_counted: bool


@dataclass(frozen=True, slots=True)
class BeadBar:
    """A share as beads: those that count on the left, the others pushed away."""

    beads: tuple[BarBead, ...]
    width: int


def bead_bar(percent: int, *, count: int = 10) -> BeadBar:
    """Return a share in whole per cent as beads; one counts as soon as half of it does."""
    counted = min(count, max(0, (percent * count * 2 + 100) // 200))
    beads = tuple(
        BarBead(BAR_STEP * at + (0 if at < counted else BAR_GAP), at < counted)
        for at in range(count)
    )
    return BeadBar(beads, BAR_STEP * count + BAR_GAP)
