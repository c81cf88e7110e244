"""
A small exporter like DCGM's, which keeps its own record of what it showed to whom.

It goes from stage to stage: cards that are more or less busy, slices of a card (MIG) that are made
and taken away, drivers that restart, values that are no numbers, a time in which it answers nobody.
Levels carry the moment at which they were looked at, counters do not.
"""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

COUNTER: Final = "gpu_busy_milliseconds_total"
LEVEL: Final = "DCGM_FI_DEV_GPU_UTIL"
STAGE: Final = "exporter_stage"
CARDS: Final = (
    {"gpu": "0", "UUID": "GPU-6f0c", "device": "nvidia0", "Hostname": "node1", "pod": "train-7"},
    {"gpu": "1", "UUID": "GPU-91ab", "GPU_I_PROFILE": "1g.10gb", "GPU_I_ID": "7", "pod": "a\\b"},
    {"gpu": "1", "UUID": "GPU-91ab", "GPU_I_PROFILE": "1g.10gb", "GPU_I_ID": "8", "pod": 'q"x'},
)
UNREAD: Final = {"gpu": "2", "UUID": "GPU-0000", "GPU_I_PROFILE": "7g.80gb", "pod": "elsewhere"}
# What goes wrong, by stage and card.
TAKEN_AWAY: Final = {(6, 2), (7, 2)}  # A slice that is made again counts from nothing.
RESTARTED: Final = {(4, 1), (8, 2)}
NO_COUNT: Final = {(10, 0)}
NO_LEVEL: Final = {(12, 1)}


@dataclass(frozen=True, slots=True)
class Shown:
    """One sample, with its value as it is written."""

    metric: str
    labels: tuple[tuple[str, str], ...]
    value: str
    began_ms: int = 0

    def line(self, at_ms: int) -> str:
        told = ",".join(f"{name}={json.dumps(value)}" for name, value in self.labels)
        moment = f" {at_ms}" if self.metric == LEVEL else ""
        return f"{self.metric}{{{told}}} {self.value}{moment}\n"


@dataclass(frozen=True, slots=True)
class Stage:
    """What is shown for a while; nothing at all where the exporter is away."""

    number: int
    at_ms: int
    shown: tuple[Shown, ...]

    def text(self) -> str:
        head = f"# HELP {LEVEL} GPU utilization (in %).\n# TYPE {LEVEL} gauge\n"
        rows = dict.fromkeys((LEVEL, COUNTER), "")
        for each in self.shown:
            rows[each.metric] += each.line(self.at_ms)
        counters = f"# TYPE {COUNTER} counter\n{rows[COUNTER]}"
        return f"{head}{rows[LEVEL]}{counters}# TYPE {STAGE} gauge\n{STAGE} {self.number}\n"


class Exporter:
    """Serves the stage that is on, and remembers which stages each reader was given."""

    def __init__(self, seed: int = 15) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a seed, so that it fails again
        self.given: dict[str, list[Stage]] = {}
        self.stage = Stage(-1, 0, ())
        self.is_away = True
        self._counted = [Fraction(10_000), Fraction(0), Fraction(250)]
        self._began_ms = [0] * len(CARDS)
        self._lock = threading.Lock()

    def next_stage(self) -> Stage:
        """Go on: cards work, restart, or show what is no number."""
        number, now = self.stage.number + 1, time.time_ns() // 10**6
        shown = [Shown(COUNTER, tuple(UNREAD.items()), "5")]
        for place, labels in enumerate(CARDS):
            told = tuple(labels.items())
            if (number, place) in TAKEN_AWAY:
                # Prometheus cannot tell that a level with a moment of its own is gone: it is 0.
                shown.append(Shown(LEVEL, told, "0"))
                continue
            value, busy = self._count(number, place, now), f"{self.chance.randrange(1001) / 10}"
            shown.append(Shown(COUNTER, told, value, self._began_ms[place]))
            shown.append(Shown(LEVEL, told, "NaN" if (number, place) in NO_LEVEL else busy))
        with self._lock:
            self.stage = Stage(number, now, tuple(shown))
        return self.stage

    def _count(self, number: int, place: int, now: int) -> str:
        """Return what a counter shows; what is written, not what was meant, is what it counts."""
        if (number, place) in RESTARTED:
            self._counted[place], self._began_ms[place] = Fraction(7, 8), now
        else:
            self._counted[place] += Fraction(self.chance.randrange(1, 400_000), 1000)
        if (number, place) in NO_COUNT:
            return "NaN"
        form = ".6e" if number % 2 else ".9f"
        value = format(float(self._counted[place]), form)
        self._counted[place] = Fraction(value)
        return value

    def give(self, reader: str) -> Stage:
        """Return what is shown just now, and note who saw it."""
        with self._lock:
            seen = self.given.setdefault(reader, [])
            if not seen or seen[-1] is not self.stage:
                seen.append(self.stage)
            return self.stage

    def has_given(self, reader: str) -> bool:
        return bool(self.given.get(reader)) and self.given[reader][-1] is self.stage

    # --- What was used, in fractions, from nothing but the record ---------------------------------
    def grown(self, reader: str) -> Fraction:
        """Return card-seconds that the counters of the cards rose by."""
        total, before = Fraction(0), dict[tuple, Fraction]()
        for stage in self.given[reader]:
            for each in stage.shown:
                if each.metric != COUNTER or each.value == "NaN" or each.labels not in READ:
                    continue
                value = Fraction(each.value) / 1000
                if each.labels in before:
                    last = before[each.labels]
                    total += value if value < last else value - last
                before[each.labels] = value
        return total

    def held(self, reader: str) -> Fraction:
        """Return card-seconds of levels: each stands until the next that is a number."""
        total, before = Fraction(0), dict[tuple, tuple[int, Fraction]]()
        for stage in self.given[reader]:
            for each in stage.shown:
                if each.metric != LEVEL or each.value == "NaN":
                    continue
                if each.labels in before:
                    since, share = before[each.labels]
                    total += share * (stage.at_ms - since) / 1000
                before[each.labels] = (stage.at_ms, Fraction(each.value) / 100)
        return total


READ: Final = {tuple(labels.items()) for labels in CARDS}


@contextmanager
def served(exporter: Exporter) -> Iterator[str]:
    """Serve the exporter's page; who asks is told apart by the program that it names."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reader = self.headers.get("User-Agent", "").split("/")[0].lower()
            if exporter.is_away:
                self.send_error(503)
                return
            body = exporter.give(reader).text().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
