"""Lists are paged by key, never by offset."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView

PAGE_SIZE = 50
PAGE_SIZE_MAX = 200


class KeysetPagination(CursorPagination):
    """
    Pages that stay stable while rows arrive: `?cursor=` and `?page_size=` (at most 200).

    A view may set `ordering`; it must end with a unique key.
    """

    page_size = PAGE_SIZE
    max_page_size = PAGE_SIZE_MAX
    page_size_query_param = "page_size"
    ordering = ("-id",)

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return one page; a cursor that was tampered with leads nowhere."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError) as error:
            raise NotFound(self.invalid_cursor_message) from error

    def decode_cursor(self, request: Request) -> Any:
        """Return where the page begins; PostgreSQL's text knows no NUL."""
        cursor = super().decode_cursor(request)
        if cursor is not None and "\0" in str(cursor.position):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_ordering(
        self,
        request: Request,  # noqa: ARG002 - DRF's signature
        queryset: QuerySet[Any],
        view: APIView,
    ) -> tuple[str, ...]:
        """Prefer the order that the view names, then that of the queryset."""
        ordering = getattr(view, "ordering", None) or queryset.query.order_by or self.ordering
        return tuple(ordering)
