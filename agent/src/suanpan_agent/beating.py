"""
Heartbeats: what the provider's resources are like now, and how long the way to other hubs is.

A thread of its own looks and sends, so a market that is away stops no reading and a long reading
no heartbeat. A heartbeat that was not taken is not sent again: the next one says what is so then.
"""

import json
import logging
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from suanpan_agent import keys, moments
from suanpan_agent.config import Config, PathConfig, ResourceConfig
from suanpan_agent.errors import AgentError, SourceError
from suanpan_agent.market import Market, Trouble
from suanpan_agent.moments import SECOND
from suanpan_agent.pausing import Pause
from suanpan_agent.sources.prometheus import matcher, scraped

FORMAT: Final = "suanpan-heartbeat/1"
LOOK_SECONDS: Final = 10
HEALTHS: Final = frozenset({"OK", "DEGRADED", "DOWN"})
MILLI_MAX: Final = 10**12

logger = logging.getLogger("suanpan_agent")


class Heart:
    """Looks at the configured resources and paths, and tells the market of them."""

    def __init__(self, config: Config, market: Market, ended: threading.Event) -> None:
        self._config, self._market, self._ended = config, market, ended
        self._boot, self._sequence = str(uuid4()), 0
        self.pause = Pause(config.agent.retry_seconds_max)
        self._said = ""

    def run(self) -> None:
        """Beat until told to end, with longer pauses while the market says no."""
        every = self._config.agent.beat_seconds * SECOND
        due = moments.steady()
        while not self._ended.is_set():
            if moments.steady() >= due and not self.pause.left():
                due = moments.steady() + every
                self.beat()
            wait = max(due - moments.steady(), self.pause.left(), SECOND // 20)
            self._ended.wait(wait / SECOND)

    def beat(self) -> bool:
        """Look and send once; return whether it was taken."""
        try:
            self._market.beat(self.body(), keys.load(self._config.key))
        except Trouble as trouble:
            self.pause.failed(trouble.retry_after)
            self._say(f"{trouble.code}: {trouble.detail}")
            return False
        except AgentError as error:
            self.pause.failed()
            self._say(str(error))
            return False
        self.pause.succeeded()
        self._say("")
        return True

    def body(self) -> bytes:
        """Look at everything, and return the bytes that are signed."""
        resources = [seen(each) for each in self._config.resource]
        paths = [way for each in self._config.path if (way := measured(each)) is not None]
        self._sequence += 1
        return msgspec.json.encode(
            {
                "format": FORMAT,
                "boot_id": self._boot,
                "sequence": self._sequence,
                "observed_at": moments.written(moments.now()),
                "interval_seconds": self._config.agent.beat_seconds,
                "resources": resources,
                "paths": paths,
            }
        )

    def _say(self, told: str) -> None:
        if told != self._said:
            self._said = told
            logger.log(logging.WARNING if told else logging.INFO, "heartbeats: %s", told or "well")


def seen(config: ResourceConfig) -> dict[str, Any]:
    """Return what a resource is like now; where nobody could look, degraded and no figures."""
    told: dict[str, Any] = {"resource": config.resource, "health": "OK"}
    if config.total_milli is not None:
        told["total_milli"] = config.total_milli
    try:
        if config.exporter:
            told |= _counted(config)
        elif config.command or config.file:
            told |= _written(config)
    except (SourceError, OSError) as error:
        logger.warning("%s cannot be looked at: %s", config.resource, error)
        return {"resource": config.resource, "health": "DEGRADED"}
    return told


def _counted(config: ResourceConfig) -> dict[str, Any]:
    """Count the series of an exporter: all are cards, those that match `busy` are taken."""
    text = scraped(config.exporter, timeout=LOOK_SECONDS)
    try:
        families = list(text_string_to_metric_families(text))
    except ValueError as error:
        message = f"{config.exporter}: {error}"
        raise SourceError(message) from error
    wanted = _matchers(config.labels)
    busy = _matchers(config.busy)
    found = [
        sample.labels
        for family in families
        for sample in family.samples
        if sample.name == config.metric and _fits(sample.labels, wanted)
    ]
    taken = sum(_fits(labels, busy) for labels in found)
    return {"total_milli": len(found) * 1000, "free_milli": (len(found) - taken) * 1000}


def _matchers(labels: Mapping[str, str]) -> dict[str, Any]:
    return {name: matcher(value) for name, value in labels.items()}


def _fits(labels: Mapping[str, str], wanted: Mapping[str, Any]) -> bool:
    return all(fits.fullmatch(labels.get(name, "")) for name, fits in wanted.items())


def _written(config: ResourceConfig) -> dict[str, Any]:
    """Read what a command prints or a file holds: JSON with free_milli, total_milli, health."""
    text = _printed(config.command) if config.command else Path(config.file).read_text("utf-8")
    try:
        said = json.loads(text)
    except ValueError as error:
        message = f"no JSON: {error}"
        raise SourceError(message) from error
    if not isinstance(said, dict):
        message = "the JSON is no object"
        raise SourceError(message)
    told: dict[str, Any] = {}
    for name in ("total_milli", "free_milli"):
        value = said.get(name)
        if value is not None:
            if type(value) is not int or not 0 <= value <= MILLI_MAX:
                message = f"{name} is no whole number of thousandths"
                raise SourceError(message)
            told[name] = value
    health = said.get("health", "OK")
    if health not in HEALTHS:
        message = f"health is {health!r}: none of {', '.join(sorted(HEALTHS))}"
        raise SourceError(message)
    return told | {"health": health}


def _printed(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the command of whoever configured us
            list(command), capture_output=True, timeout=LOOK_SECONDS, check=True, text=True
        )
    except (subprocess.SubprocessError, UnicodeDecodeError) as error:
        message = f"{command[0]}: {error}"
        raise SourceError(message) from error
    return done.stdout


def measured(config: PathConfig) -> dict[str, Any] | None:
    """Return how long the way to another hub takes, there and back; None if it cannot be gone."""
    best: int | None = None
    for _try in range(config.tries):
        began = time.monotonic_ns()
        try:
            with socket.create_connection((config.host, config.port), timeout=LOOK_SECONDS):
                took = (time.monotonic_ns() - began) // 1000
        except OSError as error:
            logger.warning("path to %s: %s", config.to_hub, error)
            return None
        best = took if best is None else min(best, took)
    return {
        "from_hub": config.from_hub,
        "to_hub": config.to_hub,
        "round_trip_us": max(best or 1, 1),
    }
