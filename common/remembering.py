"""What one process computed a moment ago, kept for the next who asks."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakSet

ValueT = TypeVar("ValueT")

_every: "WeakSet[Remembered[Any]]" = WeakSet()


def forget_all() -> None:
    """Forget everything in this process, as after a database was replaced."""
    for each in list(_every):
        each.forget()


class Remembered(Generic[ValueT]):
    """Values for some seconds, at most so many; the longest unused goes first."""

    def __init__(self, *, seconds: int, most: int) -> None:
        self.nanoseconds = seconds * 1_000_000_000
        self.most = most
        self._lock = Lock()
        self._values: OrderedDict[Hashable, tuple[int, ValueT]] = OrderedDict()
        _every.add(self)

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()

    def get(self, name: Hashable, make: Callable[[], ValueT]) -> ValueT:
        """Return what is remembered by a name, or make it; what fails is not remembered."""
        now = time.monotonic_ns()
        with self._lock:
            found = self._values.get(name)
            if found is not None and now - found[0] < self.nanoseconds:
                self._values.move_to_end(name)
                return found[1]
        value = make()  # outside the lock: two may make the same, nobody waits for another's name
        with self._lock:
            self._values[name] = (now, value)
            self._values.move_to_end(name)
            while len(self._values) > self.most:
                self._values.popitem(last=False)
        return value
