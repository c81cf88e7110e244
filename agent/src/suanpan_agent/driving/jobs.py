"""What a driver runs, and what every backend can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

LEAD_SECONDS: Final = 3_600  # more than any rule tells RUN ahead; its end is told by STOP


@dataclass(frozen=True, slots=True)
class DrivenJob:
    """A job of a delivery; without a command the machine itself is what is delivered."""

    delivery_id: str
    command: Sequence[str] = ()
    image: str = ""
    data_reference: str = ""
    result_reference: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    wall_seconds: int = 3_600
    cards: int = 1
    starts_at: float = 0.0  # seconds since 1970; a job does not begin before

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "DrivenJob":
        """Return what a call tells of a delivery."""
        job = data.get("job") or {}
        return cls(
            delivery_id=str(data["delivery_id"]),
            command=[str(word) for word in job.get("command", ())],
            image=str(job.get("image", "")),
            data_reference=str(job.get("data_reference", "")),
            result_reference=str(job.get("result_reference", "")),
            environment={str(k): str(v) for k, v in job.get("environment", {}).items()},
            wall_seconds=int(job["wall_seconds"]) if job else _machine_seconds(data),
            cards=max(1, int(data.get("units_milli", 1_000)) // 1_000),
            starts_at=_moment(data["starts_at"]).timestamp() if "starts_at" in data else 0.0,
        )


def _machine_seconds(data: Mapping[str, Any]) -> int:
    """Return how long a machine without a job stands at most: its time, and the lead before it."""
    if "starts_at" not in data or "leaves_at" not in data:
        return 3_600
    starts_at, leaves_at = (_moment(data[name]) for name in ("starts_at", "leaves_at"))
    return max(0, int((leaves_at - starts_at).total_seconds())) + LEAD_SECONDS


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(str(text))


@dataclass(frozen=True, slots=True)
class JobStanding:
    """Where a job stands: waiting, running, or ended with a code."""

    is_running: bool = False
    exit_code: int | None = None
    log_tail: str = ""

    @property
    def is_over(self) -> bool:
        """Return whether it ended."""
        return self.exit_code is not None


class Backend(Protocol):
    """What runs jobs. Every act may come twice, and is the same as once."""

    runs_at_once: bool  # a job waits for nobody once it is started: ready can be said ahead

    def start(self, job: DrivenJob) -> None:
        """Start a job, or hand it to who will."""

    def look(self, delivery_id: str) -> JobStanding:
        """Return where a job stands."""

    def stop(self, delivery_id: str) -> None:
        """End a job."""

    def wipe(self, delivery_id: str) -> None:
        """Remove what a job left."""
