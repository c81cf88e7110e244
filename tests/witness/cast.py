"""A log of hashes with a key, as a witness meets it; and a policy file."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from common import tenancy
from gateway.witness import rules
from ledger import merkle
from ledger.hashing import NOTE_SIGNATURE, leaf_hash

ORIGIN = "p00003.example/ledger"


@dataclass
class Log:
    """A log in memory that signs what it is told to sign."""

    origin: str = ORIGIN
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    leaves: list[bytes] = field(default_factory=list)

    @property
    def key(self) -> rules.NoteKey:
        public = self.private.public_key().public_bytes_raw()
        return rules.NoteKey(self.origin, rules.LOG_KEY, public)

    def grow(self, count: int, mark: str = "entry") -> "Log":
        start = len(self.leaves)
        self.leaves += [leaf_hash(f"{mark} {start + n}".encode()) for n in range(count)]
        return self

    def tiles(self, level: int, number: int) -> bytes:
        row = self.leaves
        for _ in range(level):
            row = [
                merkle.fold(b"".join(row[at : at + merkle.TILE_HASHES]))
                for at in range(0, len(row) - merkle.TILE_HASHES + 1, merkle.TILE_HASHES)
            ]
        return b"".join(row[number * merkle.TILE_HASHES : (number + 1) * merkle.TILE_HASHES])

    def note(self, size: int | None = None) -> str:
        size = len(self.leaves) if size is None else size
        root = merkle.root(size, self.tiles) if size else hashlib.sha256(b"").digest()
        body = f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        signed = base64.b64encode(self.key.hash + self.private.sign(body.encode())).decode()
        return f"{body}\n{NOTE_SIGNATURE}{self.origin} {signed}\n"

    def request(self, old: int, size: int | None = None) -> bytes:
        size = len(self.leaves) if size is None else size
        proof = [] if old in (0, size) else merkle.consistency_proof(old, size, self.tiles)
        return rules.write_request(old_size=old, proof=proof, note=self.note(size))


def policy_file(path: Path, *, logs=(), witnesses=(), needs=None, max_age=600) -> str:
    content = {
        "format": "witness-policy/1",
        "logs": [key.text for key in logs],
        "witnesses": list(witnesses),
        "needs": needs or ({"parent": 1} if witnesses else {}),
        "max_age_seconds": max_age,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def event_names() -> list[str]:
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM events_event WHERE name LIKE 'witness.%'")
        return [name for (name,) in cursor.fetchall()]
