"""Who is told of an incident, and by when: data by version, which the market sets for itself."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from identity.rights.contracts import Severity, TimelineKind

NEWEST: Final = 1


@dataclass(frozen=True, slots=True)
class Duty:
    """That somebody is told by a moment; `told_at` once they were."""

    kind: TimelineKind
    by: datetime
    told_at: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Return whether the moment passed and nobody was told, or was told after it."""
        return (self.told_at or now) > self.by


@functools.cache
def hours(version: int) -> Mapping[str, Mapping[str, int]]:
    """Return the hours of a version by severity and entry; what was published stays."""
    path = Path(__file__).parent / "data" / f"duties-{version}.json"
    found: Mapping[str, Mapping[str, int]] = json.loads(path.read_text(encoding="utf-8"))["hours"]
    return found


def duties_of(
    severity: Severity, *, version: int, noticed_at: datetime, told: Mapping[str, datetime]
) -> list[Duty]:
    """Return who has to be told of an incident, the earliest first."""
    asked = hours(version)[severity]
    found = [
        Duty(TimelineKind(kind), noticed_at + timedelta(hours=count), told.get(kind))
        for kind, count in asked.items()
    ]
    return sorted(found, key=lambda each: each.by)
