"""
Facts that never change, as documents: what each says, in texts under names.

The texts are what an export writes and what a sealed hash covers, so whoever has a row of an export
can compute the hash again. A kind has a form, the version of its texts: a sealed document is read
by the form that its leaf names, and a change of the texts is a new form.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from common.canonical import content_hash
from common.recorded import FIELD
from common.tabular.columns import Column

HASH: Final = Column("content_hash")
Content = Mapping[str, str]


def nothing_beside(_row: Any, _reader: UUID | None) -> Content:
    """Return what a kind keeps from nobody."""
    return {}


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """
    One kind of document: where its rows are, and what each of them says.

    `rows` returns those of an organisation, or all; `moment` names the column by whose time they
    are exported, `reference` the text by which one is known for good. `stored_hash` names the
    column that holds the hash which was made together with the row, if the room keeps one.
    `beside` returns texts that are not for every reader, as far as an organisation may know them,
    or all of them: the hash of the document covers them by a hash of their own.
    `between` is the condition of a period, where a comparison of the moment is not the way.
    """

    name: str  # room.object, as in the sealed leaf
    form: int
    columns: tuple[Column, ...]  # of an export: the texts, and their hash
    rows: Callable[[UUID | None], QuerySet[Any]]
    content: Callable[[Any], Content]
    moment: str
    reference: str = "id"
    order: tuple[str, ...] = ()  # of an export; else by moment
    parties: tuple[str, ...] = ()  # where a row names organisations by their USCC
    stored_hash: str = ""
    between: Callable[[datetime, datetime], Q] | None = None
    transaction: str = FIELD
    beside: Callable[[Any, UUID | None], Content] = nothing_beside

    @property
    def sorting(self) -> tuple[str, ...]:
        """Return the columns that an export is sorted by, the last one unique."""
        return self.order or (self.moment, "id")

    def recorded_between(self, starts_at: datetime, ends_at: datetime) -> Q:
        """Return the condition of the rows whose moment lies in a period."""
        if self.between is not None:
            return self.between(starts_at, ends_at)
        return Q((f"{self.moment}__gte", starts_at), (f"{self.moment}__lt", ends_at))

    def digest(self, row: Any) -> str:
        """Return the hash that a row was given, or else that of its texts, in hexadecimal."""
        if self.stored_hash:
            return str(getattr(row, self.stored_hash))
        return content_hash(self.content(row))

    def texts(self, row: Any, reader: UUID | None = None) -> list[str]:
        """Return a row of an export: the texts as they are now, the hash, and what is beside it."""
        beside = self.beside(row, reader)
        return [*self.content(row).values(), self.digest(row), *beside.values()]
