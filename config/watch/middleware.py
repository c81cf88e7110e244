"""Each request is counted, by the route that it led to."""

import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from config.watch import figures

STATIC: Final = "static"
NOWHERE: Final = "nowhere"


class FiguresMiddleware:
    """Stands first: what it measures is what a caller waits for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, and count it."""
        began = time.monotonic()
        response = self.get_response(request)
        figures.note_request(
            method=request.method or "",
            route=_route(request),
            status=response.status_code,
            seconds=time.monotonic() - began,
        )
        return response


def _route(request: HttpRequest) -> str:
    """Return the name of the address, never the address itself: those are without number."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or match.route
    return (
        STATIC if request.path_info.startswith(f"/{settings.STATIC_URL.lstrip('/')}") else NOWHERE
    )
