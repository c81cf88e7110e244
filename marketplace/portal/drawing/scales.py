"""From figures to places on a drawing; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
MARKS: Final = 4  # about as many lines across a chart


@dataclass(frozen=True, slots=True)
class Scale:
    """The range of an axis, in round steps."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def marks(self) -> list[Decimal]:
        """Return the round figures from one end to the other."""
        count = int((self.high - self.low) / self.step)
        return [self.low + self.step * place for place in range(count + 1)]

    def share(self, value: Decimal | int) -> Decimal:
        """Return where a figure lies, from 0 at the low end to 1 at the high one."""
        return (Decimal(value) - self.low) / (self.high - self.low)


def scale(
    values: Iterable[Decimal | int], *, from_zero: bool = True, is_whole: bool = False
) -> Scale:
    """Return a round scale that holds all values; an empty one goes from 0 to 1."""
    numbers = [Decimal(value) for value in values] or [Decimal(0), Decimal(1)]
    low, high = min(numbers), max(numbers)
    if from_zero:
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        high = low + (abs(low) / 10 or Decimal(1))
    step = _round_step((high - low) / MARKS)
    if is_whole:  # There is no half order.
        step = step.to_integral_value(ROUND_CEILING)
    bottom = (low / step).to_integral_value(ROUND_FLOOR) * step
    top = (high / step).to_integral_value(ROUND_CEILING) * step
    return Scale(bottom, top, step)


def _round_step(raw: Decimal) -> Decimal:
    power = Decimal(1).scaleb(raw.adjusted())
    return next(power * step for step in STEPS if power * step >= raw)


def mark_text(value: Decimal, step: Decimal) -> str:
    """Write a figure of the axis with no more digits than its steps have."""
    digits = max(0, -int(step.normalize().as_tuple().exponent))
    for suffix, power in (("G", 9), ("M", 6), ("K", 3)):
        if step >= Decimal(10) ** power // 2:
            short = (value.scaleb(-power)).normalize()
            return f"{short:f}{suffix}" if value else "0"
    return f"{value:,.{digits}f}"
