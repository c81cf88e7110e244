"""
Write the vectors that strangers try their own programs on: `python -m tests.gateway_vectors`.

They are computed by the product's code; a second implementation in the stand-alone script and the
tests agree on them.
"""

import base64
import hashlib
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
    moved = statements.text(
        "rename",
        "R31000",
        {
            "at": "2026-12-01T08:00:00.000Z",
            "from": "SP2-R31000-0A7K-0003-A-B-00000001-0",
            "kind": "move",
            "owner": "O:R31000-0123456789AB",
            "reason": "another region",
            "receiver": "P00001",
            "record": None,
            "renamed_at": "2026-12-01T08:00:00.000Z",
            "sequence": 1,
            "to": ["SP2-P00001-0001-0001-A-B-00000001-Q"],
        },
    )
    hidden = {
        "disclosure": list(DISCLOSURE),
        "commitment_hex": statements.commitment(*DISCLOSURE),
    }
    return [
        signed("record with a hidden field", record, "R31000/register", **hidden),
        signed("status in Chinese", status, "R31000/register"),
        signed("a code moves, the receiver's line", moved, "P00001/register"),
        signed("a code moves, the owner's line", moved, "O:R31000-0123456789AB/owner"),
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


PINNED: Final = "N00000"
SINCE, UNTIL, AT = (
    "2026-01-01T00:00:00.000Z",
    "2028-01-01T00:00:00.000Z",
    "2026-12-01T08:00:00.000Z",
)


def key_of(name: str) -> Ed25519PrivateKey:
    """Return the key of a name: its seed is the SHA-256 of it, for everybody to make again."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def public_of(name: str) -> str:
    return base64.b64encode(key_of(name).public_key().public_bytes_raw()).decode()


def said_by(name: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    text = statements.text(kind, name.partition("/")[0], body)
    return {"text": text, "signatures": [statements.sign(text, name, key_of(name)).rstrip("\n")]}


def keyset_of(node: str, *, keys: int = 1) -> dict[str, Any]:
    listed = [
        {
            "name": f"{node}/grant",
            "not_after": UNTIL,
            "not_before": SINCE,
            "public_key": public_of(f"{node}/grant" if number == 0 else f"{node}/grant {number}"),
            "purpose": "grant",
        }
        for number in range(keys)
    ]
    body = {"epoch": 1, "keys": listed, "node": node, "sequence": 1}
    return said_by(f"{node}/root", "keyset", body)


def grant(prefix: str, issuer: str, to: str, above: Any = None, **over: Any) -> dict[str, Any]:
    level = {2: "node", 3: "owner"}.get(len(prefix.split("-")), "pool")
    body: dict[str, Any] = {
        "at": SINCE,
        "host": to,
        "id": f"{issuer}-{prefix}",
        "level": level,
        "limits": {},
        "not_after": UNTIL,
        "not_before": SINCE,
        "parent": statements.digest(above["text"]) if above else None,
        "prefix": prefix,
        "profile": "2",
        "reason": "",
        "rights": ["allot", "answer", "register"] if level == "node" else ["answer", "register"],
        "sequence": 1,
        "state": "active",
        "subject": {"name": to, "node": to},
    }
    if level == "node":
        body["subject"]["root"] = public_of(f"{to}/root")
    return said_by(f"{issuer}/grant", "grant", body | over)


def links(node: Any = None, owner: Any = None, pool: Any = None) -> list[dict[str, Any]]:
    """Return the three grants above the code, each with what a test changes of it."""
    first = grant("SP2-R31000", PINNED, "R31000", **node or {})
    second = grant("SP2-R31000-0A7K", "R31000", "R31000", first, **owner or {})
    third = grant("SP2-R31000-0A7K-0003", "R31000", "R31000", second, **pool or {})
    return [first, second, third]


def of_chains() -> list[dict[str, Any]]:
    sets = [keyset_of(PINNED), keyset_of("R31000")]
    good = links()
    forged = said_by("R52000/grant", "grant", statements.parse(good[0]["text"]).body)
    twice = grant("SP2-R31000", "R31000", "P00001", good[0])
    five = [
        grant("SP2-R31000-0A7K-0003-A", "R31000", "R31000", good[2]),
        grant("SP2-R31000-0A7K-0003-A-B", "R31000", "R31000", good[2]),
    ]
    ended = grant("SP2-R31000-0A7K", "R31000", "R31000", good[0], sequence=2, state="ended")
    lines = good[2]["signatures"] * 4
    many = [*sets, *({**each, "signatures": lines} for each in good), *sets[:1] * 3]
    cases: list[tuple[str, list[dict[str, Any]], str]] = [
        ("chain good", [*sets, *good], ""),
        ("chain good, in any order", [good[2], sets[1], good[0], good[1], sets[0]], ""),
        ("host of the pool is another node", [*sets, *links(pool={"host": "P00001"})], ""),
        ("prefix not longer", [*sets, good[0], twice, *good[1:]], "prefix_not_longer"),
        (
            "prefix across a field boundary",
            [*sets, good[0], grant("SP2-R31000-0A7K-0003-A", "R31000", "R31000", good[0])],
            "not_on_boundary",
        ),
        (
            "prefix within a part",
            [*sets, grant("SP2-R31000-0A7K-00", PINNED, "R31000")],
            "no_grant",
        ),
        ("foreign issuer", [*sets, keyset_of("R52000"), forged, *good[1:]], "foreign_issuer"),
        (
            "issuer below",
            [*sets, *links(node={"subject": {"name": "", "node": "R52000"}})],
            "foreign_issuer",
        ),
        (
            "expired in the middle",
            [*sets, *links(owner={"not_after": "2026-06-01T00:00:00.000Z"})],
            "not_in_force",
        ),
        (
            "not yet in force",
            [*sets, *links(pool={"not_before": "2027-06-01T00:00:00.000Z"})],
            "not_in_force",
        ),
        (
            "rights wider than the one above",
            [*sets, *links(owner={"rights": ["answer"]})],
            "rights_wider",
        ),
        (
            "a node without the right to allot",
            [*sets, *links(node={"rights": ["answer", "register"]})],
            "right_missing",
        ),
        (
            "regions wider than the one above",
            [
                *sets,
                *links(
                    owner={"limits": {"regions": ["31"]}},
                    pool={"limits": {"regions": ["310115", "52"]}},
                ),
            ],
            "limits_wider",
        ),
        (
            "more resources than the one above",
            [
                *sets,
                *links(owner={"limits": {"resources": 10}}, pool={"limits": {"resources": 11}}),
            ],
            "limits_wider",
        ),
        (
            "narrower limits",
            [
                *sets,
                *links(
                    owner={"limits": {"regions": ["31"]}}, pool={"limits": {"regions": ["310115"]}}
                ),
            ],
            "",
        ),
        (
            "a pool below a pool that has none",
            [*sets, *links(owner={"limits": {"children": 0}})],
            "limits_wider",
        ),
        ("suspended node", [*sets, *links(node={"state": "suspended"})], "suspended"),
        ("ended pool", [*sets, *links(pool={"state": "ended"})], "ended"),
        (
            "same prefix, two issuers",
            [
                *sets,
                keyset_of("R52000"),
                *good,
                grant("SP2-R31000-0A7K", "R52000", "R52000", good[0]),
            ],
            "",
        ),
        ("sequence replaced, the old one shown too", [*sets, ended, *good], "ended"),
        ("another parent", [*sets, *links(pool={"parent": "sha256:" + "0" * 64})], "other_parent"),
        ("depth 5", [*sets, *good, *five], "too_deep"),
        ("a key of nobody", [sets[0], *good], "keyset_missing"),
        (
            "a byte flipped",
            [*sets, *good[:2], {**good[2], "signatures": good[1]["signatures"]}],
            "statement_signature",
        ),
        ("17 signatures", many, "too_many_signatures"),
        ("a set of 17 keys", [keyset_of(PINNED, keys=17), sets[1], *good], "too_many_keys"),
        ("no grant", sets, "no_grant"),
        ("the code's own root is pinned too", [*sets, *good], ""),
        (
            "the code's own root is pinned, another grants its prefix",
            [*sets, keyset_of("R52000"), grant("SP2-R31000", "R52000", "R52000")],
            "other_root",
        ),
        (
            "the code's own root is pinned, another answers for it",
            [*sets, keyset_of("R52000"), grant("SP2-R31000", "R52000", "R31000", host="R52000")],
            "other_root",
        ),
    ]
    pinned = {PINNED: public_of(f"{PINNED}/root")}
    several = pinned | {each: public_of(f"{each}/root") for each in ("R31000", "R52000")}
    return [
        {
            "name": name,
            "statements": carried,
            "pinned": several if name.startswith("the code's own root is pinned") else pinned,
            "at": AT,
            "code": CODE,
            "valid": not error,
            **({"error": error} if error else {}),
        }
        for name, carried, error in cases
    ]


def vectors() -> dict[str, Any]:
    """Return the whole file."""
    from tests import rename_vectors  # which is made of what is here

    return {
        "format": FORMAT,
        "identifiers": of_identifiers(),
        "canonical": of_canonical(),
        "statements": of_statements(),
        "http": of_http(),
        "chains": of_chains(),
        "renames": rename_vectors.of_renames(),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
