"""What a node is, in public: role, prefixes, keys, peers, witnesses, pushes, conformance."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from common import ed25519, statements, tenancy
from common.errors import NotFound
from gateway import selectors as gateway_selectors
from gateway.contracts import NODE_CODE, NodeState, own_code
from gateway.peering import selectors
from gateway.standards import selectors as standards_selectors
from gateway.standards.contracts import DirectoryKind, SupportKind
from gateway.witness import selectors as witness_selectors

PREFIXES_MAX: Final = 200
FORMATS: Final = (
    "suanpan-statement/1",
    "suanpan-peer/1",
    "suanpan-heartbeat/1",
    "witness-policy/1",
    "C2SP tlog-witness",
)


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A node in short: code, kind, names, the node above, address and how it stands."""

    code: str
    kind: str
    name: str
    name_en: str
    above: str
    url: str
    state: str


def known_nodes() -> list[NodeLine]:
    """Return the nodes that this one admitted, or the directory lists, and itself, by code."""
    found = {
        each.code: NodeLine(
            each.code, each.kind, each.name, "", each.parent, each.url, str(each.state)
        )
        for each in selectors.listed()
    }
    for node in gateway_selectors.nodes():
        url = settings.PUBLIC_URL if node.state == NodeState.OWN else node.url
        found[node.code] = NodeLine(
            node.code, node.kind, node.name, node.name_en, node.parent, url, str(node.state)
        )
    return [found[code] for code in sorted(found)]


def describe(code: str, *, now: datetime) -> dict[str, Any]:
    """
    Return what everybody may know of a node, as JSON: of this one, or one that is known here.

    Keys have their fingerprints: eight digits name a key in a signature line, the whole SHA-256 is
    what two people compare.

    :raises NotFound: if no such node is known
    """
    if not NODE_CODE.fullmatch(code):
        raise NotFound
    line = next((each for each in known_nodes() if each.code == code), None)
    if line is None:
        raise NotFound
    is_own = code == own_code()
    found: dict[str, Any] = {
        "code": code,
        "kind": line.kind,
        "name": line.name,
        "name_en": line.name_en,
        "above": line.above,
        "url": line.url,
        "state": line.state,
        "is_this_node": is_own,
        "as_of": now,
        "root": _root(code),
        "keys": _keys(code),
        "prefixes": _prefixes(code),
        "conformance": _conformance(code),
    }
    with tenancy.acting_as_platform():
        if is_own:
            found |= _own(now)
        else:
            found["last_heard"] = _last_heard(code)
    return found


def _root(code: str) -> dict[str, str] | None:
    node = gateway_selectors.node(code) or selectors.listed_node(code)
    if node is None:
        return None
    return _named(f"{code}/root", bytes(node.root_key))


def _named(name: str, public_key: bytes) -> dict[str, str]:
    return {
        "name": name,
        "public_key": base64.b64encode(public_key).decode(),
        "hash": ed25519.note_key_hash(name, public_key).hex(),
        "fingerprint": ed25519.fingerprint(public_key),
    }


def _keys(code: str) -> list[dict[str, Any]]:
    listed = gateway_selectors.keyset_body(code)["keys"]
    return [
        _named(each["name"], base64.b64decode(each["public_key"]))
        | {
            "purpose": each["purpose"],
            "not_before": each["not_before"],
            "not_after": each["not_after"],
            "revoked_from": each.get("revoked_from"),
        }
        for each in listed
    ]


def _prefixes(code: str) -> list[dict[str, str]]:
    found = []
    for said in gateway_selectors.grants_to(code)[:PREFIXES_MAX]:
        body: Mapping[str, Any] = statements.parse(said.text).body
        found.append(
            {
                "prefix": said.subject,
                "issuer": said.issuer,
                "state": str(body.get("state", "")),
                "not_after": str(body.get("not_after", "")),
                "statement": said.digest,
            }
        )
    return found


def _conformance(code: str) -> dict[str, Any] | None:
    run = selectors.conformance_runs(code).first()
    if run is None:
        return None
    return {"passed": run.passed, "failed": run.failed, "run_at": run.run_at, "run_by": own_code()}


def _own(now: datetime) -> dict[str, Any]:
    head = witness_selectors.witnessed_head(now=now)
    directory = gateway_selectors.newest_directory()
    links = selectors.links()
    return {
        "epoch": getattr(gateway_selectors.node(own_code()), "epoch", 1),
        "codes": gateway_selectors.entry_count(),
        "directory": directory.sequence if directory else None,
        "formats": list(FORMATS),
        "standards": [
            {"code": each.code, "version": each.version, "support": each.support}
            for each in standards_selectors.directory(kind=DirectoryKind.STANDARD)
            if each.support != SupportKind.NONE
        ],
        "peers": [
            {
                "code": each.node,
                "state": each.state,
                "heard_at": links[each.node].heard_at if each.node in links else None,
            }
            for each in selectors.peers()
        ],
        "pushed": [
            {
                "to": row["peer"],
                "dataset": row["dataset"],
                "taken": row["told"],
                "waits": row["waits"],
                "last_receipt_at": row["last"],
            }
            for row in selectors.push_counts()
        ],
        "checkpoint": None
        if head is None
        else {
            "size": head.size,
            "note": head.note,
            "witnesses": list(head.witnesses),
            "signed_at": head.signed_at,
            "meets_policy": head.is_met,
        },
        "cosigns": [
            {"origin": each.origin, "size": each.size}
            for each in witness_selectors.witnessed_logs()
        ],
    }


def _last_heard(code: str) -> datetime | None:
    link = selectors.links().get(code)
    return link.heard_at if link else None
