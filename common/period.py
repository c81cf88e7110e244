"""Half-open stretches of time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput


class InvalidPeriod(InvalidInput):
    """A period ends before it starts, or lacks its time zone."""

    code = "invalid_period"
    sentence = _("The period must end after it starts, and both must name their time zone.")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The moments t with starts_at <= t < ends_at, in UTC."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        for moment in (self.starts_at, self.ends_at):
            if moment.tzinfo is None:
                raise InvalidPeriod
        if self.ends_at <= self.starts_at:
            raise InvalidPeriod

    @classmethod
    def containing(cls, moment: datetime, *, seconds: int) -> Self:
        """Return the window of a fixed length, counted from the Unix epoch, that holds a moment."""
        start = int(moment.timestamp()) // seconds * seconds
        starts_at = datetime.fromtimestamp(start, tz=UTC)
        return cls(starts_at, starts_at + timedelta(seconds=seconds))

    @property
    def duration(self) -> timedelta:
        """Return how long the period lasts."""
        return self.ends_at - self.starts_at

    @property
    def microseconds(self) -> int:
        """Return the length as a whole number; `timedelta.total_seconds` would be a float."""
        return self.duration // timedelta(microseconds=1)

    def contains(self, moment: datetime) -> bool:
        """Return whether a moment lies inside."""
        return self.starts_at <= moment < self.ends_at

    def overlap(self, other: Self) -> Self | None:
        """Return the part that both share."""
        starts_at = max(self.starts_at, other.starts_at)
        ends_at = min(self.ends_at, other.ends_at)
        return type(self)(starts_at, ends_at) if starts_at < ends_at else None
