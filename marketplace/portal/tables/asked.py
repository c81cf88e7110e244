"""What an address asks of a list, and the addresses that ask for something else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from common import paging

SORT: Final = "sort"
EXPORT: Final = "export"
# What concerns one moment, not what the list shows.
PASSING: Final = frozenset({EXPORT, "csrfmiddlewaretoken"})
_ENDING: Final = f"_{paging.FIELD}"


@dataclass(frozen=True, slots=True)
class Asked:
    """The query of an address, as one list of the page reads it."""

    query: QueryDict
    path: str
    prefix: str = ""

    def name(self, plain: str) -> str:
        """Return what a part of the address is called for this list."""
        return f"{self.prefix}_{plain}" if self.prefix else plain

    @property
    def cursor(self) -> str:
        """Return what the cursor of this list is called."""
        return self.name(paging.FIELD)

    @property
    def sort_name(self) -> str:
        """Return what the order of this list is called."""
        return self.name(SORT)

    @property
    def sort(self) -> str:
        """Return which head the list is to be sorted by."""
        return str(self.query.get(self.name(SORT), ""))

    @property
    def export(self) -> str:
        """Return as what file the list is asked for."""
        return str(self.query.get(self.name(EXPORT), ""))

    def address(
        self, *, without: Iterable[str] = (), and_: Mapping[str, Sequence[str]] | None = None
    ) -> str:
        """Return the address without some of its parts and with others, from the first page on."""
        query = self.kept(without)
        for name, values in (and_ or {}).items():
            query.setlist(name, list(values))
        return f"{self.path}?{query.urlencode()}" if query else self.path

    def kept(self, without: Iterable[str] = ()) -> QueryDict:
        """Return what stays of the query when something else changes: no page but the first."""
        query = self.query.copy()
        gone = {*without, *PASSING}
        for name in list(query):
            is_page = name == paging.FIELD or name.endswith(_ENDING)
            if is_page or name in gone or name == self.name(EXPORT):
                del query[name]
        return query
