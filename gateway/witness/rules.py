"""
Checkpoints, consistency and cosignatures as witnesses read them; pure computing.

C2SP signed-note, tlog-checkpoint, tlog-cosignature (`cosignature/v1`, Ed25519), tlog-witness.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.hashing import HASH_BYTES, NOTE_SIGNATURE, node_hash

LOG_KEY: Final = 0x01
COSIGNER_KEY: Final = 0x04
PROOF_LINES_MAX: Final = 63
SIGNATURES_MAX: Final = 64
SIZE_MAX: Final = 2**53
NAME_LENGTH_MAX: Final = 200
SKEW_SECONDS_MAX: Final = 120
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
_KEY_HASH_BYTES: Final = 4
_TIME_BYTES: Final = 8


class MalformedNote(ValueError):  # noqa: N818 - what it says is that the text is none
    """The text is no checkpoint, no request and no key, or contradicts itself."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key as auditors keep it: name, type byte, 32 bytes."""

    name: str
    kind: int
    public_key: bytes

    @property
    def hash(self) -> bytes:
        """Return the four bytes that name the key beside its name."""
        return typed_key_hash(self.name, self.kind, self.public_key)

    @property
    def text(self) -> str:
        """Return the key as one line: name, hash and key, joined by plus signs."""
        encoded = base64.b64encode(bytes([self.kind]) + self.public_key).decode()
        return f"{self.name}+{self.hash.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A checkpoint: a log has so many entries and this root, and who signed that."""

    origin: str
    size: int
    root: bytes
    body: str  # what is signed: whole lines
    signatures: tuple[tuple[str, bytes], ...]  # name; hash of the key and signature

    def is_signed_by(self, key: NoteKey) -> bool:
        """Return whether a log's key signed it; other types of keys never do."""
        return key.kind == LOG_KEY and any(
            name == key.name
            and raw[:_KEY_HASH_BYTES] == key.hash
            and _verifies(key.public_key, raw[_KEY_HASH_BYTES:], self.body.encode())
            for name, raw in self.signatures
        )

    def cosigned_at(self, key: NoteKey) -> int | None:
        """Return when a witness cosigned it, in seconds since 1970; None if it did not."""
        found = [
            int.from_bytes(raw[_KEY_HASH_BYTES : _KEY_HASH_BYTES + _TIME_BYTES])
            for name, raw in self.signatures
            if name == key.name and is_cosignature(raw, key=key, body=self.body)
        ]
        return max(found, default=None)


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """What a log asks of a witness: from which size on, the proof, and the checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    note: str
    head: SignedHead


def typed_key_hash(name: str, kind: int, public_key: bytes) -> bytes:
    """Return the hash of a key of some type, as a note names it."""
    digest = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public_key)
    return digest.digest()[:_KEY_HASH_BYTES]


def read_key(text: str) -> NoteKey:
    """
    Read NAME+HASH+KEY of a log (type 0x01) or of a witness (type 0x04).

    :raises MalformedNote: if it is neither, or its parts contradict each other
    """
    parts = text.strip().split("+", 2)
    raw = _decoded(parts[-1])
    if len(parts) != 3 or len(raw) != 1 + HASH_BYTES or raw[0] not in (LOG_KEY, COSIGNER_KEY):
        message = "not a key of a log or of a witness"
        raise MalformedNote(message)
    key = NoteKey(_name(parts[0]), raw[0], raw[1:])
    if key.hash.hex() != parts[1]:
        message = "the parts of the key contradict each other"
        raise MalformedNote(message)
    return key


def read_note(text: str) -> SignedHead:
    """
    Read a checkpoint; lines of unknown types of keys stay in it and prove nothing.

    :raises MalformedNote: if it is none
    """
    body, separator, tail = text.partition("\n\n")
    lines = body.split("\n")
    if not separator or len(lines) < 3 or not tail.endswith("\n"):
        message = "not a checkpoint"
        raise MalformedNote(message)
    signatures = [_signature(line) for line in tail.removesuffix("\n").split("\n")]
    root = _decoded(lines[2])
    size = _size(lines[1])
    if len(root) != HASH_BYTES or len(signatures) > SIGNATURES_MAX:
        message = "no root of 32 bytes, or too many signatures"
        raise MalformedNote(message)
    if size == 0 and root != EMPTY_ROOT:
        message = "a log without entries has another root"
        raise MalformedNote(message)
    return SignedHead(_name(lines[0]), size, root, body + "\n", tuple(signatures))


def read_request(raw: bytes) -> AddCheckpoint:
    r"""
    Read the body of `add-checkpoint`: `old N`, proof lines, an empty line, the checkpoint.

    :raises MalformedNote: if it is malformed
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        message = "not UTF-8"
        raise MalformedNote(message) from error
    head, separator, note = text.partition("\n\n")
    first, *proof = head.split("\n")
    if not separator or not first.startswith("old ") or len(proof) > PROOF_LINES_MAX:
        message = "no `old` line, or more than 63 lines of proof"
        raise MalformedNote(message)
    hashes = tuple(_decoded(line) for line in proof)
    if any(len(each) != HASH_BYTES for each in hashes):
        message = "a hash of the proof has not 32 bytes"
        raise MalformedNote(message)
    return AddCheckpoint(_size(first.removeprefix("old ")), hashes, note, read_note(note))


def write_request(*, old_size: int, proof: Iterable[bytes], note: str) -> bytes:
    """Return the body of `add-checkpoint`."""
    lines = [f"old {old_size}", *(base64.b64encode(each).decode() for each in proof)]
    return ("\n".join(lines) + "\n\n" + note).encode()


def leads_on(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Return whether a proof shows the old log to begin the new one (RFC 9162, 2.1.4.2)."""
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof
    path = ([old_root] if old_size & (old_size - 1) == 0 else []) + list(proof)
    return (
        0 < old_size < new_size
        and bool(path)
        and _meets_both(
            path, old_size=old_size, new_size=new_size, old_root=old_root, new_root=new_root
        )
    )


def _meets_both(
    path: Sequence[bytes], *, old_size: int, new_size: int, old_root: bytes, new_root: bytes
) -> bool:
    first, last = old_size - 1, new_size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, step)
        first, last = first >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def cosign(*, name: str, private: Ed25519PrivateKey, body: str, seconds: int) -> str:
    """Return the signature line of a witness under a checkpoint's body, with its newline."""
    public = private.public_key().public_bytes_raw()
    raw = (
        typed_key_hash(name, COSIGNER_KEY, public)
        + seconds.to_bytes(_TIME_BYTES)
        + private.sign(_cosigned(body, seconds))
    )
    return f"{NOTE_SIGNATURE}{name} {base64.b64encode(raw).decode()}\n"


def is_cosignature(raw: bytes, *, key: NoteKey, body: str) -> bool:
    """Return whether the bytes of a signature line are a witness's cosignature of a body."""
    signed = raw[_KEY_HASH_BYTES + _TIME_BYTES :]
    seconds = int.from_bytes(raw[_KEY_HASH_BYTES : _KEY_HASH_BYTES + _TIME_BYTES])
    return (
        key.kind == COSIGNER_KEY
        and raw[:_KEY_HASH_BYTES] == key.hash
        and _verifies(key.public_key, signed, _cosigned(body, seconds))
    )


def line_of(reply: str, *, key: NoteKey, body: str) -> tuple[str, int] | None:
    """Return a witness's own line among those that it answered with, and when it signed."""
    for line in reply.splitlines()[:SIGNATURES_MAX]:
        try:
            name, raw = _signature(line)
        except MalformedNote:
            continue
        if name == key.name and is_cosignature(raw, key=key, body=body):
            seconds = int.from_bytes(raw[_KEY_HASH_BYTES : _KEY_HASH_BYTES + _TIME_BYTES])
            return line + "\n", seconds
    return None


def with_lines(note: str, lines: Iterable[str]) -> str:
    """Return a checkpoint with further signature lines under it."""
    return note + "".join(lines)


def meets(
    needs: Mapping[str, int],
    *,
    groups: Mapping[str, str],
    signed: Mapping[str, int],
    now: int,
    age_max: int,
) -> bool:
    """
    Return whether cosignatures satisfy a policy: of each group as many as it needs.

    `groups` says to which group a witness belongs, `signed` when each signed (seconds since 1970).
    What is older than `age_max`, or more than two minutes ahead, counts for nothing.
    """
    fresh = [
        groups[name]
        for name, seconds in signed.items()
        if name in groups and now - age_max <= seconds <= now + SKEW_SECONDS_MAX
    ]
    return all(fresh.count(group) >= least for group, least in needs.items())


def _cosigned(body: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{body}".encode()


def _verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signature(line: str) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(NOTE_SIGNATURE).partition(" ")
    raw = _decoded(encoded)
    if not line.startswith(NOTE_SIGNATURE) or len(raw) <= _KEY_HASH_BYTES:
        message = "not a signature line"
        raise MalformedNote(message)
    return _name(name), raw


def _name(text: str) -> str:
    if not 0 < len(text) <= NAME_LENGTH_MAX or not text.isprintable() or set(text) & set(" +"):
        message = "not a name"
        raise MalformedNote(message)
    return text


def _size(text: str) -> int:
    is_plain = text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")
    if not is_plain or len(text) > 16 or int(text) > SIZE_MAX:
        message = "not a size"
        raise MalformedNote(message)
    return int(text)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        message = "not base64"
        raise MalformedNote(message) from error
