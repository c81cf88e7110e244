#!/usr/bin/env python3
"""
Verify an answer of the gateway offline: Python 3.11 or newer, and nothing else.

    python verify_answer.py ANSWER.json --root N00000=BASE64 [--code CODE] [--json]
    python verify_answer.py CHAIN.json --chain --root N00000=BASE64 [--json]

ANSWER.json is what `/api/gateway/v1/resolve?code=…&proof=1` gave. `--root` is the public key of a
root that you trust, got by another way than this file; repeat it for several: of those the one that
the code names may speak for it, and `root` tells which was believed. The script follows the grants
from there to the node that answers for the code, and checks record and answers under its keys. It
says the first thing that is not so, and ends with 1. CHAIN.json holds `statements` (grants and sets
of keys), a `code` and the moment `at`: whose the code is.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMAT = "suanpan-statement/1"
SIGNATURES_MAX, VERIFICATIONS_MAX, STATEMENTS_MAX, RENAMES_MAX = 4, 96, 24, 4
CHAIN_STATEMENTS_MAX, CHAIN_LINES_MAX, KEYS_MAX, DEPTH_MAX = 12, 16, 16, 4
PAST_MAX, KEY_BYTES = 64, 32
# After how many parts of a code its scheme lets a prefix be granted; others: after every part.
BOUNDARIES = {"SP1": (2, 3, 4), "SP2": (2, 3, 4)}
STATES = ("active", "suspended", "ended")
RIGHTS = {"allot", "answer", "register"}
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


class FaultError(Exception):
    """What is not so; of a chain of grants, the rule too."""

    def __init__(self, told: str, rule: str = "") -> None:
        super().__init__(told)
        self.rule = rule


# --- Ed25519 (RFC 8032), strictly: reduced scalars, no keys of small order ---------------------
def _add(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    x = (a[1] - a[0]) * (b[1] - b[0]) % P
    y = (a[1] + a[0]) * (b[1] + b[0]) % P
    t = 2 * a[3] * b[3] * D % P
    z = 2 * a[2] * b[2] % P
    e, f, g, h = y - x, z - t, z + t, y + x
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(scalar: int, point: tuple[int, ...]) -> tuple[int, ...]:
    found: tuple[int, ...] = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = _add(found, point)
        point, scalar = _add(point, point), scalar >> 1
    return found


def _same(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def _point(raw: bytes) -> tuple[int, ...]:
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if len(raw) != 32 or y >= P:
        raise FaultError("a key or signature is no point")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P or (x == 0 and sign):
        raise FaultError("a key or signature is no point")
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


_BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed_by(key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a signature is the key's for the message."""
    if len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    public = _point(key)
    if scalar >= L or _same(_times(8, public), (0, 1, 1, 0)):
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    expected = _add(_point(signature[:32]), _times(int.from_bytes(digest, "little") % L, public))
    return _same(_times(scalar, _BASE), expected)


# --- Statements --------------------------------------------------------------------------------
class Said:
    """A statement as read: what stands in its three lines, and its digest."""

    def __init__(self, carried: Any) -> None:
        if not isinstance(carried, dict) or not isinstance(carried.get("text"), str):
            raise FaultError("a statement is missing or has no text")
        self.text: str = carried["text"]
        self.lines: list[str] = list(carried.get("signatures") or [])
        lines = self.text.split("\n")
        form, _space, self.type = lines[0].partition(" ")
        if len(lines) != 4 or lines[3] or form != FORMAT or len(self.lines) > SIGNATURES_MAX:
            raise FaultError("a statement is not in its one writing")
        self.issuer = lines[1]
        self.body: dict[str, Any] = json.loads(lines[2], object_pairs_hook=_once)
        written = json.dumps(
            self.body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        if written != lines[2]:
            raise FaultError("a statement is not in its one writing")
        self.digest = "sha256:" + hashlib.sha256(b"\0" + self.text.encode()).hexdigest()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FaultError("a statement names a member twice")
    return found


class BelievedKeys:
    """The keys that are believed so far, by name; a name may have several."""

    def __init__(self) -> None:
        self.by_name: dict[str, list[tuple[bytes, str, str, bool]]] = {}
        self.custody: dict[bytes, str] = {}
        self.verified = 0
        self.root = ""  # that the chain of grants begins with

    def add(
        self, name: str, key: bytes, since: str = "", until: str = "~", is_taken_back: bool = False
    ) -> None:
        """Believe a key within its time."""
        self.by_name.setdefault(name, []).append((key, since, until, is_taken_back))

    def require(self, said: Said, name: str, at: str, now: str = "", borne: str = "") -> bytes:
        """
        Return the believed key of this name that signed, in its time; stop if none did.

        `now` is when the text is told of, if it outlives keys: a key that is over by then bears out
        what is `renewed`, or `named` in what the node signs now unless the key was taken back. Who
        found an old key could otherwise date something back.
        """
        is_over = False
        for raw, key, until, is_taken_back in self.held(said, name, at):
            is_named = borne == "named" and not is_taken_back
            if now >= until and borne != "renewed" and not is_named:
                is_over = True
                continue
            self.verified += 1
            if self.verified > VERIFICATIONS_MAX:
                raise FaultError("too many signatures")
            if is_signed_by(key, said.text.encode(), raw[4:]):
                return key
        if is_over:
            told = f"{said.type} of {said.issuer}: a key of {name} that is over, and no renewal"
            raise FaultError(told, "key_over")
        told = f"{said.type} of {said.issuer}: no good signature of {name}"
        raise FaultError(told, "statement_signature")

    def held(self, said: Said, name: str, at: str) -> Iterator[tuple[bytes, bytes, str, bool]]:
        """Walk the lines of a name with the believed key of each that held at a moment."""
        for line in said.lines:
            dash, signer, encoded = [*line.rstrip("\n").split(" "), "", ""][:3]
            raw = base64.b64decode(encoded)
            if dash != "\u2014" or signer != name:
                continue
            for key, since, until, is_taken_back in self.by_name.get(name, []):
                digest = hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
                if digest == raw[:4] and since <= at < until:
                    yield raw, key, until, is_taken_back

    def has_signed(self, said: Said, name: str, now: str) -> bool:
        """Return whether a key of this name that is not over signed."""
        try:
            self.require(said, name, said.body["at"], now)
        except FaultError:
            return False
        return True


def verify(answer: dict[str, Any], roots: dict[str, bytes], code: str = "") -> dict[str, Any]:
    """
    Return what was verified; `current` is the same of what the code gave way to.

    :raises FaultError: with the first thing that is not so
    """
    return verify_with(BelievedKeys(), answer, roots, code, RENAMES_MAX)


def verify_with(
    keys: BelievedKeys, answer: dict[str, Any], roots: dict[str, bytes], code: str, left: int
) -> dict[str, Any]:
    """Return what was verified of an answer, and of those that stand behind it, `left` at most."""
    said = Said(answer.get("answer"))
    row, at = said.body["row"], said.body["at"]
    code = code or row["code"]
    if said.type != "answer" or row["code"] != code:
        raise FaultError(f"the answer is about {row['code']}")
    require_view(answer, row)
    authority = find_authority(keys, answer, row, roots, code, at)
    if row["authority"] != authority:
        raise FaultError(f"{row['authority']} answers, and no grant leads to it")
    keys.require(said, f"{said.issuer}/answer", at)
    record, owner = check_record(keys, answer, row, code, authority, at)
    if answer.get("authority_answer"):
        own = Said(answer["authority_answer"])
        if own.issuer != authority or own.body["row"]["code"] != code:
            raise FaultError(f"the answer of {authority} is of another, or about another code")
        keys.require(own, f"{authority}/answer", own.body["at"])
    found: dict[str, Any] = {"at": at, "authority": authority, "code": code, "owner": owner}
    found |= {"record": record, "root": keys.root or authority, "status": row["status"]["value"]}
    if answer.get("current"):
        ends = (row.get("renamed") or {}).get("to") or []
        if left < 1 or len(ends) != 1:
            raise FaultError("the answer goes on further than codes give way", "rename_chain")
        found["current"] = verify_with(keys, answer["current"], roots, ends[0], left - 1)
    if row.get("renamed"):
        found["renamed"] = check_rename(keys, answer, row, authority, at)
    return found | {"signatures": keys.verified}


def require_view(answer: dict[str, Any], row: dict[str, Any]) -> None:
    """Stop unless what is read first is what was signed."""
    if answer.get("view", row) != row:
        raise FaultError("the view is not what the answer signs", "other_view")


def check_rename(
    keys: BelievedKeys, answer: dict[str, Any], row: dict[str, Any], authority: str, now: str
) -> dict[str, Any]:
    """
    Return what a code gave way to: its node signed that, and its owner; of a move, the node there.

    `signed` is False as long as no statement is named, which is so for a second or two;
    `countersigned` is None of what is no move, and False where the other node's keys are unknown.
    """
    told = row["renamed"]
    code = row.get("first_code") or row["code"]
    if told["statement"] is None:
        return {"signed": False, "to": told["to"]}
    said = Said(answer.get("rename"))
    if said.type != "rename" or said.issuer != authority or said.digest != told["statement"]:
        raise FaultError("the rename is not the one that the answer names", "other_rename")
    if said.body["from"] != code or said.body["to"] != told["to"]:
        raise FaultError("the rename is of another code, or to others", "other_rename")
    require_lasting(keys, answer, said, f"{authority}/register", now)
    owner = check_owner(keys, answer, said, authority, said.body.get("owner"), now)
    receiver = said.body.get("receiver")
    countersigned = require_receiver(keys, answer, said, receiver, now) if receiver else None
    found = {"countersigned": countersigned, "kind": said.body["kind"], "owner": owner}
    return found | {"receiver": receiver, "signed": True, "to": told["to"]}


def require_lasting(
    keys: BelievedKeys, answer: dict[str, Any], said: Said, name: str, now: str
) -> None:
    """Stop unless a key of a node signed a text in its time, and the node stands by it still."""
    at = said.body["at"] if "at" in said.body else said.body["not_before"]
    for carried in answer.get("renewals") or []:
        again = Said(carried)
        if again.type != "renewal" or again.body["statement"] != said.digest:
            continue
        is_of = f"{again.issuer}/{again.body.get('purpose', 'register')}" == name
        if is_of and keys.has_signed(again, name, now):
            keys.require(said, name, at, now, "renewed")
            return
    keys.require(said, name, at, now)


def require_receiver(
    keys: BelievedKeys, answer: dict[str, Any], said: Said, receiver: str, now: str
) -> bool:
    """Stop unless the node that a code moved to signed; False where its keys are not known."""
    lines = [line for line in said.lines if line.split(" ")[1:2] == [f"{receiver}/register"]]
    if not lines:
        raise FaultError(f"{receiver} did not countersign the move", "not_countersigned")
    if f"{receiver}/register" not in keys.by_name:
        return False
    require_lasting(keys, answer, said, f"{receiver}/register", now)
    return True


def check_owner(
    keys: BelievedKeys, answer: dict[str, Any], said: Said, authority: str, owner: Any, now: str
) -> dict[str, Any] | None:
    """
    Return who the owner signed as, and who keeps that key; None where no owner's line is shown.

    :raises FaultError: if a line under the owner's name is not by a key that the node bound to it
    """
    name = f"{owner}/owner"
    if not owner or not any(line.split(" ")[1:2] == [name] for line in said.lines):
        return None
    for carried in answer.get("bindings") or []:
        bound = Said(carried)
        if bound.type != "binding" or bound.body["owner"] != owner or bound.issuer != authority:
            continue
        if not owner.startswith(f"O:{authority}-") or len(bound.body["keys"]) > KEYS_MAX:
            raise FaultError(f"the keys of {owner} are bound by somebody else", "binding")
        require_lasting(keys, answer, bound, f"{authority}/register", now)
        for each in bound.body["keys"]:
            raw = base64.b64decode(each["public_key"])
            until = each["revoked_from"] or "~"
            if each["name"] == name:
                keys.add(name, raw, "", until)  # Owners may sign afterwards.
                keys.custody[raw] = each["custody"]
        signer = keys.require(said, name, said.body["at"])
        return {"custody": keys.custody.get(signer, ""), "name": owner}
    return {"custody": "", "name": owner}  # Its keys are not in the file.


def find_authority(
    keys: BelievedKeys,
    answer: dict[str, Any],
    row: dict[str, Any],
    roots: dict[str, bytes],
    code: str,
    at: str,
) -> str:
    """Return the node that answers for a code, whose keys are believed from here on."""
    keysets = {each.issuer: each for each in map(Said, answer.get("keysets") or [])}
    grants = [Said(each) for each in answer.get("grants") or []]
    if len(keysets) + len(grants) > STATEMENTS_MAX:
        raise FaultError("too many statements")
    believe(keys, keysets, roots, at)
    if any(not code.startswith(each.body["prefix"] + "-") for each in grants):
        raise FaultError("a grant does not cover the code")
    if "chain" in answer and sorted(answer["chain"]) != sorted(each.digest for each in grants):
        raise FaultError("the chain names other grants than the file holds", "other_chain")
    authority, standing = follow(keys, keysets, grants, roots, code, at, answer)
    if standing != "active" and row["status"]["value"] == "ACTIVE":
        raise FaultError(f"the code is ACTIVE, and a grant above it is {standing}")
    if grants:
        return authority
    # A code of SP2 names its node; of another, that no grant covers, one root alone may speak.
    named = code.split("-")[1] if code.startswith("SP2-") else "".join(list(roots)[:2])
    return named if named in roots else ""


def follow(
    keys: BelievedKeys,
    keysets: dict[str, Said],
    grants: list[Said],
    roots: dict[str, bytes],
    code: str,
    at: str,
    beside: dict[str, Any],
) -> tuple[str, str]:
    """
    Return the node that answers for a code, and how the worst of the grants above it stands.

    :raises FaultError: if a grant is not that of the node before it, is wider, or is not in force
    """
    believed = dict(roots)
    chain = assemble(grants, code, set(roots))
    check_rules(chain, code, set(roots), at)
    for grant in chain:
        believe(keys, keysets, believed, at)
        body = grant.body
        require_lasting(keys, beside, grant, f"{grant.issuer}/grant", at)
        if "root" in body["subject"]:
            believed.setdefault(body["subject"]["node"], base64.b64decode(body["subject"]["root"]))
    believe(keys, keysets, believed, at)
    keys.root = chain[0].issuer if chain else ""
    worst = max((STATES.index(each.body["state"]) for each in chain), default=0)
    return (chain[-1].body["host"] if chain else ""), STATES[worst]


def assemble(grants: list[Said], code: str, roots: set[str]) -> list[Said]:
    """Return the grants above a code, the shortest prefix first; a later one replaces its own."""
    newest: dict[tuple[str, str], Said] = {}
    for grant in grants:
        place = (grant.body["prefix"], grant.issuer)
        there = newest.get(place)
        if there is None or there.body["sequence"] < grant.body["sequence"]:
            newest[place] = grant
    left = [newest[place] for place in sorted(newest, key=lambda each: (len(each[0]), each))]
    chain: list[Said] = []
    for grant in left:
        fits = {chain[-1].body["subject"]["node"]} if chain else roots
        twins = [other for other in left if other.body["prefix"] == grant.body["prefix"]]
        if grant.issuer not in fits and any(other.issuer in fits for other in twins):
            continue
        if code.startswith(grant.body["prefix"] + "-"):
            chain.append(grant)
    return chain


def check_rules(chain: list[Said], code: str, roots: set[str], at: str) -> None:
    """Stop where a grant is no longer, of another issuer, wider than the one above, or not now."""
    rights, allots, before = RIGHTS, True, None
    limits: dict[str, Any] = {}
    parts = code.split("-")
    ends = BOUNDARIES.get(parts[0], range(1, len(parts)))
    boundaries = {"-".join(parts[:end]) for end in ends}
    if len(chain) > DEPTH_MAX:
        raise FaultError("the chain of grants is too deep", "too_deep")
    for grant in chain:
        body = grant.body
        told = f"the grant of {body['prefix']} by {grant.issuer}"
        check_place(grant, before, boundaries, told)
        check_issuer(grant, before, roots, told)
        listed = set(body["rights"])
        if not allots:
            raise FaultError(f"{told} is of a node that may not allot", "right_missing")
        if not listed <= rights:
            raise FaultError(f"{told} gives rights that it has not", "rights_wider")
        if not body["not_before"] <= at < body["not_after"]:
            raise FaultError(f"{told} did not hold then", "not_in_force")
        limits = narrowed(limits, body["limits"], told)
        if body["level"] == "node":
            allots = "allot" in listed
        rights, before = listed, grant
    check_root(chain, parts[1], roots)


def check_root(chain: list[Said], named: str, roots: set[str]) -> None:
    """Stop where another root speaks for the code of a node whose own root is pinned."""
    if not chain or named not in roots or chain[0].issuer == named:
        return
    passed = chain[0].body["subject"]["node"] == named
    if not passed or (len(chain) == 1 and chain[0].body["host"] != named):
        raise FaultError(f"{chain[0].issuer} speaks for {named}, which is pinned", "other_root")


def check_place(grant: Said, before: Said | None, boundaries: set[str], told: str) -> None:
    """Stop unless a grant has its form, and a prefix that is longer and ends at a boundary."""
    body = grant.body
    if grant.type != "grant" or body["state"] not in STATES or not set(body["rights"]) <= RIGHTS:
        raise FaultError(f"{told} is malformed", "malformed")
    if before and not body["prefix"].startswith(before.body["prefix"] + "-"):
        raise FaultError(f"{told} is no longer than the one above it", "prefix_not_longer")
    if body["prefix"] not in boundaries:
        raise FaultError(f"{told} ends within a part", "not_on_boundary")


def check_issuer(grant: Said, before: Said | None, roots: set[str], told: str) -> None:
    """Stop unless a grant is of the node that the one before it names, and names that one."""
    speakers = {before.body["subject"]["node"]} if before else roots
    if grant.issuer not in speakers:
        raise FaultError(f"{told} is of somebody who has no right", "foreign_issuer")
    if before and before.body["sequence"] == 1 and grant.body["parent"] != before.digest:
        raise FaultError(f"{told} names another grant above it", "other_parent")


def narrowed(above: dict[str, Any], own: dict[str, Any], told: str) -> dict[str, Any]:
    """Return the limits that hold below a grant; it may widen none."""
    wider = above.get("children") == 0
    for name in ("regions", "classes"):
        for each in own.get(name) or [] if name in above else []:
            fits = [each.startswith(a) if name == "regions" else each == a for a in above[name]]
            wider = wider or not any(fits)
    wider = wider or own.get("resources", 0) > above.get("resources", 2**53)
    if wider:
        raise FaultError(f"{told} sets limits wider than the one above it", "limits_wider")
    return {**above, **own, "children": own.get("children")}


def verify_chain(told: dict[str, Any], roots: dict[str, bytes]) -> dict[str, Any]:
    """
    Return whose a code is, by a chain of grants from pinned roots.

    :raises FaultError: with the rule that is broken; what is too much is refused unread
    """
    code, carried = told["code"], told["statements"]
    if len(carried) > CHAIN_STATEMENTS_MAX:
        raise FaultError("too many statements", "too_many_statements")
    if sum(len(each.get("signatures") or []) for each in carried) > CHAIN_LINES_MAX:
        raise FaultError("too many signatures", "too_many_signatures")
    said = [Said(each) for each in carried]
    keysets = {each.issuer: each for each in said if each.type == "keyset"}
    if any(len(each.body["keys"]) > KEYS_MAX for each in keysets.values()):
        raise FaultError("a set of keys is too large", "too_many_keys")
    grants = [each for each in said if each.type == "grant"]
    keys = BelievedKeys()
    again = [each for each, one in zip(carried, said, strict=True) if one.type == "renewal"]
    host, standing = follow(keys, keysets, grants, roots, code, told["at"], {"renewals": again})
    if not host:
        raise FaultError("no grant covers the code", "no_grant")
    if standing != "active":
        raise FaultError(f"a grant above the code is {standing}", standing)
    return {"authority": host, "code": code, "root": keys.root, "signatures": keys.verified}


def believe(keys: BelievedKeys, keysets: dict[str, Said], roots: dict[str, bytes], at: str) -> None:
    """Take the sets of keys whose roots are believed; each once."""
    for node, root in roots.items():
        name = f"{node}/root"
        if node not in keysets or name in keys.by_name:
            continue
        keys.add(name, root)
        said = keysets[node]
        if len(said.body["keys"]) > KEYS_MAX:
            raise FaultError(f"the set of keys of {node} is too large", "too_many_keys")
        keys.require(said, name, at)
        listed, past = said.body["keys"], said.body.get("past", [])
        if len(past) > PAST_MAX:
            raise FaultError(f"the set of keys of {node} is too large", "too_many_keys")
        if said.body["node"] != node:
            raise FaultError(f"the set of keys of {node} is none")
        if any(each["purpose"] not in ("grant", "register") for each in past):
            raise FaultError(f"the set of keys of {node} keeps keys that sign nothing lasting")
        for each in [*listed, *past]:
            believe_key(keys, node, each)


def believe_key(keys: BelievedKeys, node: str, told: dict[str, Any]) -> None:
    """Take one key of a node's set, within its time."""
    if told["name"] != f"{node}/{told['purpose']}" or told["purpose"] == "root":
        raise FaultError(f"the set of keys of {node} names keys of others")
    ends = (told["not_after"], told.get("revoked_from", "~"), told.get("retired_from", "~"))
    raw = base64.b64decode(told["public_key"])
    keys.add(told["name"], raw, told["not_before"], min(ends), "revoked_from" in told)


def check_record(
    keys: BelievedKeys,
    answer: dict[str, Any],
    row: dict[str, Any],
    code: str,
    authority: str,
    now: str,
) -> tuple[Any, dict[str, Any] | None]:
    """Return the digest of the record, which the authority's register signed, and its owner."""
    if row["record"] is None:
        return None, None
    record = Said(answer.get("record"))
    if record.type != "record" or record.issuer != authority or record.digest != row["record"]:
        raise FaultError("the record is not the one that the answer names")
    first = record.body["code"]
    further = code in record.body.get("aliases", ()) and row.get("first_code") == first
    if first != code and not further:
        raise FaultError(f"the record is about {first}")
    keys.require(record, f"{authority}/register", record.body["at"], now, "named")
    name = (record.body.get("owner") or {}).get("code")
    owner = check_owner(keys, answer, record, authority, name, now)
    for salt, name, value in answer.get("disclosures") or []:
        written = json.dumps([salt, name, value], separators=(",", ":"), ensure_ascii=False)
        if hashlib.sha256(written.encode()).hexdigest() not in record.body["hidden"]:
            raise FaultError(f"the disclosure of {name} is not of this record")
    return record.digest, owner


def pinned(text: str) -> tuple[str, bytes]:
    """Return a node and its root key, as `--root` names them."""
    node, _equals, encoded = text.partition("=")
    key = base64.b64decode(encoded, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError
    return node, key


def main(arguments: list[str]) -> int:
    """Verify one file; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    parser.add_argument("file")
    parser.add_argument("--root", action="append", required=True, metavar="NODE=KEY", type=pinned)
    parser.add_argument("--code", default="")
    parser.add_argument("--chain", action="store_true", help="the file holds a chain of grants")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    roots = dict(options.root)
    try:
        answer = json.loads(Path(options.file).read_text(encoding="utf-8"))
        if options.chain:
            found = {"ok": True, "status": "granted", **verify_chain(answer, roots)}
        else:
            found = {"ok": True, **verify(answer, roots, options.code)}
    except FaultError as fault:
        found = {"ok": False, "fault": str(fault), "rule": fault.rule}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        found = {"ok": False, "fault": f"the file cannot be read: {type(error).__name__}"}
    if options.json:
        sys.stdout.write(json.dumps(found) + "\n")
    elif found["ok"]:
        # An answer says how it was then; what has become of it since another one tells.
        told = f"was {found['status']} at {found['at']}" if "at" in found else "is granted"
        told += f", says {found['authority']} under the root of {found['root']}"
        sys.stdout.write(f"Verified: {found['code']} {told}.\n")
    else:
        sys.stdout.write(f"NOT verified: {found['fault']}.\n")
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
