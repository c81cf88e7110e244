"""Lists of the API: `next` and `previous` lead to the neighbouring pages, by key."""

import re
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from common import paging

PAGE_SIZE: Final = 50
PAGE_SIZE_MAX: Final = 200
CURSOR: Final = paging.FIELD
SIZE: Final = "page_size"
_ROWS: Final = re.compile(r"0{0,9}[1-9][0-9]{0,8}", re.ASCII)
_CURSOR_HELP: Final = (
    "Where the page begins: taken from `next` or `previous` of this list under the same filters."
)


class KeysetPagination(BasePagination):
    """
    Pages that stay stable while rows arrive: `?cursor=` and `?page_size=` (at most 200).

    A view may set `ordering`; it, or the order of the queryset, must end with a unique key.
    """

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        """
        Return one page.

        :raises InvalidCursor: if the cursor was not made here for this list
        """
        self.request = request
        self.page: paging.Slice[Any] = paging.page_of(
            queryset,
            size=page_size(request),
            cursor=cursor(request),
            scope=request_scope_of(request),
            order=getattr(view, "ordering", ()),
        )
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        """Answer with the page and the addresses of its neighbours."""
        return Response({**neighbours(self.request, self.page), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page for the API's schema."""
        address = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": address, "previous": address, "results": schema},
        }

    def get_schema_operation_parameters(
        self,
        view: APIView,  # noqa: ARG002 - DRF's signature
    ) -> list[dict[str, Any]]:
        """Describe both parameters for the API's schema."""
        size = {"type": "integer", "minimum": 1, "default": PAGE_SIZE}
        return [
            _parameter(CURSOR, _CURSOR_HELP, {"type": "string"}),
            _parameter(SIZE, f"Rows of a page, at most {PAGE_SIZE_MAX}.", size),
        ]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }


def cursor(request: Request) -> str:
    """Return the cursor that the address names."""
    return str(request.query_params.get(CURSOR, ""))


def page_size(request: Request) -> int:
    """
    Return how many rows were asked for, at most `PAGE_SIZE_MAX`.

    :raises ValidationError: if it is no number of rows
    """
    asked = request.query_params.get(SIZE)
    if asked is None:
        return PAGE_SIZE
    if not _ROWS.fullmatch(asked):
        raise ValidationError({SIZE: [_("This is no number of rows.")]})
    return min(int(asked), PAGE_SIZE_MAX)


def request_scope_of(request: Request) -> paging.Scope:
    """Return what a cursor is good for: this list, of this organisation, under these filters."""
    actor = getattr(request, "actor", None)
    filters = sorted(
        f"{name}={value}"
        for name, values in request.query_params.lists()
        if name not in (CURSOR, SIZE)
        for value in values
    )
    return ("api", request.path, str(actor.organization_id) if actor else "", *filters)


def neighbours(request: Request, page: paging.Slice[Any]) -> dict[str, str | None]:
    """Return the addresses of the pages beside one, or nothing where there is none."""
    address = remove_query_param(request.build_absolute_uri(), CURSOR)
    return {
        "next": replace_query_param(address, CURSOR, page.next) if page.next else None,
        "previous": replace_query_param(address, CURSOR, page.previous) if page.previous else None,
    }
