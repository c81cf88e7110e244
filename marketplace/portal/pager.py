"""Lists on pages: a page of rows, and links to the pages beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict

from common import paging

CURSOR: Final = paging.FIELD
# Where a page shows several lists, the cursor of each is named after its list.
_ENDING: Final = f"_{CURSOR}"

ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True, slots=True)
class Pager:
    """The addresses of the pages beside one of a named list; empty where there is none."""

    name: str
    first: str
    previous: str
    next: str

    @property
    def is_needed(self) -> bool:
        """Return whether the list has more than this page."""
        return bool(self.previous or self.next)


def paged(
    found: QuerySet[ModelT],
    request: HttpRequest,
    *,
    size: int,
    name: str = CURSOR,
    order: Sequence[str] = (),
    path: str = "",
) -> tuple[list[ModelT], Pager]:
    """
    Return a page of a list, and the links beside it.

    :raises InvalidCursor: if the address holds a cursor that was not made for this list
    """
    cursor, scope = cursor_of(request, name), page_scope_of(request, name, path)
    page = paging.page_of(found, size=size, cursor=cursor, scope=scope, order=order)
    return page.rows, pager(request, page.next, page.previous, name, path)


def cursor_of(request: HttpRequest, name: str = CURSOR) -> str:
    """Return the cursor that the address names for a list."""
    return str(request.GET.get(name, ""))


def page_scope_of(request: HttpRequest, name: str = CURSOR, path: str = "") -> paging.Scope:
    """Return what a cursor is good for: this list, of this organisation, under these filters."""
    filters = sorted(f"{key}={value}" for key, value in _chosen(request.GET))
    actor = getattr(request, "actor", None)  # Public pages have readers who are nobody.
    owner = str(actor.organization_id) if actor else ""
    return ("page", path or request.path, owner, name, *filters)


def pager(
    request: HttpRequest, onward: str, back: str, name: str = CURSOR, path: str = ""
) -> Pager:
    """Return the links to the pages at two cursors; an empty cursor makes none."""

    def address(cursor: str) -> str:
        query = request.GET.copy()
        query.pop(name, None)
        if cursor:
            query[name] = cursor
        return f"{path}?{query.urlencode()}"

    return Pager(
        name=name,
        first=address("") if back else "",
        previous=address(back) if back else "",
        next=address(onward) if onward else "",
    )


def _chosen(query: QueryDict) -> list[tuple[str, Any]]:
    """Return what an address says apart from where its lists begin."""
    return [
        (key, value)
        for key, values in query.lists()
        if key != CURSOR and not key.endswith(_ENDING)
        for value in values
    ]
