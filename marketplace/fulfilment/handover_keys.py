"""
Public keys as buyers write them, and what is sealed to them.

SSH keys in the form of an authorized_keys line (RFC 4253, RFC 8709, OpenSSH's security keys),
without options; sealing keys are the 32 bytes of X25519 in base64. Secrets are sealed by HPKE (RFC
9180), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Pure: the market holds no
private half, so it can open nothing.
"""

import base64
import hashlib
import re
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from django.utils.translation import gettext as _

from common import base64url
from marketplace.fulfilment.handover_contracts import (
    DOCUMENT_FORMAT,
    RSA_BITS_MIN,
    SEALED_LENGTH_MAX,
    SECRET_BYTES_MAX,
    SSH_LENGTH_MAX,
    HandoverKeyInvalid,
    HandoverKeyKind,
    ReadKey,
    SealedInvalid,
)

SSH_KINDS: Final = frozenset(
    {
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    }
)
_SPACES: Final = re.compile(r"[ \t]+", re.ASCII)
_PUBLIC_BYTES: Final = 32
_TAG_BYTES: Final = 16


def read_handover_key(kind: HandoverKeyKind, text: str) -> ReadKey:
    """
    Return a key as it is kept.

    :raises HandoverKeyInvalid: if the text is no public key, a weak one, or a private one
    """
    if "PRIVATE KEY" in text:
        why = _("it holds a private half. Keep that to yourself, and make a new pair.")
        raise HandoverKeyInvalid(field="public_key", why=why)
    return _read_ssh(text) if kind == HandoverKeyKind.SSH else _read_sealing(text)


def fingerprint(blob: bytes) -> str:
    """Return the fingerprint of a key as OpenSSH writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def read_sealed(text: str) -> str:
    """
    Return what was sealed, in base64url without padding: 32 bytes of a key, the secret, its seal.

    :raises SealedInvalid: if it is too short, too long, or no base64
    """
    bare = "".join(text.split())
    if len(bare) > SEALED_LENGTH_MAX:
        raise SealedInvalid(field="sealed")
    try:
        found = base64url.decoded(bare)
    except ValueError:
        raise SealedInvalid(field="sealed") from None
    around = _PUBLIC_BYTES + _TAG_BYTES
    if not around < len(found) <= around + SECRET_BYTES_MAX:
        raise SealedInvalid(field="sealed")
    return _written(found)


def sealed_for(delivery_id: object, sequence: int, *, sealed_format: int = DOCUMENT_FORMAT) -> str:
    """Return what was sealed is bound to: for another delivery or request it does not open."""
    return f"suanpan-handover/{sealed_format}:{delivery_id}:{sequence}"


def _read_ssh(text: str) -> ReadKey:
    line = text.strip()
    if len(line) > SSH_LENGTH_MAX or "\n" in line or "\r" in line or not line.isascii():
        raise HandoverKeyInvalid(field="public_key", why=_("it has to be one line."))
    words = _SPACES.split(line)
    if words[0] not in SSH_KINDS or len(words) == 1:
        why = _("it begins with its kind, such as ssh-ed25519, and has no options.")
        raise HandoverKeyInvalid(field="public_key", why=why)
    bare = f"{words[0]} {words[1]}"  # The comment names a person or a machine: it is not kept.
    try:
        key = load_ssh_public_key(bare.encode())
        blob = base64.b64decode(words[1], validate=True)
    except (ValueError, UnsupportedAlgorithm):
        why = _("it is damaged, or was copied in part.")
        raise HandoverKeyInvalid(field="public_key", why=why) from None
    if isinstance(key, RSAPublicKey) and key.key_size < RSA_BITS_MIN:
        why = _("RSA needs %(bits)d bits at least.") % {"bits": RSA_BITS_MIN}
        raise HandoverKeyInvalid(field="public_key", why=why)
    return ReadKey(bare, fingerprint(blob))


def _read_sealing(text: str) -> ReadKey:
    try:
        found = base64url.decoded("".join(text.split()))
        # One of small order would make secrets that anybody opens: the exchange refuses it.
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(found))
    except ValueError:
        why = _("a sealing key is 32 bytes in base64, as the page or the command writes it.")
        raise HandoverKeyInvalid(field="public_key", why=why) from None
    return ReadKey(_written(found), fingerprint(found))


def _written(found: bytes) -> str:
    return base64.urlsafe_b64encode(found).decode().rstrip("=")
