"""Sets of keys: what a node's root signs about its other keys; pure."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from common import statements
from gateway.contracts import KeyPurpose

KEYS_MAX: Final = 16
LIVES: Final = {
    KeyPurpose.ROOT: timedelta(days=5 * 365),
    KeyPurpose.GRANT: timedelta(days=365),
    KeyPurpose.REGISTER: timedelta(days=180),
    KeyPurpose.ANSWER: timedelta(days=90),
    KeyPurpose.HTTP: timedelta(days=90),
    KeyPurpose.WITNESS: timedelta(days=5 * 365),
}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as a set names it: `CODE/purpose`, and its 32 bytes."""

    name: str
    purpose: KeyPurpose
    public_key: bytes


def body(
    node: str,
    *,
    epoch: int,
    sequence: int,
    keys: Sequence[PublicKey],
    before: Mapping[str, Any] | None,
    at: datetime,
    revoked: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:
    """
    Return the body of a `keyset` statement; None if the set before says the same.

    A key keeps the moments that an earlier set gave it. One that is no longer there stands in no
    set, but for one that was taken back: it stays, with the moment, until its time is over.
    `revoked` are reasons by public key (base64) of those that are taken back now.
    """
    known = {(each["name"], each["public_key"]): each for each in (before or {}).get("keys", ())}
    listed = [_listed(key, known, at) for key in keys]
    there = {(each["name"], each["public_key"]) for each in listed}
    now = statements.moment(at)
    listed += [
        dict(each)
        for key, each in known.items()
        if key not in there
        and ("revoked_from" in each or each["public_key"] in (revoked or {}))
        and each["not_after"] > now
    ]
    for each in listed:
        if each["public_key"] in (revoked or {}) and "revoked_from" not in each:
            each |= {"revoked_from": now, "reason": (revoked or {})[each["public_key"]]}
    same = before is not None and epoch == before["epoch"] and listed == before["keys"]
    if same:
        return None
    return {"epoch": epoch, "keys": listed, "node": node, "sequence": sequence}


def usable(body: Mapping[str, Any], *, purpose: KeyPurpose, at: datetime) -> dict[str, list[bytes]]:
    """
    Return the keys of a purpose that hold at a moment, by name.

    A set with more keys than 16, or with one twice, is refused whole: it holds none.
    """
    listed = body.get("keys")
    if not isinstance(listed, list) or len(listed) > KEYS_MAX:
        return {}
    seen = {(str(each.get("name")), str(each.get("public_key"))) for each in listed}
    if len(seen) != len(listed):
        return {}
    found: dict[str, list[bytes]] = {}
    now = statements.moment(at)
    for each in listed:
        holds = each["not_before"] <= now < each.get("revoked_from", each["not_after"])
        if each["purpose"] == purpose.value and holds and now < each["not_after"]:
            raw = base64.b64decode(each["public_key"], validate=True)
            found.setdefault(each["name"], []).append(raw)
    return found


def _listed(
    key: PublicKey, known: Mapping[tuple[str, str], Mapping[str, Any]], at: datetime
) -> dict[str, Any]:
    encoded = base64.b64encode(key.public_key).decode()
    if (key.name, encoded) in known:
        return dict(known[key.name, encoded])
    return {
        "name": key.name,
        "not_after": statements.moment(at + LIVES[key.purpose]),
        "not_before": statements.moment(at),
        "public_key": encoded,
        "purpose": key.purpose.value,
    }
