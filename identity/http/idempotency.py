"""
A request that creates value acts once, however often it is sent.

The reply is stored in the transaction of the effect: either both exist or neither. Only replies
that succeeded are stored; a refused request left nothing behind and may be sent again.
"""

import functools
import hashlib
import json
import re
from collections.abc import Callable
from typing import Concatenate, Final, NamedTuple, ParamSpec, TypeVar, cast
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import InvalidInput, Refusal
from identity.http.actors import actor_of

HEADER: Final = "Idempotency-Key"
STORE: Final = """
    INSERT INTO identity_idempotencyrecord
        (organization_id, key, request_hash, status, body, created_at)
    VALUES (%s, %s, %s, %s, %s, clock_timestamp())
"""
FIND: Final = """
    SELECT request_hash, status, body FROM identity_idempotencyrecord
    WHERE organization_id = %s AND key = %s
"""
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)

ViewT = TypeVar("ViewT", bound=APIView)
P = ParamSpec("P")
Handler = Callable[Concatenate[ViewT, Request, P], Response]


class IdempotencyKeyMissing(InvalidInput):
    """The request creates value and names no key."""

    code = "idempotency_key_missing"
    sentence = _("Send an Idempotency-Key header: 1 to 255 visible ASCII characters.")


class IdempotencyKeyReused(Refusal):
    """The key already stands for another request."""

    code = "idempotency_key_reused"
    status = 422
    sentence = _("This Idempotency-Key was used for another request.")


class IdempotencyInFlight(Refusal):
    """The first request with this key has not ended."""

    code = "idempotency_in_flight"
    sentence = _("A request with this Idempotency-Key is still at work. Try again soon.")


def idempotency_key(request: Request) -> str:
    """
    Return the key of a request.

    :raises IdempotencyKeyMissing: if there is none, or it is not plain ASCII
    """
    key = request.headers.get(HEADER, "")
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMissing
    return key


def idempotent(handler: "Handler[ViewT, P]") -> "Handler[ViewT, P]":
    """Make a view's method answer a repeated request with the first reply, without acting."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                HEADER,
                {"type": "string", "pattern": "^[!-~]{1,255}$"},
                OpenApiParameter.HEADER,
                required=True,
                description="A name of your choice for this request; a retry sends it again.",
            )
        ]
    )
    @functools.wraps(handler)
    def once(view: ViewT, request: Request, *args: P.args, **kwargs: P.kwargs) -> Response:
        tenant, key = actor_of(request).organization_id, idempotency_key(request)
        fingerprint = _fingerprint(request)
        _lock(tenant, key)
        stored = _stored(tenant, key)
        if stored is not None:
            return _replay(stored, fingerprint)
        response = handler(view, request, *args, **kwargs)
        if response.status_code < 300:
            body = JSONRenderer().render(response.data).decode()
            with connection.cursor() as cursor:
                cursor.execute(STORE, [tenant, key, fingerprint, response.status_code, body])
        return response

    return cast("Handler[ViewT, P]", once)


def _fingerprint(request: Request) -> str:
    """Return a hash of what was asked: method, address and body, byte for byte."""
    inner = request._request
    head = f"{inner.method} {inner.get_full_path()}\n".encode()
    return hashlib.sha256(head + inner.body).hexdigest()


def _lock(tenant: UUID, key: str) -> None:
    """
    Take the key for this transaction.

    :raises IdempotencyInFlight: if another transaction has it
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7))", [f"{tenant} {key}"]
        )
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise IdempotencyInFlight


class _Stored(NamedTuple):
    """A reply that was given."""

    request_hash: str
    status: int
    body: str


def _stored(tenant: UUID, key: str) -> _Stored | None:
    """Return what was answered to a key before; every write asks, so by plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, [tenant, key])
        row = cursor.fetchone()
    return None if row is None else _Stored(*row)


def _replay(stored: _Stored, fingerprint: str) -> Response:
    if stored.request_hash != fingerprint:
        raise IdempotencyKeyReused
    headers = {"Idempotency-Replayed": "true"}
    return Response(json.loads(stored.body), status=stored.status, headers=headers)
