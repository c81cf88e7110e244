"""The agent's Ed25519 key: made here, kept here; the market knows its public half."""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from suanpan_agent.errors import ConfigError


class Key:
    """A key with its short name."""

    def __init__(self, secret: Ed25519PrivateKey) -> None:
        self._secret = secret
        public = secret.public_key()
        self.public = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public_pem = public.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ).decode()
        self.id = hashlib.sha256(self.public).hexdigest()[:16]

    def sign(self, body: bytes) -> str:
        """Return the signature over bytes, in base64."""
        return base64.b64encode(self._secret.sign(body)).decode()


def load(path: Path) -> Key:
    """
    Return the key of a file.

    :raises ConfigError: if there is none that can be used
    """
    try:
        secret = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        message = f"{path}: there is no key yet; `suanpan-agent key new` makes one"
        raise ConfigError(message) from error
    except (OSError, ValueError, TypeError) as error:
        message = f"{path}: {error}"
        raise ConfigError(message) from error
    if not isinstance(secret, Ed25519PrivateKey):
        message = f"{path}: this is no Ed25519 key"
        raise ConfigError(message)
    return Key(secret)


def make(path: Path) -> Key:
    """
    Make a key and keep it where only its owner can read it; an existing file is never overwritten.

    :raises ConfigError: if there is a file, or it cannot be written
    """
    secret = Ed25519PrivateKey.generate()
    pem = secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        message = f"{path}: a key is there already"
        raise ConfigError(message) from error
    except OSError as error:
        raise ConfigError(str(error)) from error
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return Key(secret)


def next_path(path: Path) -> Path:
    """Return where the next key lies until the market knows it."""
    return path.with_name(path.name + ".next")


def is_private(path: Path) -> bool:
    """Return whether nobody but its owner can read a file."""
    return not path.stat().st_mode & 0o077
