"""One figure: warmed up, measured seven times, told as the median with its spread."""

import importlib
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

REPEATS: Final = 7
WARM_UPS: Final = 2
TRIES_MAX: Final = 3  # a noisy series is measured again, and the report says how often
# From which spread on a run is noisy. Disks and networks are shared and vary by nature.
SPREAD_MAX: Final = 0.10
SPREAD_MAX_SHARED: Final = 0.50


class Missing(Exception):  # noqa: N818 - it is an answer, not an error of the program
    """A part cannot be measured here; the text says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one benchmark measured."""

    name: str
    unit: str
    values: tuple[float, ...]
    spread_max: float = SPREAD_MAX
    note: str = ""
    tries: int = 1

    @property
    def median(self) -> float:
        """Return the value in the middle."""
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """Return how far the values lie apart, as a share of the median."""
        return (max(self.values) - min(self.values)) / self.median if self.median else 1.0

    @property
    def is_quiet(self) -> bool:
        """Return whether the run may be called good."""
        return len(self.values) >= REPEATS and self.spread <= self.spread_max

    def told(self) -> dict[str, Any]:
        """Return it as a report holds it: numbers as text."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": figure(self.median),
            "spread": f"{self.spread:.4f}",
            "spread_max": f"{self.spread_max:.2f}",
            "repeats": len(self.values),
            "values": [figure(each) for each in self.values],
            "note": self.note,
            "tries": self.tries,
        }


def figure(value: float) -> str:
    """Return a number in plain digits, six of them counting."""
    digits = max(0, 5 - len(str(int(abs(value)))) + 1)
    return f"{value:.{digits}f}"


def repeated(
    name: str,
    unit: str,
    once: Callable[[], float],
    *,
    spread_max: float = SPREAD_MAX,
    note: str = "",
) -> Result:
    """Measure something: first to warm up, then as often as counts; `once` returns the figure."""
    for _time in range(WARM_UPS):
        once()
    for tries in range(1, TRIES_MAX + 1):
        values = tuple(once() for _time in range(REPEATS))
        result = Result(name, unit, values, spread_max, note, tries)
        if result.is_quiet:
            break
    return result


def rate(work: float, act: Callable[[], object], *, seconds: float) -> float:
    """Return how much work a second is done, over at least that many seconds."""
    times, passed, begun = 0, 0.0, time.perf_counter()
    while passed < seconds:
        act()
        times += 1
        passed = time.perf_counter() - begun
    return work * times / passed


def optional(name: str) -> Any:
    """
    Return a package that may be installed beside the agent.

    :raises Missing: if it is not
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        message = f"{name} is not installed: pip install 'suanpan-agent[probe]'"
        if name == "torch":
            message = "PyTorch is not installed; GPUs are measured with it"
        raise Missing(message) from error


Results = Iterator[Result]
