"""
How often somebody may try to sign in.

Failed attempts are counted by account and address together, by address, and slowly by account
alone. Only the last could lock out its owner, so it holds up neither a browser that the account
knows nor a correct password that a second factor follows.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from math import ceil
from typing import Any, Final

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.translation import ngettext

from identity import browsers

APP: Final = "allauth.account"
PAIR: Final = "login_failed"
ACCOUNT: Final = "login_failed_account"
LOCK_CLASS: Final = 20
WAIT_SECONDS: Final = 60  # where it is not known which of several limits was reached


def take(request: HttpRequest, account: str) -> Any:
    """
    Count an attempt before its password is hashed; a success is taken back.

    :raises ImmediateHttpResponse: beyond the limit of account and address, or of the address
    """
    browser = browsers.known_as(request, account)
    address = ratelimit.get_ip(request)
    key = f"{account} {browser or address}"
    with _one_at_a_time(f"address {address}"):
        usage = ratelimit.consume(request, app=APP, action=PAIR, key=key)
    if usage is None:
        raise refusal(request, wait_seconds(request, PAIR, key))
    return usage


def is_besieged(request: HttpRequest, account: str) -> bool:
    """Return whether strangers have tried the account too often; its own browsers do not ask."""
    if browsers.known_as(request, account):
        return False
    return not ratelimit.consume(request, app=APP, action=ACCOUNT, key=account, dry_run=True)


def count_failure(request: HttpRequest, account: str) -> None:
    """Count a failed attempt on an account, from wherever it came."""
    if not browsers.known_as(request, account):
        with _one_at_a_time(f"account {account}"):
            ratelimit.consume(request, app=APP, action=ACCOUNT, key=account)


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    """Keep processes apart: the cache counts by reading a list and writing a longer one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, %s))", [name, LOCK_CLASS])
        try:
            yield
        finally:
            cursor.execute(
                "SELECT pg_advisory_unlock(hashtextextended(%s, %s))", [name, LOCK_CLASS]
            )


def wait_seconds(request: HttpRequest, action: str, key: str) -> int:
    """Return after how long at most the fullest limit has room again, from its newest attempt."""
    waits = [1.0]
    for rate in ratelimit.get_rates(app=APP, action=action):
        name = ratelimit.get_cache_key(request, app=APP, action=action, rate=rate, key=key)
        history = cache.get(name) or []
        if len(history) >= rate.amount:
            waits.append(history[rate.amount - 1] + rate.duration - history[0])
    return ceil(max(waits))


def refusal(request: HttpRequest, seconds: int = WAIT_SECONDS) -> ImmediateHttpResponse:
    """Return what ends a request with 429."""
    return ImmediateHttpResponse(too_many(request, seconds))


def too_many(request: HttpRequest, seconds: int = WAIT_SECONDS) -> HttpResponse:  # noqa: ARG001
    """Answer that there were too many attempts, and when to come again."""
    minutes = ceil(seconds / 60)
    detail = ngettext(
        "There were too many attempts. Try again in %(minutes)s minute.",
        "There were too many attempts. Try again in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}
    status = HTTPStatus.TOO_MANY_REQUESTS
    context: Mapping[str, Any] = {"status": status.value, "detail": detail}
    response = HttpResponse(loader.render_to_string("429.html", dict(context)), status=status)
    response["Retry-After"] = str(seconds)
    return response
