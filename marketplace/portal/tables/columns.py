"""What a column of a list declares: what it shows, how it is sorted, and its part on a phone."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.utils.functional import Promise

from identity.contracts import Role


class Shows(StrEnum):
    """How the values of a column are written."""

    TEXT = "text"
    PARTY = "party"  # the name of an organisation, at most two lines; all of it in its title
    MONEY = "money"  # whole fen
    QUANTITY = "quantity"  # an exact number
    TIME = "time"
    DAY = "day"
    IDENTIFIER = "identifier"  # shortened, with a button that copies all of it
    TAG = "tag"
    STATE = "state"
    ACT = "act"  # what can be done to one row, as `RowLink`s: drawn, never written to a file


class Phone(StrEnum):
    """A column's part where a row is a card: at most four facts, and one key and one state."""

    KEY = "key"
    STATE = "state"
    FACT = "fact"
    STRIP = "strip"  # the whole width of the card
    ACT = "act"
    HIDDEN = "hidden"


FACTS_MAX: Final = 4
NUMBERS: Final = frozenset({Shows.MONEY, Shows.QUANTITY})
# Those that are read from the latest or the largest on.
FALLING: Final = NUMBERS | {Shows.TIME, Shows.DAY}


@dataclass(frozen=True, slots=True)
class Tag:
    """A word with a tone and a symbol: a state is never told by its colour alone."""

    label: str | Promise
    tone: str = "neutral"
    icon: str = ""
    title: str | Promise = ""


@dataclass(frozen=True, slots=True)
class RowLink:
    """Where a row leads on; `about` says of what, to those who hear the page."""

    label: str | Promise
    address: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column of a list."""

    key: str
    label: str | Promise
    kind: Shows = Shows.TEXT
    # What it shows of a row; without it, the row's attribute of this key.
    value: Callable[[Any], Any] | None = None
    below: Callable[[Any], Any] | None = None
    link: Callable[[Any], str] | None = None
    template: str = ""
    # Columns of the table that answer the order by an index; the list's own key breaks ties.
    sort: tuple[str, ...] = ()
    phone: Phone = Phone.FACT
    is_on: bool = True
    is_fixed: bool = False
    is_wide: bool = False
    is_strong: bool = False
    total: bool = False
    tone: str = ""
    roles: frozenset[Role] = frozenset()

    def of(self, row: Any) -> Any:
        """Return what the column shows of a row."""
        return getattr(row, self.key, None) if self.value is None else self.value(row)

    @property
    def is_number(self) -> bool:
        """Return whether its values are compared digit by digit."""
        return self.kind in NUMBERS

    @property
    def is_written(self) -> bool:
        """Return whether a file of the list has it."""
        return self.kind is not Shows.ACT

    @property
    def style(self) -> str:
        """Return the classes of its cells."""
        names = [f"as-{self.phone}", f"is-{self.kind}"]
        names += ["is-number"] * self.is_number + ["is-wide"] * self.is_wide
        names += ["is-strong"] * self.is_strong + [f"is-{self.tone}"] * bool(self.tone)
        return " ".join(names)
