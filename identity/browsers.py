"""
Browsers in which somebody has signed in before.

Strangers can try one account from many addresses until its bound is reached. A browser that is
known to the account is not held up by that: it carries a signed cookie, and counts by itself.
"""

import hashlib
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import get_random_string

COOKIE: Final = "known_browser"
SALT: Final = "identity.browsers"
LIFETIME: Final = timedelta(days=180)
ACCOUNTS_MAX: Final = 5  # of people who share a browser


def known_as(request: HttpRequest, account: str) -> str:
    """Return the name of a browser in which the account was signed in before; else nothing."""
    kept = _kept(request)
    return str(kept["id"]) if _mark(account) in kept["accounts"] else ""


def remember_browser(request: HttpRequest, response: HttpResponseBase, account: str) -> None:
    """Note on the answer that the account was signed in in this browser."""
    kept = _kept(request)
    others = [mark for mark in kept["accounts"] if mark != _mark(account)]
    content = {"id": kept["id"], "accounts": [_mark(account), *others][:ACCOUNTS_MAX]}
    response.set_cookie(
        COOKIE,
        signing.dumps(content, salt=SALT),
        max_age=LIFETIME,
        secure=settings.TLS,
        httponly=True,
        samesite="Lax",
    )


def _mark(account: str) -> str:
    return hashlib.sha256(account.lower().encode()).hexdigest()[:32]


def _kept(request: HttpRequest) -> dict[str, Any]:
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        kept = None
    return kept or {"id": get_random_string(22), "accounts": []}
