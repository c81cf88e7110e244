"""
How much of this process one other node may hold up.

At most four wait for one node and eight in whole; a node that failed five times within half a
minute is not asked for fifteen seconds, then by one. It is counted by process: a node that is away
costs each of them as many tries.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from gateway.contracts import PeerCircuitOpen

FAILURES_MAX: Final = 5
WITHIN_SECONDS: Final = 30.0
OPEN_SECONDS: Final = 15.0
WAITING_MAX: Final = 4
WAITING_IN_ALL_MAX: Final = 8


class Breaker:
    """The circuits of the nodes that this process asks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=FAILURES_MAX))
        self._opened: dict[str, float] = {}
        self._waiting: dict[str, int] = defaultdict(int)

    @contextmanager
    def asking(self, node: str) -> Iterator[None]:
        """
        Hold a place for a question to a node; what is raised inside counts as its failure.

        :raises PeerCircuitOpen: if the node failed too often, or too many wait
        """
        self._enter(node)
        try:
            yield
        except Exception:
            self._fail(node)
            raise
        else:
            with self._lock:
                self._failures.pop(node, None)
                self._opened.pop(node, None)
        finally:
            with self._lock:
                self._waiting[node] -= 1

    def is_open(self, node: str) -> bool:
        """Return whether a node is not asked now."""
        with self._lock:
            opened = self._opened.get(node)
            return opened is not None and self._clock() - opened < OPEN_SECONDS

    def reset(self) -> None:
        """Forget what was counted."""
        with self._lock:
            self._failures.clear()
            self._opened.clear()
            self._waiting.clear()

    def _enter(self, node: str) -> None:
        with self._lock:
            opened, now = self._opened.get(node), self._clock()
            is_full = (
                self._waiting[node] >= WAITING_MAX
                or sum(self._waiting.values()) >= WAITING_IN_ALL_MAX
            )
            if is_full or (opened is not None and now - opened < OPEN_SECONDS):
                raise PeerCircuitOpen(node=node)
            if opened is not None:
                self._opened[node] = now  # One tries; the others wait for what it finds.
            self._waiting[node] += 1

    def _fail(self, node: str) -> None:
        with self._lock:
            now, failed = self._clock(), self._failures[node]
            failed.append(now)
            if len(failed) == FAILURES_MAX and now - failed[0] <= WITHIN_SECONDS:
                self._opened[node] = now


breaker: Final = Breaker()
