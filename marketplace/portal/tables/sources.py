"""Where the rows of a list come from: the database, by key; or a few that are read already."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, Self

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from common import paging

COUNT_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class SortedBy:
    """What a list is sorted by: columns of its table, or a value of its rows."""

    columns: tuple[str, ...]
    value: Callable[[Any], Any]
    is_falling: bool


class Source(Protocol):
    """Rows that can be sorted, cut into pages, counted and picked from."""

    def page(
        self, order: SortedBy | None, *, size: int, cursor: str, scope: paging.Scope
    ) -> paging.Slice[Any]:
        """Return a page from a cursor on."""

    def count(self, limit: int) -> int:
        """Return how many rows there are, counted up to a bound."""

    def first(self, order: SortedBy | None, limit: int) -> Sequence[Any]:
        """Return the first rows, whatever page is shown."""

    def picked(self, ids: Collection[Any]) -> Self:
        """Return the source of some of its rows."""


@dataclass(frozen=True, slots=True)
class Queried:
    """Rows of a table, by key."""

    found: QuerySet[Any]
    tie: str = "id"

    def page(
        self, order: SortedBy | None, *, size: int, cursor: str, scope: paging.Scope
    ) -> paging.Slice[Any]:
        """Return a page from a cursor on."""
        columns = self._columns(order)
        return paging.page_of(self.found, size=size, cursor=cursor, scope=scope, order=columns)

    def count(self, limit: int) -> int:
        """Return how many rows there are, counted up to a bound."""
        return self.found.order_by()[:limit].count()

    def first(self, order: SortedBy | None, limit: int) -> Sequence[Any]:
        """Return the first rows, whatever page is shown."""
        columns = self._columns(order)
        return list((self.found.order_by(*columns) if columns else self.found)[:limit])

    def picked(self, ids: Collection[Any]) -> Self:
        """Return the source of some of its rows."""
        keys = [key for each in ids if (key := self._key(each)) is not None]
        return replace(self, found=self.found.filter(pk__in=keys))

    def with_found(self, found: Any) -> Self:
        """Return a source of other rows of the table."""
        return replace(self, found=found)

    def _key(self, text: Any) -> Any:
        """Return the key that a text names; nothing for what can be none."""
        with suppress(ValidationError):
            return self.found.model._meta.pk.to_python(text)
        return None

    def _columns(self, order: SortedBy | None) -> tuple[str, ...]:
        if order is None:
            return ()
        sign = "-" if order.is_falling else ""
        names = order.columns if self.tie in order.columns else (*order.columns, self.tie)
        return tuple(f"{sign}{name}" for name in names)


@dataclass(frozen=True, slots=True)
class Computed:
    """
    All rows of an answer that a room computed; the page asks for it with what the filters say.

    `key` tells the rows apart, for pages. Rows of another moment may be others: a page whose first
    row is gone is the first one.
    """

    found: Sequence[Any]
    key: Callable[[Any], str]

    def page(
        self, order: SortedBy | None, *, size: int, cursor: str, scope: paging.Scope
    ) -> paging.Slice[Any]:
        """
        Return a page from a cursor on.

        :raises InvalidCursor: if it was not made for this list
        """
        rows = sorted_rows(self.found, order)
        place = paging.position_of(cursor, scope=scope)
        keys = [self.key(row) for row in rows]
        named = place.values[0] if place else ""
        start = keys.index(named) if named in keys else 0

        def at(row: int) -> str:
            return paging.cursor_at(paging.Position((keys[row],)), scope=scope)

        end = start + size
        return paging.Slice(
            rows[start:end],
            at(end) if end < len(rows) else "",
            at(max(0, start - size)) if start else "",
        )

    def count(self, limit: int) -> int:
        """Return how many rows there are, counted up to a bound."""
        return min(len(self.found), limit)

    def first(self, order: SortedBy | None, limit: int) -> Sequence[Any]:
        """Return the first rows, whatever page is shown."""
        return sorted_rows(self.found, order)[:limit]

    def picked(self, ids: Collection[Any]) -> Self:
        """Return the source of some of its rows."""
        wanted = {str(each) for each in ids}
        return replace(self, found=[row for row in self.found if self.key(row) in wanted])

    def with_found(self, found: Any) -> Self:
        """Return a source of other rows."""
        return replace(self, found=found)


@dataclass(frozen=True, slots=True)
class Given:
    """Rows that are read already, all of them or one page of what a room cuts itself."""

    rows: Sequence[Any]
    next: str = ""
    previous: str = ""
    row_id: Callable[[Any], Any] | None = None

    def page(
        self,
        order: SortedBy | None,
        *,
        size: int,  # noqa: ARG002 - a source's signature
        cursor: str,  # noqa: ARG002
        scope: paging.Scope,  # noqa: ARG002
    ) -> paging.Slice[Any]:
        """Return the rows, with the cursors that came with them."""
        return paging.Slice(list(sorted_rows(self.rows, order)), self.next, self.previous)

    def count(self, limit: int) -> int:
        """Return how many rows there are; of one page of several nobody knows."""
        return min(len(self.rows), limit)

    def first(self, order: SortedBy | None, limit: int) -> Sequence[Any]:
        """Return the first rows."""
        return sorted_rows(self.rows, order)[:limit]

    def picked(self, ids: Collection[Any]) -> Self:
        """Return the source of some of its rows."""
        wanted = {str(each) for each in ids}
        chosen = [row for row in self.rows if self.row_id and str(self.row_id(row)) in wanted]
        return replace(self, rows=chosen, next="", previous="")


def sorted_rows(rows: Sequence[Any], order: SortedBy | None) -> list[Any]:
    """Return rows that are read already in an order; what is not known lies where NULL does."""
    if order is None:
        return list(rows)
    known = [row for row in rows if order.value(row) is not None]
    unknown = [row for row in rows if order.value(row) is None]
    known.sort(key=order.value, reverse=order.is_falling)
    return unknown + known if order.is_falling else known + unknown
