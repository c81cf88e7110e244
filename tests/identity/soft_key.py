"""A passkey in software: what a device would answer to a browser."""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT_AND_VERIFIED = 0x01 | 0x04
ATTESTED = 0x40


def cbor(value: Any) -> bytes:
    """Return a value as CBOR writes it; what an answer needs of it."""
    if isinstance(value, dict):
        return _head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    raw = value.encode() if isinstance(value, str) else value
    return _head(3 if isinstance(value, str) else 2, len(raw)) + raw


def _head(kind: int, size: int) -> bytes:
    if size < 24:
        return bytes([kind << 5 | size])
    if size < 256:
        return bytes([kind << 5 | 24, size])
    return bytes([kind << 5 | 25]) + size.to_bytes(2)


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class SoftKey:
    """One credential, for one name of one site."""

    rp: str = "localhost"
    origin: str = "http://localhost"
    secret: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = b"soft key of a test"
    user_handle: str = ""

    def made(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a wish to register."""
        asked = options["publicKey"]
        self.user_handle = asked["user"]["id"]
        point = self.secret.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor(public)
        data = self._data(PRESENT_AND_VERIFIED | ATTESTED) + attested
        attestation = cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"])
        return self._answer(
            {"clientDataJSON": text(client), "attestationObject": text(attestation)}
        )

    def signed(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a wish to sign in."""
        data = self._data(PRESENT_AND_VERIFIED)
        client = self._client("webauthn.get", options["publicKey"]["challenge"])
        signature = self.secret.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(data),
                "signature": text(signature),
                "userHandle": self.user_handle,
            }
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp.encode()).digest() + bytes([flags]) + bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        return {
            "type": "public-key",
            "id": text(self.id),
            "rawId": text(self.id),
            "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
        }
