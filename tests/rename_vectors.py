"""
Whole chains of codes that gave way, over nodes and over changes of keys, as files of an answer.

`gateway_vectors` publishes them: `verify_answer.py` reads each as it reads a passport.
"""

import base64
import copy
from typing import Any, Final

from common import statements
from tests.gateway_vectors import PINNED, grant, key_of, public_of

# Renamed under the first key, which is over at TURNED; then under the second; then moved away,
# countersigned under a key of the other node that is over at TURNED_THERE.
SINCE, FIRST, TURNED, SECOND, MOVED, TURNED_THERE, AT, UNTIL = (
    f"{day}T00:00:00.000Z"
    for day in (
        "2026-01-01",
        "2026-02-01",
        "2026-03-01",
        "2026-04-01",
        "2026-05-01",
        "2026-06-01",
        "2026-12-01",
        "2028-01-01",
    )
)
OLD, NEW = "R31000/register", "R31000/register 2"
GRANT, NEW_GRANT = f"{PINNED}/grant", f"{PINNED}/grant 2"
OLD_THERE, NEW_THERE = "P00001/register", "P00001/register 2"
A, B, C = (f"SP2-R31000-0A7K-0003-A-B-0000000{number}-0" for number in (1, 2, 3))
D = "SP2-P00001-0001-0001-A-B-00000001-Q"
Carried = dict[str, Any]


def line(seed: str, text: str) -> str:
    """Return the line of a key, whose name is that of its seed up to a space."""
    return statements.sign(text, seed.partition(" ")[0], key_of(seed)).rstrip("\n")


def said(node: str, kind: str, body: dict[str, Any], *seeds: str) -> Carried:
    text = statements.text(kind, node, body)
    return {"text": text, "signatures": [line(seed, text) for seed in seeds]}


def listed(seed: str, **over: str) -> dict[str, str]:
    name = seed.partition(" ")[0]
    return {
        "name": name,
        "not_after": UNTIL,
        "not_before": SINCE,
        "public_key": public_of(seed),
        "purpose": name.partition("/")[2],
    } | over


def keyset(node: str, keys: list[dict[str, str]], past: list[dict[str, str]]) -> Carried:
    body = {"epoch": 1, "keys": keys, "node": node, "sequence": 2}
    return said(node, "keyset", body | ({"past": past} if past else {}), f"{node}/root")


def sets(*, taken_back: bool = False, granted_anew: bool = False) -> dict[str, Carried]:
    """Return the sets of the three nodes; two of them have keys that are over, or all."""
    own, past = [listed(GRANT)], []
    if granted_anew:
        own, past = [listed(NEW_GRANT, not_before=TURNED)], [listed(GRANT, retired_from=TURNED)]
    over = {"retired_from": TURNED}
    if taken_back:
        over = {"revoked_from": TURNED, "reason": "lost"}
    return {
        PINNED: keyset(PINNED, own, past),
        "R31000": keyset(
            "R31000",
            [listed("R31000/grant"), listed("R31000/answer"), listed(NEW, not_before=TURNED)],
            [listed(OLD, **over)],
        ),
        "P00001": keyset(
            "P00001",
            [listed("P00001/answer"), listed(NEW_THERE, not_before=TURNED_THERE)],
            [listed(OLD_THERE, retired_from=TURNED_THERE)],
        ),
    }


def rename(start: str, end: str, at: str, *seeds: str, receiver: str | None = None) -> Carried:
    body = {
        "at": at,
        "from": start,
        "kind": "move" if receiver else "rename",
        "owner": None,
        "reason": "another layout",
        "receiver": receiver,
        "record": None,
        "renamed_at": at,
        "sequence": 1,
        "to": [end],
    }
    return said("R31000", "rename", body, *seeds)


def renewal(of: Carried, *seeds: str) -> Carried:
    node, _slash, purpose = seeds[0].partition(" ")[0].partition("/")
    digest = statements.digest(of["text"])
    body = {"at": AT, "purpose": purpose, "sequence": 1, "statement": digest}
    return said(node, "renewal", body, *seeds)


def record(node: str, code: str, at: str, seed: str) -> Carried:
    body = {
        "aliases": [],
        "at": at,
        "code": code,
        "form": "BARE_METAL",
        "hidden": [],
        "region": "310115",
        "resource_class": "AI",
        "sequence": 1,
        "specification": {"cards": 8, "chip": "H100"},
    }
    return said(node, "record", body, seed)


def answer(
    node: str,
    code: str,
    kept: Carried,
    keys: dict[str, Carried],
    *,
    gave_way: Carried | None = None,
    renewals: tuple[Carried, ...] = (),
    current: Carried | None = None,
    grants_renewed_by: str = "",
) -> Carried:
    """Return an answer as `resolve?…&proof=1` gives it."""
    row: dict[str, Any] = {
        "authority": node,
        "code": code,
        "record": statements.digest(kept["text"]),
        "state": {"total": {"milli": 8000}},
        "status": {
            "sequence": 1,
            "since": SINCE,
            "value": "RENAMED" if gave_way else "ACTIVE",
        },
    }
    found: Carried = {
        "grants": [grant(f"SP2-{node}", PINNED, node)],
        "keysets": [keys[PINNED], keys[node]],
        "record": kept,
    }
    again = [renewal(each, grants_renewed_by) for each in found["grants"] if grants_renewed_by]
    found["renewals"] = [*again, *renewals]
    if gave_way:
        told = statements.parse(gave_way["text"])
        row["renamed"] = {"statement": told.digest, "to": list(told.body["to"])}
        found["rename"] = gave_way
    if current:
        found["current"] = current
    body = {"asked": {"nonce": "00ff"}, "at": AT, "row": row}
    return found | {"answer": said(node, "answer", body, f"{node}/answer")}


def chain(
    *,
    keys: dict[str, Carried] | None = None,
    first: Carried | None = None,
    first_renewals: tuple[Carried, ...] | None = None,
    move: Carried | None = None,
    move_renewals: tuple[Carried, ...] | None = None,
    grants: str = "",
) -> Carried:
    """Return the file about A, which became B, then C, then D at another node."""
    keys = keys or sets()
    first = first or rename(A, B, FIRST, OLD)
    move = move or rename(C, D, MOVED, NEW, OLD_THERE, receiver="P00001")
    if first_renewals is None:
        first_renewals = (renewal(first, NEW),)
    if move_renewals is None:
        move_renewals = (renewal(move, NEW_THERE),)
    last = answer(
        "P00001", D, record("P00001", D, MOVED, OLD_THERE), keys, grants_renewed_by=grants
    )
    third = answer(
        "R31000",
        C,
        record("R31000", C, SECOND, NEW),
        keys,
        gave_way=move,
        renewals=move_renewals,
        current=last,
        grants_renewed_by=grants,
    )
    second = answer(
        "R31000",
        B,
        record("R31000", B, FIRST, OLD),
        keys,
        gave_way=rename(B, C, SECOND, NEW),
        current=third,
        grants_renewed_by=grants,
    )
    return answer(
        "R31000",
        A,
        record("R31000", A, SINCE, OLD),
        keys,
        gave_way=first,
        renewals=first_renewals,
        current=second,
        grants_renewed_by=grants,
    )


def _cases() -> list[tuple[str, Carried, str]]:
    first = rename(A, B, FIRST, OLD)
    elsewhere = rename(A, C, FIRST, OLD)
    move = rename(C, D, MOVED, NEW, OLD_THERE, receiver="P00001")
    alone = rename(C, D, MOVED, NEW, receiver="P00001")
    early = rename(C, D, MOVED, NEW, NEW_THERE, receiver="P00001")
    other = copy.deepcopy(chain())
    other["current"] |= {"rename": first, "renewals": other["renewals"]}
    no_record = chain(keys=sets(taken_back=True))
    return [
        ("renamed twice, moved, both nodes' keys changed", chain(), ""),
        ("dated back under a key that is over", chain(first_renewals=()), "key_over"),
        (
            "dated back, beside the renewal of another text",
            chain(first_renewals=(renewal(elsewhere, NEW),)),
            "key_over",
        ),
        (
            "renewed by the key that is over",
            chain(first_renewals=(renewal(first, OLD),)),
            "key_over",
        ),
        (
            "renewed by another node",
            chain(first_renewals=(renewal(first, NEW_THERE),)),
            "key_over",
        ),
        ("a record under a key that was taken back", no_record, "key_over"),
        ("signed before the key began", chain(first=rename(A, B, SINCE, NEW)), SIGNATURE),
        ("signed after the key was over", chain(first=rename(A, B, SECOND, OLD)), SIGNATURE),
        ("the receiver did not sign", chain(move=alone), "not_countersigned"),
        ("the receiver signed before its key began", chain(move=early), SIGNATURE),
        ("the receiver does not stand by it", chain(move=move, move_renewals=()), "key_over"),
        (
            "the first node stands by what the other signed",
            chain(move=move, move_renewals=(renewal(move, NEW),)),
            "key_over",
        ),
        ("another code's rename", other, "other_rename"),
        (
            "the grants are renewed, too",
            chain(keys=sets(granted_anew=True), grants=NEW_GRANT),
            "",
        ),
        ("the grants are not renewed", chain(keys=sets(granted_anew=True)), "key_over"),
        (
            "the grants are renewed by the key that is over",
            chain(keys=sets(granted_anew=True), grants=GRANT),
            "key_over",
        ),
    ]


SIGNATURE: Final = "statement_signature"


def of_renames() -> list[dict[str, Any]]:
    """Return the chains, each with what is right."""
    pinned = {PINNED: base64.b64encode(key_of(f"{PINNED}/root").public_key().public_bytes_raw())}
    return [
        {
            "name": name,
            "answer": file,
            "pinned": {node: key.decode() for node, key in pinned.items()},
            "code": A,
            "valid": not error,
            **({"error": error} if error else {}),
        }
        for name, file, error in _cases()
    ]
