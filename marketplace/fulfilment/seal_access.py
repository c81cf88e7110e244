#!/usr/bin/env python3
"""
Make a sealing key, seal access to one, open it. Needs Python and cryptography ≥ 47.

    python3 seal_access.py new KEYFILE                          a pair; prints the public half
    python3 seal_access.py seal PUBLIC INFO ENDPOINT < secret   prints what a provider hands over
    python3 seal_access.py open KEYFILE INFO < sealed           prints the endpoint, and the secret

INFO is what the page and the API show beside the request. Endpoint and secret are sealed in one
document: JSON with sorted keys and no spaces, {"endpoint": …, "format": "suanpan-access/2",
"secret": …}; `open` prints the endpoint in the first line and the secret below it, and with --json
the document. HPKE (RFC 9180), base mode, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
AES-256-GCM; the text is base64url of the encapsulated key and what was sealed. An INFO of
suanpan-handover/1 is of a secret alone. Exits with 1, and a sentence, if something does not open.
"""

import base64
import json
import os
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

DOCUMENT = "suanpan-access/2"
SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def written(value: bytes) -> str:
    """Return bytes in base64url without padding."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def read(text: str) -> bytes:
    """Return the bytes of base64url, with or without padding."""
    bare = "".join(text.split()).rstrip("=")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def new(path: Path) -> str:
    """Write a private key that only its owner may read; return the public half."""
    key = X25519PrivateKey.generate()
    public = written(key.public_key().public_bytes_raw())
    kept = {"kty": "OKP", "crv": "X25519", "x": public, "d": written(key.private_bytes_raw())}
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        json.dump(kept, out)
    return public


def seal(public: str, info: str, secret: bytes) -> str:
    """Return a secret sealed to a public key, for one delivery and one request of it."""
    key = X25519PublicKey.from_public_bytes(read(public))
    return written(SUITE.encrypt(secret, key, info=info.encode()))


def opened(path: Path, info: str, sealed: str) -> bytes:
    """Return what was sealed to a key of a file."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    key = X25519PrivateKey.from_private_bytes(read(kept["d"]))
    return SUITE.decrypt(read(sealed), key, info=info.encode())


def document(endpoint: str, secret: str) -> bytes:
    """Return endpoint and secret in one canonical document, as it is sealed."""
    said = {"endpoint": endpoint, "format": DOCUMENT, "secret": secret}
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parts(found: bytes) -> tuple[str, str]:
    """
    Return endpoint and secret of a document that was opened.

    :raises ValueError: if it is none
    """
    said = json.loads(found)
    if not isinstance(said, dict) or set(said) != {"endpoint", "format", "secret"}:
        raise ValueError("this is no document of " + DOCUMENT)
    if said["format"] != DOCUMENT or document(said["endpoint"], said["secret"]) != found:
        raise ValueError("this is no document of " + DOCUMENT)
    return said["endpoint"], said["secret"]


def main(arguments: list[str]) -> int:
    """Run what is asked for; return the exit code."""
    try:
        match arguments:
            case ["new", file]:
                sys.stdout.write(new(Path(file)) + "\n")
            case ["seal", public, info, endpoint]:
                secret = sys.stdin.buffer.read().decode()
                sys.stdout.write(seal(public, info, document(endpoint, secret)) + "\n")
            case ["seal", public, info] if info.startswith("suanpan-handover/1:"):
                sys.stdout.write(seal(public, info, sys.stdin.buffer.read()) + "\n")
            case ["open", file, info] if not info.startswith("suanpan-handover/1:"):
                found = opened(Path(file), info, sys.stdin.read())
                sys.stdout.write("\n".join(parts(found)))
            case ["open", file, info, *rest] if rest in ([], ["--json"]):
                sys.stdout.buffer.write(opened(Path(file), info, sys.stdin.read()))
            case _:
                sys.stderr.write(__doc__ or "")
                return 2
    except InvalidTag:
        sys.stderr.write("Does not open: another key, another delivery or request, or altered.\n")
        return 1
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
