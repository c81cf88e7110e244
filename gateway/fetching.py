"""Fetching from another node what anybody may: its keys, and whatever else it serves."""

import contextlib
import time
from collections.abc import Mapping
from typing import Any, Final

from common import clock, outbound, statements, tenancy
from common.outbound import OutboundRefused
from gateway import selectors, services
from gateway.breaker import breaker
from gateway.contracts import (
    KeyPurpose,
    KnownHost,
    PeerAnswerRefused,
    PeerCircuitOpen,
    PeerTimeout,
)
from gateway.peering import selectors as peering_selectors
from gateway.rules import believing, referral, renewals
from gateway.rules.believing import Carry

REPLY_BYTES_MAX: Final = 256 * 1024
CONNECT_SECONDS: Final = 0.3


def known_keys(host: KnownHost, ends_at: float) -> Mapping[str, Any]:
    """
    Return a node's newest set of keys, fetched if none is known, by a monotonic moment.

    :raises PeerTimeout, PeerAnswerRefused, PeerCircuitOpen: if it cannot be had
    """
    kept = selectors.keyset(host.code)
    if kept is not None:
        return statements.parse(kept.text).body
    return fetched_keys(host, ends_at) or {}


def keys_of(host: KnownHost) -> Mapping[str, Any]:
    """
    Return a node's newest set of keys, fetched if none is known.

    :raises PeerTimeout, PeerAnswerRefused, PeerCircuitOpen: if it cannot be had
    """
    return known_keys(host, time.monotonic() + referral.BUDGET_SECONDS)


def refresh_keys(code: str) -> bool:
    """Fetch a node's set of keys anew, once a minute; return whether it was had."""
    host = peering_selectors.hosts().get(code)
    if host is None:
        return False
    try:
        return fetched_keys(host, time.monotonic() + referral.BUDGET_SECONDS) is not None
    except (PeerTimeout, PeerAnswerRefused, PeerCircuitOpen):
        return False


def refresh_receiver(code: str, digest: str) -> None:
    """Fetch a node's set of keys anew, and by what it bears a text out, if it does."""
    host = peering_selectors.hosts().get(code)
    if host is None:
        return
    refresh_keys(code)
    with contextlib.suppress(PeerTimeout, PeerAnswerRefused, PeerCircuitOpen, KeyError):
        ends_at = time.monotonic() + referral.BUDGET_SECONDS
        carried = fetched_renewal(host, digest, ends_at)
        told = believing.parsed([carried]) if carried else []
        keys, now = known_keys(host, ends_at), clock.now()
        for said, text, lines in renewals.bearing(
            told, digest, node=code, purpose=KeyPurpose.REGISTER, keys=keys, now=now
        ):
            with tenancy.acting_as_platform():
                services.keep_statement(
                    said,
                    text=text,
                    signatures=lines,
                    subject=digest,
                    sequence=int(said.body["sequence"]),
                    now=now,
                )


_fetched_at: dict[str, float] = {}
KEYS_EVERY_SECONDS: Final = 60.0


def fetched_keys(host: KnownHost, ends_at: float) -> Mapping[str, Any] | None:
    """Fetch a node's set of keys and keep it; at most once a minute for a node."""
    now = time.monotonic()
    if now - _fetched_at.get(host.code, -KEYS_EVERY_SECONDS) < KEYS_EVERY_SECONDS:
        return None
    _fetched_at[host.code] = now
    try:
        reply = fetch(host, "/api/gateway/v1/keys", ends_at=ends_at)
    except (PeerTimeout, PeerCircuitOpen):
        _fetched_at.pop(host.code, None)  # It said nothing: that was no fetch.
        raise
    carried = believing.read_keys(reply.body, node=host.code)
    said = believing.keyset(carried, node=host.code, root_key=host.root_key)
    with tenancy.acting_as_platform():
        services.keep_statement(
            said,
            text=carried.text,
            signatures=carried.signatures,
            subject=host.code,
            sequence=said.body["sequence"],
            now=clock.now(),
        )
    return said.body


def fetch(host: KnownHost, path: str, *, ends_at: float) -> outbound.Reply:
    """
    Get something of a node, within what is left of the time.

    :raises PeerTimeout: if it does not answer, or not in time
    :raises PeerAnswerRefused: if it answers with too much, a redirect, or no HTTP
    :raises PeerCircuitOpen: if it failed too often
    """
    left = min(ends_at - time.monotonic(), referral.HOP_SECONDS)
    if left <= 0:
        raise PeerTimeout(node=host.code)
    limits = outbound.Limits(
        connect_seconds=min(CONNECT_SECONDS, left),
        read_seconds=left,
        total_seconds=left,
        reply_bytes_max=REPLY_BYTES_MAX,
    )
    request = outbound.Request("GET", f"{host.url}{path}", {"Accept": "application/json"})
    with breaker.asking(host.code):
        try:
            return outbound.ask(request, limits=limits)
        except (outbound.TimedOut, outbound.Unreachable, outbound.NameUnknown) as error:
            raise PeerTimeout(node=host.code) from error
        except OutboundRefused as error:
            raise PeerAnswerRefused(node=host.code, reason=error.code) from error


def fetched_renewal(host: KnownHost, digest: str, ends_at: float) -> Carry | None:
    """Return by what a node bears a text out anew; None if it does not."""
    path = f"/api/gateway/v1/renewals/{digest.removeprefix('sha256:')}"
    reply = fetch(host, path, ends_at=ends_at)
    return believing.read_renewal(reply.body, node=host.code) if reply.is_success else None
