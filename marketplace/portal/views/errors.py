"""The pages for what went wrong; each says what happened and where to go on."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from common.errors import Refusal


def _failure(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    return render(request, f"{status.value}.html", {"status": status.value}, status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer a request that cannot be read."""
    return _failure(request, HTTPStatus.BAD_REQUEST)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a request that cannot be read, and say why."""
    context = {"refusal": refusal}
    return render(request, "portal/refused.html", context, status=refusal.status)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer a request that the member's roles do not allow."""
    return _failure(request, HTTPStatus.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that lost its token, for example after signing in again elsewhere."""
    return render(request, "403_csrf.html", {"status": 403}, status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return _failure(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer when the program failed. Touches no database: that may be what is down."""
    page = loader.render_to_string("500.html", {"status": 500})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)
