"""Pages of a list by key, never by offset: page 1,000 costs what page 1 costs."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest

ModelT = TypeVar("ModelT", bound=Model)


def key_page(
    found: QuerySet[ModelT], request: HttpRequest, *, size: int
) -> tuple[list[ModelT], str]:
    """Return a page of a list sorted by `-id`, and the key that the next page comes after."""
    after = key(request.GET.get("after", ""))
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found[: size + 1])
    return rows[:size], str(rows[size - 1].pk) if len(rows) > size else ""


def key(text: str) -> UUID | None:
    """Return the key that an address names, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
