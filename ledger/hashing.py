"""
The hashes and names of the log, as the sealer computes them (RFC 9162, C2SP signed-note).

The offline script has its own: it must not believe what it checks. Both agree on the vectors of
`tests/ledger/golden_hashes.json`.
"""

import base64
import hashlib
from typing import Final

HASH_BYTES: Final = 32
NOTE_SIGNATURE: Final = "— "
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"
_ED25519: Final = b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash above two others."""
    return hashlib.sha256(_NODE + left + right).digest()


def key_hash(name: str, public_key: bytes) -> bytes:
    """Return the four bytes that a note names a key by."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """Return a key as auditors keep it: name, hash and key, joined by plus signs."""
    encoded = base64.b64encode(_ED25519 + public_key).decode()
    return f"{name}+{key_hash(name, public_key).hex()}+{encoded}"
