"""
Signatures of requests between nodes: RFC 9421 in one profile, `suanpan-peer/1`; pure.

One signature, one label, one list of components in one order, one algorithm. What a request may
vary is nothing but values, so the text that is signed is written from the request and compared: no
part of a signature says how it is to be verified.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import ed25519
from gateway.peering.contracts import (
    SignatureExpired,
    SignatureInvalid,
    SignatureMissing,
    WrongAuthorityHost,
)

TAG: Final = "suanpan-peer/1"
LABEL: Final = "n1"
LIFE_SECONDS: Final = 60
SKEW_SECONDS: Final = 30
HEADERS_MAX: Final = 2_000
WITHOUT_BODY: Final = ("@method", "@authority", "@path", "@query", "suanpan-node", "suanpan-epoch")
WITH_BODY: Final = (
    "@method",
    "@authority",
    "@path",
    "@query",
    "content-digest",
    "content-type",
    "suanpan-node",
    "suanpan-epoch",
)
_INPUT: Final = re.compile(
    LABEL + r"=(?P<params>(?P<components>\([^()]{1,300}\));created=(?P<created>[0-9]{1,12})"
    r";expires=(?P<expires>[0-9]{1,12});nonce=\"(?P<nonce>[0-9a-f]{32})\""
    r";keyid=\"(?P<keyid>(?P<node>[NRIP][0-9A-Z]{5})/(?P<purpose>[a-z]{1,10})/(?P<hash>[0-9a-f]{8}))\""
    r";alg=\"ed25519\";tag=\"" + TAG + r"\")"
)
_SIGNATURE: Final = re.compile(LABEL + r"=:(?P<signature>[0-9A-Za-z+/]{86}==):")
_NODE: Final = re.compile(r"[NRIP][0-9A-Z]{5}")
_EPOCH: Final = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class HttpMessage:
    """A request as it is signed. Names of headers are small; `query` is without its mark."""

    method: str
    authority: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class ReadSignature:
    """What a request says of its signature; believed once `require` was content."""

    node: str
    purpose: str
    key_hash: str
    key_id: str
    epoch: int
    created: int
    expires: int
    nonce: str
    base: str
    signature: bytes


def digest(body: bytes) -> str:
    """Return the value of `Content-Digest`."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def base_of(message: HttpMessage, params: str) -> str:
    """Return the text that is signed: one line a component, and the parameters."""
    derived = {
        "@method": message.method,
        "@authority": message.authority,
        "@path": message.path,
        "@query": f"?{message.query}",
    }
    components = WITH_BODY if message.body else WITHOUT_BODY
    lines = [f'"{name}": {derived.get(name, message.headers.get(name, ""))}' for name in components]
    return "\n".join([*lines, f'"@signature-params": {params}'])


def sign(
    message: HttpMessage, *, key_name: str, private: Ed25519PrivateKey, now: int, nonce: str
) -> dict[str, str]:
    """
    Return the headers that sign a request; `suanpan-node` and `suanpan-epoch` stand in it already.

    `key_name` is `CODE/purpose`, `now` seconds, `nonce` 32 hexadecimal digits.
    """
    added = {"content-digest": digest(message.body)} if message.body else {}
    headers = {**message.headers, **added}
    whole = HttpMessage(
        message.method, message.authority, message.path, message.query, headers, message.body
    )
    public = private.public_key().public_bytes_raw()
    key_id = f"{key_name}/{ed25519.note_key_hash(key_name, public).hex()}"
    params = (
        f'{_components(whole)};created={now};expires={now + LIFE_SECONDS};nonce="{nonce}"'
        f';keyid="{key_id}";alg="ed25519";tag="{TAG}"'
    )
    signed = base64.b64encode(private.sign(base_of(whole, params).encode())).decode()
    return {**added, "signature-input": f"{LABEL}={params}", "signature": f"{LABEL}=:{signed}:"}


def read(message: HttpMessage, *, own_authority: str, now: int) -> ReadSignature:
    """
    Read how a request is signed, and check all of it that needs no key.

    :raises SignatureMissing: if it is not signed at all
    :raises WrongAuthorityHost: if it was sent to another host's name
    :raises SignatureInvalid: if anything is not as the profile has it; `reason` says what
    :raises SignatureExpired: if it is of another time
    """
    found, signed = _form(message, own_authority)
    created, expires = int(found["created"]), int(found["expires"])
    if not 0 < expires - created <= LIFE_SECONDS:
        raise SignatureInvalid("life")
    if created > now + SKEW_SECONDS or expires < now:
        raise SignatureExpired
    node, epoch = message.headers.get("suanpan-node", ""), message.headers.get("suanpan-epoch", "")
    if not _NODE.fullmatch(node) or not _EPOCH.fullmatch(epoch) or node != found["node"]:
        raise SignatureInvalid("node")
    return ReadSignature(
        node=node,
        purpose=found["purpose"],
        key_hash=found["hash"],
        key_id=found["keyid"],
        epoch=int(epoch),
        created=created,
        expires=expires,
        nonce=found["nonce"],
        base=base_of(message, found["params"]),
        signature=_decoded(signed["signature"]),
    )


def _form(message: HttpMessage, own_authority: str) -> tuple[re.Match[str], re.Match[str]]:
    """Return the two headers as matched, of a request to this host with a body as it says."""
    given, signature = (message.headers.get(n, "") for n in ("signature-input", "signature"))
    if not given or not signature:
        raise SignatureMissing
    if message.authority.lower() != own_authority.lower():
        raise WrongAuthorityHost
    if len(given) > HEADERS_MAX or len(signature) > HEADERS_MAX:
        raise SignatureInvalid("length")
    found, signed = _INPUT.fullmatch(given), _SIGNATURE.fullmatch(signature)
    if found is None or signed is None:
        raise SignatureInvalid("form")
    if found["components"] != _components(message):
        raise SignatureInvalid("components")
    if message.body and message.headers.get("content-digest") != digest(message.body):
        raise SignatureInvalid("digest")
    return found, signed


def require_key(signature: ReadSignature, public_key: bytes) -> None:
    """
    Check that a key signed.

    :raises SignatureInvalid: if it did not
    """
    if not ed25519.is_signature(
        signature.signature, public_key=public_key, message=signature.base.encode()
    ):
        raise SignatureInvalid("signature")


def _components(message: HttpMessage) -> str:
    names = WITH_BODY if message.body else WITHOUT_BODY
    return "(" + " ".join(f'"{name}"' for name in names) + ")"


def _decoded(encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise SignatureInvalid("form") from error
    if base64.b64encode(raw).decode() != encoded:
        raise SignatureInvalid("form")
    return raw
