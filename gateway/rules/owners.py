"""What an owner signs as, and which keys a node says that it has; pure."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from common import ed25519, statements

KEYS_MAX: Final = 4  # of an owner at a time
LISTED_MAX: Final = 16  # in a binding, ended ones too
PROOF_FORMAT: Final = "suanpan-owner-key/1"


@dataclass(frozen=True, slots=True)
class BoundKey:
    """A key of an owner, who keeps it, and when it holds."""

    public_key: bytes
    custody: str
    begun_at: datetime
    ended_at: datetime | None


def owner_name(node: str, organization_id: UUID) -> str:
    """
    Return what an owner signs as: `O:NODE-` and twelve digits that its name and code are not in.

    It stays when the organisation is renamed, or gets codes of this node or another.
    """
    return f"O:{node}-{sha256(organization_id.bytes).hexdigest()[:12].upper()}"


def key_name(owner: str) -> str:
    """Return the name of an owner's keys."""
    return f"{owner}/owner"


def proof_text(owner: str, public_key: str) -> str:
    """Return what a new key (base64) signs to show that the owner has it."""
    return f"{PROOF_FORMAT}\n{owner}\n{public_key}\n"


def binding(
    owner: str, *, name: str, keys: Iterable[BoundKey], sequence: int, at: datetime
) -> dict[str, Any]:
    """Return the body of a `binding` statement: the keys that an owner signs with, by their age."""
    listed = [
        {
            "custody": each.custody,
            "name": key_name(owner),
            "not_before": each.begun_at,
            "public_key": base64.b64encode(each.public_key).decode(),
            "revoked_from": each.ended_at,
        }
        for each in sorted(keys, key=lambda one: one.begun_at)[-LISTED_MAX:]
    ]
    return {"at": at, "keys": listed, "name": name, "owner": owner, "sequence": sequence}


def is_of(issuer: str, owner: Any) -> bool:
    """Return whether a node may say which keys an owner has: it named the owner itself."""
    return isinstance(owner, str) and owner.startswith(f"O:{issuer}-")


def usable(body: Mapping[str, Any], *, at: str) -> dict[str, list[bytes]]:
    """Return an owner's keys that hold at a moment as statements write it, by name."""
    listed = body.get("keys")
    if not isinstance(listed, list) or len(listed) > LISTED_MAX:
        return {}
    found: dict[str, list[bytes]] = {}
    for each in listed:
        until = each.get("revoked_from")
        if each["not_before"] <= at and (until is None or at < until):
            raw = base64.b64decode(each["public_key"], validate=True)
            found.setdefault(each["name"], []).append(raw)
    return found


def custody_of(body: Mapping[str, Any], line: str) -> str:
    """Return who keeps the key that signed a line; empty if the binding names no such key."""
    name, key_hash, _signature = statements.read_line(line)
    for each in body.get("keys", ()):
        raw = base64.b64decode(each["public_key"], validate=True)
        if each["name"] == name and ed25519.note_key_hash(name, raw) == key_hash:
            return str(each["custody"])
    return ""
