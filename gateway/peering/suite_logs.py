"""A log of hashes in memory that signs what it is told to, as a witness under trial meets it."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.witness import rules as witness_rules
from ledger import merkle
from ledger.hashing import NOTE_SIGNATURE, leaf_hash


@dataclass
class LogInMemory:
    """A log: its origin, its key, and the hashes of its leaves."""

    origin: str
    private: Ed25519PrivateKey
    leaves: list[bytes] = field(default_factory=list)

    def grow(self, count: int, mark: str = "entry") -> "LogInMemory":
        """Add so many entries; the mark makes them another history's."""
        start = len(self.leaves)
        self.leaves += [leaf_hash(f"{mark} {start + n}".encode()) for n in range(count)]
        return self

    def note(self) -> str:
        """Return the signed checkpoint of all leaves."""
        size = len(self.leaves)
        root = merkle.root(size, self._tiles) if size else hashlib.sha256(b"").digest()
        body = f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        public = self.private.public_key().public_bytes_raw()
        key = witness_rules.NoteKey(self.origin, witness_rules.LOG_KEY, public)
        signed = base64.b64encode(key.hash + self.private.sign(body.encode())).decode()
        return f"{body}\n{NOTE_SIGNATURE}{self.origin} {signed}\n"

    def request(self, old: int, *, proof: Sequence[bytes] | None = None) -> bytes:
        """Return what asks a witness to go on from an old size, with the true proof or another."""
        size = len(self.leaves)
        if proof is None:
            given = 0 < old < size
            proof = merkle.consistency_proof(old, size, self._tiles) if given else []
        return witness_rules.write_request(old_size=old, proof=proof, note=self.note())

    def _tiles(self, level: int, number: int) -> bytes:
        row = self.leaves
        for _ in range(level):
            row = [
                merkle.fold(b"".join(row[at : at + merkle.TILE_HASHES]))
                for at in range(0, len(row) - merkle.TILE_HASHES + 1, merkle.TILE_HASHES)
            ]
        return b"".join(row[number * merkle.TILE_HASHES : (number + 1) * merkle.TILE_HASHES])
