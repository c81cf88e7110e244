"""Sets of keys: what a node's root signs about its other keys; pure."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from common import statements
from gateway.contracts import KeyPurpose

KEYS_MAX: Final = 16
PAST_MAX: Final = 64  # keys that are over and still bear out what they signed in their time
# What signs texts that outlive its keys.
LASTING: Final = frozenset({KeyPurpose.GRANT.value, KeyPurpose.REGISTER.value})
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

    A key keeps the moments that an earlier set gave it. One that is no longer there, or whose time
    is over, goes into `past` if it signed what lasts (grants, the register), with the moment from
    which it signed no more; others are dropped. One that was taken back stays, with that moment,
    until its time is over. `revoked` are reasons by public key (base64) of those taken back now.
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
    past = _past(before, listed, now)
    same = before is not None and epoch == before["epoch"] and listed == before["keys"]
    if same and before is not None and past == before.get("past", []):
        return None
    made = {"epoch": epoch, "keys": listed, "node": node, "sequence": sequence}
    return made | {"past": past} if past else made


def _past(
    before: Mapping[str, Any] | None, listed: Sequence[Mapping[str, Any]], now: str
) -> list[dict[str, Any]]:
    """Return the keys that are over, the latest last: those of the set before, and what left it."""
    held = {(each["name"], each["public_key"]) for each in listed}
    found = [dict(each) for each in (before or {}).get("past", ())]
    found += [
        {"retired_from": now, **each}
        for each in (before or {}).get("keys", ())
        if each["purpose"] in LASTING
    ]
    return [each for each in found if (each["name"], each["public_key"]) not in held][-PAST_MAX:]


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


def ends_at(key: Mapping[str, Any]) -> str:
    """Return the moment from which a key signs nothing: over, taken back, or out of use."""
    moments = [key["not_after"], key.get("revoked_from"), key.get("retired_from")]
    return min(str(each) for each in moments if each)


def signers(
    body: Mapping[str, Any],
    *,
    purpose: KeyPurpose,
    signed_at: datetime,
    seen_at: datetime | None,
    is_vouched: bool = False,
) -> dict[str, list[bytes]]:
    """
    Return the keys of a purpose, by name, that may have signed something at a moment.

    A key counts within its time, also one that is over since, if the text was seen while it was not
    (`seen_at`): what comes up later may have been written later, under a date before. None says
    that the node has borne the text out since, under a key that holds. `is_vouched` says that it
    names the text in what it signs now; this does not save what a key that was taken back signed.
    """
    listed, past = body.get("keys"), body.get("past", [])
    if not isinstance(listed, list) or len(listed) > KEYS_MAX:
        return {}
    if not isinstance(past, list) or len(past) > PAST_MAX:
        return {}
    if len({(str(e.get("name")), str(e.get("public_key"))) for e in listed}) != len(listed):
        return {}
    found: dict[str, list[bytes]] = {}
    signed = statements.moment(signed_at)
    seen = signed if seen_at is None else statements.moment(seen_at)
    for each in [*listed, *(each for each in past if each["purpose"] in LASTING)]:
        ends = ends_at(each)
        if each["purpose"] != purpose.value or not each["not_before"] <= signed < ends:
            continue
        if seen < ends or (is_vouched and "revoked_from" not in each):
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
