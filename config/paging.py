"""Lists are paged by key, never by offset."""

from typing import Any

from django.db.models import QuerySet
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

    def get_ordering(
        self,
        request: Request,  # noqa: ARG002 - DRF's signature
        queryset: QuerySet[Any],
        view: APIView,
    ) -> tuple[str, ...]:
        """Prefer the order that the view names, then that of the queryset."""
        ordering = getattr(view, "ordering", None) or queryset.query.order_by or self.ordering
        return tuple(ordering)
