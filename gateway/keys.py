"""
The node's private keys: one file a purpose, `<folder>/<purpose>.keys`, for its owner's eyes alone.

Each line is a name (`CODE/purpose`) and an Ed25519 seed in base64, as in the ledger's file. Every
key of a file signs, so an old key and a new one overlap until the old line is taken out. This is
the one module that reads them. Web processes use `answer` and `http`, workers the others.
"""

import base64
import functools
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from gateway.contracts import KeyPurpose, KeyUnusable, own_code
from ledger.hashing import NOTE_SIGNATURE, key_hash

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class NodeKey:
    """A private key of this node with its name, `CODE/purpose`."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        """Return the 32 bytes that anyone may know."""
        return self.private.public_key().public_bytes_raw()

    @property
    def hash_hex(self) -> str:
        """Return the eight hexadecimal digits that name the key beside its name."""
        return key_hash(self.name, self.public_key).hex()

    def sign(self, text: str) -> str:
        """Return the signature line of a note over a text, without its newline."""
        signed = key_hash(self.name, self.public_key) + self.private.sign(text.encode())
        return f"{NOTE_SIGNATURE}{self.name} {base64.b64encode(signed).decode()}"


def signing_keys(purpose: KeyPurpose) -> list[NodeKey]:
    """
    Return the keys of a purpose, the oldest first.

    :raises KeyUnusable: if there is none, or others than the file's owner may read it
    """
    path = _path(purpose)
    try:
        seen = path.stat()
        if seen.st_mode & OTHERS:
            raise KeyUnusable(purpose=purpose.value)
        found = list(_keys_in(path, seen.st_mtime_ns, seen.st_size, seen.st_ino))
    except (OSError, ValueError) as error:
        raise KeyUnusable(purpose=purpose.value) from error
    if not found:
        raise KeyUnusable(purpose=purpose.value)
    return found


def newest_key(purpose: KeyPurpose) -> NodeKey:
    """
    Return the key of a purpose that was made last.

    :raises KeyUnusable: if there is none, or others than the file's owner may read it
    """
    return signing_keys(purpose)[-1]


def make_missing() -> list[KeyPurpose]:
    """
    Make a key for each purpose that has none; return the purposes. Two at once make one.

    The seed of what is kept for owners is made beside them.
    """
    if not _owners_path().exists():
        _make_file(_owners_path(), f"owners {base64.b64encode(os.urandom(32)).decode()}\n")
    return [purpose for purpose in KeyPurpose if not _path(purpose).exists() and _make(purpose)]


def kept_for(owner: str) -> NodeKey | None:
    """
    Return the key that this node keeps for an owner, `OWNER/owner`; None if it has no seed.

    Every owner's key is made anew from the one seed (HKDF), so there is no store of private keys.

    :raises KeyUnusable: if others than the file's owner may read the seed
    """
    path = _owners_path()
    try:
        seen = path.stat()
    except OSError:
        return None
    if seen.st_mode & OTHERS:
        raise KeyUnusable(purpose="owners")
    return _derived(path, seen.st_mtime_ns, seen.st_ino, owner)


@functools.lru_cache(maxsize=4096)
def _derived(path: Path, _time: int, _inode: int, owner: str) -> NodeKey:
    try:
        _name, encoded = path.read_text(encoding="ascii").split()
        seed = base64.b64decode(encoded, validate=True)
    except (OSError, ValueError) as error:
        raise KeyUnusable(purpose="owners") from error
    made = HKDF(SHA256(), 32, salt=None, info=f"suanpan-owner/1 {owner}".encode()).derive(seed)
    return NodeKey(f"{owner}/owner", Ed25519PrivateKey.from_private_bytes(made))


def _owners_path() -> Path:
    return Path(settings.GATEWAY_KEYS_DIR) / "owners.seed"


def add_key(purpose: KeyPurpose) -> NodeKey:
    """Append a new key to the file of a purpose; it signs beside the old one."""
    if not _make(purpose):
        descriptor = os.open(_path(purpose), os.O_WRONLY | os.O_APPEND)
        _write(descriptor, _line(purpose))
    return newest_key(purpose)


def _make(purpose: KeyPurpose) -> bool:
    """Make the file of a purpose whole or not at all; False if it is there already."""
    return _make_file(_path(purpose), _line(purpose))


def _make_file(path: Path, line: str) -> bool:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{uuid4()}")
    _write(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), line)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _line(purpose: KeyPurpose) -> str:
    seed = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    return f"{own_code()}/{purpose.value} {seed}\n"


def _write(descriptor: int, line: str) -> None:
    with os.fdopen(descriptor, "a", encoding="ascii") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


@functools.lru_cache(maxsize=16)
def _keys_in(path: Path, *_state: int) -> tuple[NodeKey, ...]:
    """Return the keys of a file; read once for each state of it."""
    lines = path.read_text(encoding="ascii").splitlines()
    return tuple(_read(line) for line in lines if line.strip())


def _read(line: str) -> NodeKey:
    name, seed = line.split()
    return NodeKey(
        name, Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed, validate=True))
    )


def _path(purpose: KeyPurpose) -> Path:
    return Path(settings.GATEWAY_KEYS_DIR) / f"{purpose.value}.keys"
