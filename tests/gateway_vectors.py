"""
Write the vectors that strangers try their own programs on: `python -m tests.gateway_vectors`.

They are computed by the product's code; a second implementation in the stand-alone script and the
tests agree on them.
"""

import base64
import json
from datetime import date
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import ed25519, statements
from common.canonical import canonical_json
from gateway.peering.rules import httpsig
from identity.identifiers import codec, profiles
from identity.identifiers.refusals import InvalidIdentifier

FILE: Final = Path(__file__).resolve().parents[1] / "identity/identifiers/data/gateway-vectors.json"
FORMAT: Final = "suanpan-gateway-vectors/1"
DAY: Final = date(2026, 12, 1)
SEED: Final = bytes(range(32))
DISCLOSURE: Final = ("000102030405060708090a0b0c0d0e0f", "uscc", "91640500Y4CL12TH3M")


def signed(name: str, text: str, key_name: str, **more: Any) -> dict[str, Any]:
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    public = key.public_key().public_bytes_raw()
    return {
        "name": name,
        "seed_hex": SEED.hex(),
        "public_key_base64": base64.b64encode(public).decode(),
        "key_name": key_name,
        "key_hash_hex": ed25519.note_key_hash(key_name, public).hex(),
        "text": text,
        "signature_line": statements.sign(text, key_name, key),
        "digest_hex": statements.digest(text).removeprefix("sha256:"),
        **more,
        "valid": True,
    }


def slip(name: str, of: str, old: str, new: str, error: str) -> dict[str, Any]:
    return {"name": name, "of": of, "replace": [old, new], "valid": False, "error": error}


def of_statements() -> list[dict[str, Any]]:
    record = statements.text(
        "record",
        "R31000",
        {
            "code": "SP2-R31000-0A7K-0003-A-B-00000001-0",
            "hidden": [statements.commitment(*DISCLOSURE)],
            "previous": None,
            "profile": "2",
            "region": "310115",
            "sequence": 1,
        },
    )
    status = statements.text(
        "status", "R31000", {"code": "SP2-R31000-0A7K-0003-A-B-00000001-0", "reason": "维护"}
    )
    hidden = {
        "disclosure": list(DISCLOSURE),
        "commitment_hex": statements.commitment(*DISCLOSURE),
    }
    return [
        signed("record with a hidden field", record, "R31000/register", **hidden),
        signed("status in Chinese", status, "R31000/register"),
        slip("a digit", "record with a hidden field", "310115", "310116", "statement_signature"),
        slip("an issuer", "status in Chinese", "R31000\n", "R31001\n", "statement_signature"),
        slip("a space", "status in Chinese", '":"', '": "', "statement_malformed"),
        slip("a float", "record with a hidden field", ":1}", ":1.0}", "statement_malformed"),
        slip("a type", "status in Chinese", " status", " promise", "statement_malformed"),
        slip(
            "a member twice",
            "record with a hidden field",
            '"sequence":1',
            '"sequence":1,"sequence":1',
            "statement_malformed",
        ),
    ]


CODE: Final = "SP2-R31000-0A7K-0003-A-B-00000001-0"
OF_OLD: Final = "SP1-91640500Y4CL12TH3M-I64-640500-A-B-NH1S004096-00000001-Q"
MISTAKES: Final = {
    "a digit": CODE.replace("00000001", "00000002"),
    "two characters swapped": CODE.replace("0A7K", "A07K"),
    "full-width digit": CODE.replace("1-0", "１-0"),
    "Cyrillic letter": CODE.replace("-A-", "-А-"),
    "Greek letter": CODE.replace("-A-", "-Α-"),
    "right-to-left mark": CODE + "\u200f",
    "joiner inside": CODE.replace("-A-", "-\u200dA-"),
    "byte order mark": "\ufeff" + CODE,
    "lower case": CODE.lower(),
    "percent": CODE.replace("-0000", "-%000"),
    "escaped zero": CODE + "%00",
    "dots": CODE.replace("0003", ".."),
    "slash": CODE.replace("-0003", "/0003"),
    "ten thousand characters": "SP2-" + "A" * 10_000,
    "nothing": "",
    "unknown scheme": CODE.replace("SP2", "SP9"),
    "short owner": CODE.replace("0A7K", "A7K"),
    "a part missing": CODE.replace("-A-B-", "-A-"),
    "a node of no kind": "SP2-X31000-0A7K-0003-A-B-00000001-" + "?",
    "an unknown class": "SP2-R31000-0A7K-0003-X-B-00000001-" + "?",
}


def of_identifiers() -> list[dict[str, Any]]:
    layouts = [profiles.layout(profiles.definition(version)) for version in profiles.SHIPPED]
    good = [code for layout in layouts for code in layout.vectors]
    return [valid(code, layouts) for code in good] + [
        mistaken(name, code, layouts) for name, code in MISTAKES.items()
    ]


def valid(code: str, layouts: list[codec.Profile]) -> dict[str, Any]:
    read = codec.parse_identifier(code, profile=profiles.among(layouts, code), on=DAY)
    parts = {
        name: [[it.code, it.quantity] for it in part] if isinstance(part, tuple) else part
        for name, part in read.parts.items()
    }
    return {
        "name": f"profile {read.profile}",
        "code": code,
        "on": str(DAY),
        "valid": True,
        "parts": parts,
        "prefixes": list(read.prefixes),
    }


def mistaken(name: str, code: str, layouts: list[codec.Profile]) -> dict[str, Any]:
    if code.endswith("?"):  # with the check character that fits, so that another mistake is met
        code = code[:-1] + codec._check_character(code[:-2])
    try:
        codec.require_plain(code)
        codec.parse_identifier(code, profile=profiles.among(layouts, code))
    except InvalidIdentifier as refusal:
        return {"name": name, "code": code, "valid": False, "error": refusal.code}
    raise AssertionError(name)


def of_canonical() -> list[dict[str, Any]]:
    values: list[Any] = [
        {"b": 1, "a": "算力", "c": [True, None]},
        {"Z": "", "a": '"\\/', "_": -1, "deep": [[[]], {}]},
    ]
    return [{"value": value, "bytes_hex": canonical_json(value).hex()} for value in values]


PUSH: Final = b'{"dataset":"register","first":1,"items":[]}'
SENT_AT: Final = 1796112000


def of_http() -> list[dict[str, Any]]:
    """A signed push, and what is wrong with others (RFC 9421, `suanpan-peer/1`)."""
    headers = {
        "content-type": "application/json",
        "suanpan-epoch": "1",
        "suanpan-node": "P00001",
    }
    bare = httpsig.HttpMessage("POST", "n00000.example", "/api/peer/v1/push", "", headers, PUSH)
    headers |= httpsig.sign(
        bare,
        key_name="P00001/http",
        private=Ed25519PrivateKey.from_private_bytes(SEED),
        now=SENT_AT,
        nonce="000102030405060708090a0b0c0d0e0f",
    )
    message = httpsig.HttpMessage("POST", bare.authority, bare.path, "", headers, PUSH)
    params = headers["signature-input"].removeprefix("n1=")
    whole = {
        "name": "push",
        "seed_hex": SEED.hex(),
        "method": "POST",
        "authority": message.authority,
        "path": message.path,
        "query": "",
        "body": PUSH.decode(),
        "headers": headers,
        "signature_base": httpsig.base_of(message, params),
        "now": SENT_AT + 10,
        "valid": True,
    }

    def other(name: str, error: str, **changed: Any) -> dict[str, Any]:
        now = SENT_AT + 10
        return {"name": name, "of": "push", "now": now, "valid": False, "error": error} | changed

    return [
        whole,
        other("one second late", "signature_expired", now=SENT_AT + 61),
        other("too early", "signature_expired", now=SENT_AT - 31),
        other("body of another", "signature_invalid", body="{}"),
        other("other host", "wrong_authority_host", authority="evil.example"),
        other("other path", "signature_invalid", path="/api/peer/v1/difference"),
        other("with a query", "signature_invalid", query="a=1"),
    ]


def vectors() -> dict[str, Any]:
    """Return the whole file."""
    return {
        "format": FORMAT,
        "identifiers": of_identifiers(),
        "canonical": of_canonical(),
        "statements": of_statements(),
        "http": of_http(),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
