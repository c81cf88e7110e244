"""
Letting a buyer in: a program of the provider decides how, and what it says is sealed at once.

The program is called with `grant` or `revoke` and reads one JSON object: `delivery_id`, `request`,
and for a grant `ssh_keys` and `reason`. For a grant it prints `{"endpoint": "…", "secret": "…"}`,
and where it knows more `kind` (SSH, HTTPS, OTHER) and `key` (what is said in the open of a key for
an interface: `scopes`, `expires_at`, `requests_a_minute`, `hint`, `former_until`). Endpoint and
secret are sealed to the buyer's key in one document before they are kept or sent (HPKE, RFC 9180,
base mode, X25519, HKDF-SHA256, AES-256-GCM), bound to the delivery and the request.
"""

import base64
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

SECONDS: Final = 8  # less than the market waits for an answer
FORMAT: Final = 2  # endpoint and secret, sealed in one document
DOCUMENT: Final = "suanpan-access/2"
SUITE: Final = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class AccessProgram:
    """The words that start the program."""

    words: Sequence[str]

    def grant(self, delivery_id: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return what is told of access, as the market takes it.

        :raises OSError, ValueError, subprocess.SubprocessError: if the program gives none
        """
        request, key = int(asked["request"]), str(asked.get("sealing_key", ""))
        given = self._said(
            "grant",
            delivery_id,
            request,
            ssh_keys=list(asked.get("ssh_keys", ())),
            reason=str(asked.get("reason", "")),
        )
        endpoint, secret = str(given.get("endpoint", "")), str(given.get("secret", ""))
        more = {name: given[name] for name in ("kind", "key") if given.get(name)}
        if asked.get("format") == FORMAT and key:
            text = document(endpoint, secret)
            sealed = sealed_to(key, delivery_id, request, text, sealed_format=FORMAT)
            return {"request": request, "format": FORMAT, "sealed": sealed, **more}
        if secret and not key:
            message = "the buyer named no key to seal a secret to"
            raise ValueError(message)
        sealed = sealed_to(key, delivery_id, request, secret.encode()) if secret else ""
        return {"request": request, "endpoint": endpoint, "sealed": sealed, **more}

    def revoke(self, delivery_id: str, request: int) -> None:
        """
        Let nobody in any more by this request; done again, nothing changes.

        :raises OSError, ValueError, subprocess.SubprocessError: if the program failed
        """
        self._said("revoke", delivery_id, request)

    def _said(self, word: str, delivery_id: str, request: int, **more: Any) -> dict[str, Any]:
        told = {"delivery_id": delivery_id, "request": request, **more}
        done = subprocess.run(  # noqa: S603 - what the provider started the driver with
            [*self.words, word],
            input=json.dumps(told),
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS,
        )
        found = json.loads(done.stdout or "{}")
        if not isinstance(found, dict):
            message = "the access program prints one object"
            raise ValueError(message)  # noqa: TRY004 - it is what was printed
        return found


def document(endpoint: str, secret: str) -> bytes:
    """Return endpoint and secret in one canonical document, as it is sealed."""
    said = {"endpoint": endpoint, "format": DOCUMENT, "secret": secret}
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sealed_to(
    public_key: str, delivery_id: str, request: int, secret: bytes, *, sealed_format: int = 1
) -> str:
    """Return what is sealed to a buyer's key, for one delivery and one request of it."""
    found = base64.urlsafe_b64decode(public_key + "=" * (-len(public_key) % 4))
    info = f"suanpan-handover/{sealed_format}:{delivery_id}:{request}"
    key = X25519PublicKey.from_public_bytes(found)
    sealed = SUITE.encrypt(secret, key, info=info.encode())
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")
