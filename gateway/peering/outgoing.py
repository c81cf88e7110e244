"""
Signed requests to other nodes, through the one door out.

Addresses are those that two people agreed on, or the signed directory's; none comes from a body, a
header or a record. Nothing is asked inside a transaction.
"""

import time
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from common import clock, outbound, statements
from common.outbound import OutboundRefused
from gateway import selectors as gateway_selectors
from gateway import speaking
from gateway.breaker import breaker
from gateway.contracts import (
    KeyPurpose,
    KnownHost,
    PeerAnswerRefused,
    PeerTimeout,
    own_code,
)
from gateway.peering.rules import httpsig

JSON_TYPE: Final = "application/json"
SECONDS_MAX: Final = 10.0
CONNECT_SECONDS: Final = 0.5
REPLY_BYTES_MAX: Final = 4 * 1024 * 1024


def ask(
    host: KnownHost,
    path: str,
    *,
    body: Any = None,
    ends_at: float | None = None,
    reply_bytes_max: int = REPLY_BYTES_MAX,
) -> outbound.Reply:
    """
    Ask a node something, signed by this node's `http` key; `body` goes as JSON.

    :raises PeerTimeout: if it does not answer, or not in time
    :raises PeerAnswerRefused: if it answers with too much, a redirect, or no HTTP
    :raises PeerCircuitOpen: if it failed too often
    :raises KeyUnusable: if this node has no `http` key
    """
    left = SECONDS_MAX if ends_at is None else ends_at - time.monotonic()
    if left <= 0:
        raise PeerTimeout(node=host.code)
    limits = outbound.Limits(
        connect_seconds=min(CONNECT_SECONDS, left),
        read_seconds=left,
        total_seconds=left,
        reply_bytes_max=reply_bytes_max,
    )
    request = _signed(host, path, b"" if body is None else msgspec.json.encode(body), clock.now())
    with breaker.asking(host.code):
        try:
            return outbound.ask(request, limits=limits)
        except (outbound.TimedOut, outbound.Unreachable, outbound.NameUnknown) as error:
            raise PeerTimeout(node=host.code) from error
        except OutboundRefused as error:
            raise PeerAnswerRefused(node=host.code, reason=error.code) from error


def _signed(host: KnownHost, path: str, body: bytes, now: datetime) -> outbound.Request:
    own = gateway_selectors.node(own_code())
    headers = {
        "suanpan-node": own_code(),
        "suanpan-epoch": str(own.epoch if own is not None else 1),
    }
    if body:
        headers["content-type"] = JSON_TYPE
    bare, _mark, query = path.partition("?")
    message = httpsig.HttpMessage(
        "POST" if body else "GET", urlsplit(host.url).netloc, bare, query, headers, body
    )
    key = speaking.speaking_key(KeyPurpose.HTTP, now=now)
    added = httpsig.sign(
        message,
        key_name=key.name,
        private=key.private,
        now=int(now.timestamp()),
        nonce=statements.new_salt(),
    )
    sent = {**headers, **added, "accept": JSON_TYPE}
    return outbound.Request(message.method, f"{host.url}{path}", sent, body)
