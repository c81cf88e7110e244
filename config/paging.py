"""Lists are paged by key, never by offset."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound
from rest_framework.exceptions import ValidationError as InvalidQuery
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView

PAGE_SIZE = 50
PAGE_SIZE_MAX = 200
_ROWS = re.compile(r"0{0,9}[1-9][0-9]{0,8}", re.ASCII)


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
        """
        Return one page.

        :raises InvalidQuery: if the cursor was not made here, or the size is no number of rows
        """
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValidationError, ValueError) as error:
            message = str(self.invalid_cursor_message)
            raise InvalidQuery({self.cursor_query_param: [message]}) from error

    def decode_cursor(self, request: Request) -> Any:
        """Return where the page begins; PostgreSQL's text knows no NUL."""
        cursor = super().decode_cursor(request)
        if cursor is not None and "\0" in str(cursor.position):
            raise NotFound
        return cursor

    def get_page_size(self, request: Request) -> int:
        """Return how many rows were asked for, at most `PAGE_SIZE_MAX`."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return PAGE_SIZE
        if not _ROWS.fullmatch(asked):
            raise InvalidQuery({self.page_size_query_param: [_("This is no number of rows.")]})
        return min(int(asked), PAGE_SIZE_MAX)

    def get_schema_operation_parameters(
        self,
        view: APIView,  # noqa: ARG002 - DRF's signature
    ) -> list[dict[str, Any]]:
        """Describe both parameters for the API's schema."""
        size = {"type": "integer", "minimum": 1, "default": PAGE_SIZE}
        return [
            self._parameter(self.cursor_query_param, "Where the page begins.", {"type": "string"}),
            self._parameter(
                self.page_size_query_param, f"Rows of a page, at most {PAGE_SIZE_MAX}.", size
            ),
        ]

    def _parameter(self, name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": name,
            "in": "query",
            "required": False,
            "description": description,
            "schema": schema,
        }

    def get_ordering(
        self,
        request: Request,  # noqa: ARG002 - DRF's signature
        queryset: QuerySet[Any],
        view: APIView,
    ) -> tuple[str, ...]:
        """Prefer the order that the view names, then that of the queryset."""
        ordering = getattr(view, "ordering", None) or queryset.query.order_by or self.ordering
        return tuple(ordering)
