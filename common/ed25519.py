"""Ed25519, strictly: two verifiers of one signature never disagree; and how notes name keys."""

import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
FIELD_PRIME: Final = 2**255 - 19
GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
# The y coordinates of points of order 1, 2, 4 and 8: anybody can make signatures that such a "key"
# verifies.
SMALL_ORDER_Y: Final = frozenset(
    {
        0,
        1,
        FIELD_PRIME - 1,
        int.from_bytes(
            bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            "little",
        ),
        int.from_bytes(
            bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
            "little",
        ),
    }
)
_NOTE_TYPE: Final = b"\x01"  # of C2SP signed-note


def is_public_key(public_key: bytes) -> bool:
    """Return whether the bytes are a key: a point, in its one writing, and not of small order."""
    y = int.from_bytes(public_key, "little") % 2**255  # The topmost bit is the sign of x.
    if len(public_key) != KEY_BYTES or y >= FIELD_PRIME or y in SMALL_ORDER_Y:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def is_signature(signature: bytes, *, public_key: bytes, message: bytes) -> bool:
    """Return whether a signature is the key's for the message; its scalar must be reduced."""
    if len(signature) != SIGNATURE_BYTES or not is_public_key(public_key):
        return False
    if int.from_bytes(signature[32:], "little") >= GROUP_ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def note_key_hash(name: str, public_key: bytes) -> bytes:
    """Return the four bytes by which a note names a key (C2SP signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + _NOTE_TYPE + public_key).digest()[:4]


def fingerprint(public_key: bytes) -> str:
    """Return what two people compare by reading it: the SHA-256 in groups of four digits."""
    digits = hashlib.sha256(public_key).hexdigest()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
