"""Who asks: a node's signature, once, from where it may, as often as it may."""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any, Final

from django.db import connection, transaction

from common import ed25519, statements, tenancy
from common.networks import unwrapped
from gateway import selectors as gateway_selectors
from gateway.contracts import KeyPurpose, NodeState
from gateway.peering import selectors
from gateway.peering.contracts import (
    EpochSuperseded,
    KeyRevoked,
    KeyUnknown,
    PeerActor,
    PeerNotAdmitted,
    PeerRateLimited,
    PeerScope,
    PeerState,
    PeerSuspended,
    RightMissing,
    SignatureInvalid,
    SignatureReplayed,
)
from gateway.peering.models import PeerLink, PeerNonce
from gateway.peering.rules import httpsig
from gateway.peering.rules.httpsig import ReadSignature
from gateway.rules import keysets

NONCE_SECONDS: Final = 120
# What a node may ask that the directory lists and nobody agreed more with.
LISTED_SCOPES: Final = frozenset({PeerScope.RESOLVE.value, PeerScope.DIRECTORY.value})
LISTED_RATE: Final = 20
BURST: Final = 2  # seconds of its rate that a bucket holds
_TAKE: Final = """
    INSERT INTO gateway_bucket AS b (node, scope, tokens_milli, counted_at)
    VALUES (%(node)s, %(scope)s, %(full)s - 1000, %(now)s)
    ON CONFLICT (node, scope) DO UPDATE SET
        tokens_milli = least(%(full)s, b.tokens_milli + %(rate)s * greatest(0,
            extract(epoch FROM %(now)s - b.counted_at) * 1000)::bigint) - 1000,
        counted_at = greatest(b.counted_at, %(now)s)
    WHERE least(%(full)s, b.tokens_milli + %(rate)s * greatest(0,
        extract(epoch FROM %(now)s - b.counted_at) * 1000)::bigint) >= 1000
    RETURNING tokens_milli
"""
_HEARD: Final = """
    INSERT INTO gateway_link AS l (node, epoch, heard_at, refusal)
    VALUES (%(node)s, %(epoch)s, %(now)s, '')
    ON CONFLICT (node) DO UPDATE SET heard_at = %(now)s, epoch = %(epoch)s
    WHERE l.epoch <= %(epoch)s
    RETURNING epoch
"""


@transaction.atomic
def take_request(
    *, signature: ReadSignature, scope: PeerScope, address: str, now: datetime
) -> PeerActor:
    """
    Return the node that signed a request, which counts against its bucket; its nonce is used up.

    :raises PeerNotAdmitted, PeerSuspended, RightMissing: if it may not ask this, or not from there
    :raises KeyUnknown, KeyRevoked, SignatureInvalid: if no key of its own signed
    :raises SignatureReplayed: if it asked this before
    :raises EpochSuperseded: if a later copy of it took over
    :raises PeerRateLimited: if it asks too often
    """
    with tenancy.acting_as_platform():
        scopes, rate = _standing(signature.node, address)
        httpsig.require_key(signature, _key(signature, now))
        if scope.value not in scopes:
            raise RightMissing
        _hear(signature, now)
        _take_token(signature.node, scope.value, rate, now)
        used = PeerNonce(
            key_id=signature.key_id,
            nonce=signature.nonce,
            expires_at=now + timedelta(seconds=NONCE_SECONDS),
        )
        if PeerNonce.objects.filter(key_id=used.key_id, nonce=used.nonce).exists():
            raise SignatureReplayed
        used.save(force_insert=True)
    return PeerActor(signature.node, frozenset(scopes), signature.epoch, signature.nonce)


@transaction.atomic
def forget_nonces(*, now: datetime) -> int:
    """Forget nonces that count no more; return how many."""
    with tenancy.acting_as_platform():
        return PeerNonce.objects.filter(expires_at__lt=now).delete()[0]


def _standing(node: str, address: str) -> tuple[frozenset[str], int]:
    peer = selectors.peer(node)
    if peer is None:
        # The national node lists whom it admitted, and takes no directory itself.
        known = selectors.listed_node(node) or gateway_selectors.node(node)
        if known is None or known.state == NodeState.OWN:
            raise PeerNotAdmitted
        if known.state != NodeState.ADMITTED:
            raise PeerSuspended
        return LISTED_SCOPES, LISTED_RATE
    if peer.state != PeerState.ADMITTED:
        raise PeerSuspended
    if peer.networks and not _is_within(address, peer.networks):
        raise PeerNotAdmitted
    return frozenset(peer.scopes), peer.rate


def _is_within(address: str, networks: list[str]) -> bool:
    try:
        reached = unwrapped(ip_address(address))
    except ValueError:
        return False
    return any(reached in ip_network(each) for each in networks)


def _key(signature: ReadSignature, now: datetime) -> bytes:
    if signature.purpose != KeyPurpose.HTTP:
        raise SignatureInvalid("purpose")
    keyset = gateway_selectors.keyset(signature.node)
    body: Mapping[str, Any] = statements.parse(keyset.text).body if keyset else {"keys": []}
    name = f"{signature.node}/{KeyPurpose.HTTP.value}"
    usable = keysets.usable(body, purpose=KeyPurpose.HTTP, at=now).get(name, [])
    for key in usable:
        if ed25519.note_key_hash(name, key).hex() == signature.key_hash:
            return key
    listed = [base64.b64decode(each["public_key"]) for each in body["keys"] if each["name"] == name]
    if any(ed25519.note_key_hash(name, key).hex() == signature.key_hash for key in listed):
        raise KeyRevoked
    raise KeyUnknown


def _hear(signature: ReadSignature, now: datetime) -> None:
    values: dict[str, Any] = {"node": signature.node, "epoch": signature.epoch, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_HEARD, values)
        if cursor.fetchone() is None:
            raise EpochSuperseded


def _take_token(node: str, scope: str, rate: int, now: datetime) -> None:
    values: dict[str, Any] = {
        "node": node,
        "scope": scope,
        "rate": rate,
        "full": rate * BURST * 1000,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        if cursor.fetchone() is None:
            raise PeerRateLimited(retry_after=1)


def link_of(node: str) -> PeerLink:
    """Return where the link with a peer stands, locked; made if there was none."""
    PeerLink.objects.bulk_create([PeerLink(node=node)], ignore_conflicts=True)
    return PeerLink.objects.select_for_update(no_key=True).get(pk=node)
