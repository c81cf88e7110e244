"""
The private keys that checkpoints are signed with: a file that the market's workers alone may read.

Each line is a name and an Ed25519 seed in base64. Every key in the file signs, so a new key and
the old one overlap until the old line is taken out: that is the rotation.
"""

import base64
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from ledger.hashing import NOTE_SIGNATURE, key_hash


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A named private key."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        """Return the 32 bytes that anyone may know."""
        return self.private.public_key().public_bytes_raw()

    def sign(self, body: str) -> str:
        """Return the signature line of a note."""
        digest = key_hash(self.name, self.public_key)
        encoded = base64.b64encode(digest + self.private.sign(body.encode())).decode()
        return f"{NOTE_SIGNATURE}{self.name} {encoded}\n"


def signing_keys() -> list[SigningKey]:
    """Return the keys of this market; the very first use makes one."""
    path = _path()
    if not path.exists():
        add_key()
    found = []
    for line in path.read_text(encoding="ascii").splitlines():
        name, seed = line.split()
        private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed, validate=True))
        found.append(SigningKey(name, private))
    return found


def add_key() -> None:
    """Append a new key to the file; one writer at a time holds the sealer's lock."""
    seed = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a", encoding="ascii") as file:
        file.write(f"{settings.LEDGER_ORIGIN} {seed}\n")
        file.flush()
        os.fsync(file.fileno())


def note(*, size: int, root: bytes, signers: list[SigningKey]) -> str:
    """Return a checkpoint's text (C2SP tlog-checkpoint), signed by each key."""
    return _signed(settings.LEDGER_ORIGIN, size, root, signers)


def signed_note(*, subject: str, size: int, digest: bytes) -> str | None:
    """
    Return a signed note about something else than the log; None while the market has no key.

    Its first line is not the log's: no such note can be taken for a checkpoint, nor the reverse.
    """
    if not _path().exists():
        return None
    return _signed(f"{settings.LEDGER_ORIGIN}/{subject}", size, digest, signing_keys())


def _signed(origin: str, size: int, digest: bytes, signers: list[SigningKey]) -> str:
    body = f"{origin}\n{size}\n{base64.b64encode(digest).decode()}\n"
    return body + "\n" + "".join(key.sign(body) for key in signers)


def _path() -> Path:
    return Path(settings.LEDGER_KEYS_FILE)
