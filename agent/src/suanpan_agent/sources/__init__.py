"""Where readings come from. A source is looked at; what it brought is kept with its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from suanpan_agent.config import (
    AnySource,
    FileSource,
    HookSource,
    PrometheusSource,
)
from suanpan_agent.errors import SourceError
from suanpan_agent.readings import MeterFacts
from suanpan_agent.spool import Taken


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a source is looked at."""

    places: Mapping[str, str]
    seen: set[str]
    meters: Mapping[str, MeterFacts]
    now: int

    def meter(self, meter_id: object) -> MeterFacts:
        """
        Return what the market says of a meter.

        :raises SourceError: if this agent does not sign for it
        """
        found = self.meters.get(str(meter_id))
        if found is None:
            message = f"the market knows no meter {meter_id} that this agent signs for"
            raise SourceError(message)
        return found


class Source(Protocol):
    """What every source can do."""

    def look(self, known: Known) -> Taken:
        """Return what is new."""

    def sample(self, known: Known) -> str:
        """Say in one sentence what there is to read, and keep nothing."""


def made(config: AnySource) -> Source:
    """Return the source that a configuration describes."""
    from suanpan_agent.sources import files, hook, prometheus, slurm

    if isinstance(config, PrometheusSource):
        return prometheus.Prometheus(config)
    if isinstance(config, FileSource):
        return files.Files(config)
    if isinstance(config, HookSource):
        return hook.Hook(config)
    return slurm.Slurm(config)
