"""
Secrets that programs must read again, kept so that the database alone shows none of them.

They are encrypted with a key made from SECRET_KEY, and bound to what they belong to: a secret that
is copied to another row opens nowhere. Former keys still open; what they locked is locked anew.
"""

import os
from functools import cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES: Final = 12


class VaultLockedError(Exception):
    """No key of this process opens the secret, or it belongs to something else."""


def lock(secret: bytes, *, belongs_to: str) -> bytes:
    """Return a secret as it may be stored."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(str(settings.SECRET_KEY)).encrypt(nonce, secret, belongs_to.encode())


def unlock(locked: bytes | memoryview, *, belongs_to: str) -> bytes:
    """
    Return a stored secret.

    :raises VaultLockedError: if no key opens it
    """
    nonce, text = bytes(locked[:NONCE_BYTES]), bytes(locked[NONCE_BYTES:])
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _cipher(str(key)).decrypt(nonce, text, belongs_to.encode())
        except (InvalidTag, ValueError):
            continue
    message = f"no key opens the secret of {belongs_to}"
    raise VaultLockedError(message)


def is_current(locked: bytes | memoryview, *, belongs_to: str) -> bool:
    """Return whether the key in use locked a secret; if not, it is to be locked anew."""
    nonce, text = bytes(locked[:NONCE_BYTES]), bytes(locked[NONCE_BYTES:])
    try:
        _cipher(str(settings.SECRET_KEY)).decrypt(nonce, text, belongs_to.encode())
    except (InvalidTag, ValueError):
        return False
    return True


@cache
def _cipher(secret_key: str) -> AESGCM:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"suanpan vault")
    return AESGCM(kdf.derive(secret_key.encode()))
