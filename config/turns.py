"""Requests beyond the limit of their caller are told when to come again, and look up nothing."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader
from django.utils.translation import gettext_lazy as _

from config.failures import API_PREFIX, problem
from identity import turns
from identity.middleware import SIGN_IN_PREFIX

CODE: Final = "too_many_requests"
DETAIL: Final = _("This is more than the limit of requests. Come again in %(seconds)s seconds.")
SAFE_METHODS: Final = {"GET", "HEAD", "OPTIONS", "TRACE"}
# Pages on which something can be guessed by asking often enough.
GUESSED: Final = ("/search",)
PROBES: Final = {"/livez", "/healthz", "/readyz", "/metrics", "/robots.txt", "/favicon.ico"}
MISSES: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}


class TurnMiddleware:
    """Give requests of the API, and those that write or search, their turn."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, or say when its turn is."""
        if _is_counted(request):
            is_api = request.path_info.startswith(API_PREFIX)
            buckets = turns.buckets_of(request, takes_keys=is_api)
        elif _is_a_stranger_reading(request):
            buckets = turns.buckets_of_stranger(request)
        else:
            return self.get_response(request)
        turn = turns.take(buckets)
        if turn is None:
            return self.get_response(request)
        if turn.is_refused:
            return _with_headers(_refusal(request, turn), turn)
        response = self.get_response(request)
        if response.status_code in MISSES and buckets[-1].kind == "misses":
            miss = turns.misses(buckets[-1].name, cost=1)
            turns.take([miss] if miss else [])
        return _with_headers(response, turn)


def _is_counted(request: HttpRequest) -> bool:
    path = request.path_info
    if path.startswith(API_PREFIX):
        return True
    # Signing in has limits of its own, counted before a password is hashed.
    is_page = not path.startswith(SIGN_IN_PREFIX)
    return is_page and (request.method not in SAFE_METHODS or path.startswith(GUESSED))


def _is_a_stranger_reading(request: HttpRequest) -> bool:
    """Tell whether somebody who is not signed in reads a page; probes have limits of their own."""
    path = request.path_info
    is_page = not path.startswith(SIGN_IN_PREFIX) and path.rstrip("/") not in PROBES
    return is_page and SESSION_KEY not in request.session


def _refusal(request: HttpRequest, turn: turns.Turn) -> HttpResponseBase:
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = str(DETAIL) % {"seconds": turn.wait_seconds}
    answer = problem(request, status, code=CODE, detail=detail)
    context = {"status": status.value, "detail": detail}
    # The page is made without a request: its frame would ask the database who is there.
    response: HttpResponseBase = answer or HttpResponse(
        loader.render_to_string("429.html", context), status=status
    )
    response["Retry-After"] = str(turn.wait_seconds)
    return response


def _with_headers(response: HttpResponseBase, turn: turns.Turn) -> HttpResponseBase:
    """Add what programs pace themselves by (draft-ietf-httpapi-ratelimit-headers)."""
    bucket = turn.bucket
    response["RateLimit-Policy"] = f'"{bucket.kind}";q={bucket.limit};w={bucket.seconds}'
    response["RateLimit"] = f'"{bucket.kind}";r={turn.remaining};t={turn.wait_seconds}'
    return response
