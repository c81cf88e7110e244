"""
What removes records whose term is over, table by table.

A room enters what it removes in its module `removers`; a room above may object to a part of a
table below it. Parts go whole: a month, or all rows whose time is over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from identity.privacy import classes


class PartStanding(TextChoices):
    """Why a part whose term is over stays."""

    NONE = "", ""
    HELD = "held", _("Under a legal hold")
    RECORDED_LATELY = "recorded_lately", _("Something in it was recorded later")
    OPEN_WINDOWS = "open_windows", _("Windows of it are open or wait for a decision")
    UNACCOUNTED = "unaccounted", _("Not all of it is accounted for")
    UNCHARGED = "uncharged", _("Use of it is not charged and settled")
    UNSEALED = "unsealed", _("Transfers for it are not sealed")
    BUSY = "busy", _("Somebody was at work with it; tried again within the hour")


@dataclass(frozen=True, slots=True)
class OverPart:
    """A part of a table whose term is over."""

    key: str  # the month, as 2021-03; of rows that go together, the moment before which
    over_at: datetime
    rows: int | None = None  # where it is known without counting them all
    standing: PartStanding = PartStanding.NONE


@dataclass(frozen=True, slots=True)
class Remover:
    """How what is over goes from one table; both callables act for the platform."""

    table: str
    label: Promise
    parts: Callable[[datetime], list[OverPart]]  # those whose term was over at a moment
    remove: Callable[[OverPart], int | None]  # returns how many rows went; None: it is held
    days: Callable[[], int] | None = None  # of rows whose class has no term in days

    @property
    def data_class(self) -> str:
        """Return the class of data that the table is in."""
        return classes.kept_tables()[self.table].data_class

    def term(self) -> timedelta:
        """Return how long its rows are kept."""
        return timedelta(days=self.days() if self.days else classes.days_kept(self.data_class))


Objection = Callable[[str], PartStanding]
_removers: Final[dict[str, Remover]] = {}
_objections: Final[dict[str, list[Objection]]] = {}


def enter(remover: Remover) -> Remover:
    """Enter what removes from a table; one a table."""
    if remover.table in _removers:
        message = f"two removers of {remover.table}"
        raise ValueError(message)
    _removers[remover.table] = remover
    return remover


def object_to(table: str, objection: Objection) -> None:
    """Let a room above say why a part of a table stays; it is told the part's key."""
    _objections.setdefault(table, []).append(objection)


def removers() -> list[Remover]:
    """Return every remover, by the name of its table."""
    return [_removers[table] for table in sorted(_removers)]


def standing(table: str, part: OverPart) -> PartStanding:
    """Return why a part stays, asking the rooms above last."""
    if part.standing:
        return part.standing
    for objection in _objections.get(table, ()):
        if found := objection(part.key):
            return found
    return PartStanding.NONE
