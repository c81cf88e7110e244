"""What an owner signs as, and which keys a node says that it has; pure."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from common import ed25519

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


def encoded(public_key: bytes) -> str:
    """Return a public key as it is written: base64."""
    return base64.b64encode(public_key).decode()


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


def line_of(text: str, name: str, signature: str, public_keys: Iterable[bytes]) -> str:
    """Return the line of a signature (base64) under a text by one of some keys; empty if none."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return ""
    for key in public_keys:
        if ed25519.is_signature(raw, public_key=key, message=text.encode()):
            signed = ed25519.note_key_hash(name, key) + raw
            return f"— {name} {base64.b64encode(signed).decode()}"
    return ""
