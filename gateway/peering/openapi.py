"""The addresses that other nodes implement and call, as an OpenAPI document: `/api/peer/`."""

import functools
from typing import Any, Final

import msgspec

from gateway.peering.contracts import BODY_BYTES_MAX, ITEMS_MAX, PUSH_BYTES_MAX, PeerScope
from gateway.peering.pushing import (
    ConclusionReply,
    DirectoryReply,
    ItemsReply,
    MoveLineReply,
    RangesReply,
    ReceiptReply,
    RootReply,
)
from gateway.peering.rules.pushed import CountersignBody, PushBody
from gateway.peering.services.comparing import CompareBody
from gateway.rules.believing import PeerReply
from gateway.witness.contracts import REQUEST_BYTES_MAX

SHAPES: Final = (
    PushBody,
    CountersignBody,
    MoveLineReply,
    CompareBody,
    PeerReply,
    ReceiptReply,
    RootReply,
    RangesReply,
    ItemsReply,
    ConclusionReply,
    DirectoryReply,
)
NAMES: Final = "#/components/schemas/{name}"
SIGNATURE: Final = (
    "RFC 9421, profile suanpan-peer/1: one signature, label n1, over @method @authority @path"
    " @query content-digest content-type suanpan-node suanpan-epoch, in this order, the two of"
    " content with a body only; created, expires (60 s at most), nonce (16 bytes), keyid, alg, tag."
)
REFUSED: Final = {
    "400": "The body, the code or the nonce has not its form.",
    "401": "signature_missing, _invalid, _expired, _replayed, key_unknown or key_revoked.",
    "403": "peer_not_admitted, peer_suspended or right_missing.",
    "413": f"More than {ITEMS_MAX} items or {PUSH_BYTES_MAX} bytes; else {BODY_BYTES_MAX} bytes.",
    "421": "wrong_authority_host: signed or sent for another host.",
    "429": "rate_limited, with Retry-After.",
}


@functools.cache
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document; what it says of bodies is what the code reads."""
    _refs, schemas = msgspec.json.schema_components(SHAPES, ref_template=NAMES)
    schemas["Problem"] = {
        "type": "object",
        "description": "RFC 9457; `code` is stable.",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string"},
            "detail": {"type": "string"},
            "expected": {"type": "integer", "description": "with sequence_gap: what comes next"},
        },
        "required": ["status", "code"],
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Suanpan, between nodes",
            "version": "1",
            "description": "What a node asks of another, and what it answers. Requests are signed;"
            " what outlives them is a signed statement. Vectors: /api/gateway/v1/vectors.",
        },
        "paths": {
            "/api/peer/v1/resolve": {"get": _resolve()},
            "/api/peer/v1/push": {"post": _push()},
            "/api/peer/v1/difference": {"post": _difference()},
            "/api/peer/v1/countersign": {"post": _countersign()},
            "/api/gateway/v1/directory": {"get": _directory()},
            "/api/witness/v1/add-checkpoint": {"post": _checkpoint()},
        },
        "components": {"schemas": schemas, "parameters": _headers()},
    }


def _headers() -> dict[str, Any]:
    def header(name: str, told: str, pattern: str = "") -> dict[str, Any]:
        form = {"type": "string"} | ({"pattern": pattern} if pattern else {})
        return {"name": name, "in": "header", "required": True, "description": told, "schema": form}

    return {
        "SuanpanNode": header("suanpan-node", "The node that asks.", "^[NRIP][0-9A-Z]{5}$"),
        "SuanpanEpoch": header("suanpan-epoch", "The copy of it that speaks.", "^[1-9][0-9]*$"),
        "SignatureInput": header("signature-input", SIGNATURE),
        "Signature": header("signature", "n1=:BASE64:"),
        "ContentDigest": header("content-digest", "sha-256=:BASE64: over the raw body."),
    }


def _operation(
    name: str, summary: str, *, scope: PeerScope, replies: dict[str, Any], body: str = ""
) -> dict[str, Any]:
    wanted = ["SuanpanNode", "SuanpanEpoch", "SignatureInput", "Signature"]
    found: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "description": f"Scope: {scope.value}.",
        "parameters": [
            {"$ref": f"#/components/parameters/{each}"}
            for each in [*wanted, *(["ContentDigest"] if body else [])]
        ],
        "responses": replies | {code: _problem(told) for code, told in REFUSED.items()},
    }
    if body:
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": NAMES.format(name=body)}}},
        }
    return found


def _problem(told: str) -> dict[str, Any]:
    schema = {"$ref": NAMES.format(name="Problem")}
    return {"description": told, "content": {"application/problem+json": {"schema": schema}}}


def _json(told: str, *names: str) -> dict[str, Any]:
    refs = [{"$ref": NAMES.format(name=name)} for name in names]
    schema = refs[0] if len(refs) == 1 else {"anyOf": refs}
    return {"description": told, "content": {"application/json": {"schema": schema}}}


def _resolve() -> dict[str, Any]:
    found = _operation(
        "peer_resolve",
        "The answer about a code, the grant of who answers, or a signed denial",
        scope=PeerScope.RESOLVE,
        replies={
            "200": _json("An answer with its record, or a referral.", "PeerReply"),
            "404": _problem("identifier_unknown with `negative`, or no_authority."),
        },
    )
    found["parameters"] += [
        {"name": "code", "in": "query", "required": True, "schema": {"type": "string"}},
        {
            "name": "nonce",
            "in": "query",
            "schema": {"type": "string", "pattern": "^[0-9a-f]{0,32}$"},
        },
    ]
    return found


def _push() -> dict[str, Any]:
    return _operation(
        "peer_push",
        "Take statements from below, and sign a receipt",
        scope=PeerScope.PUSH,
        body="PushBody",
        replies={
            "200": _json("The receipt; the same batch again gets the same.", "ReceiptReply"),
            "409": _problem("sequence_gap with `expected`, push_conflict or epoch_superseded."),
        },
    )


def _difference() -> dict[str, Any]:
    return _operation(
        "peer_difference",
        "A round of a comparison: root, groups, buckets, items, conclude",
        scope=PeerScope.DIFFERENCE,
        body="CompareBody",
        replies={
            "200": _json(
                "By `level`.", "RootReply", "RangesReply", "ItemsReply", "ConclusionReply"
            ),
            "409": _problem("difference_behind: not all of what is to be compared has come."),
        },
    )


def _countersign() -> dict[str, Any]:
    return _operation(
        "peer_countersign",
        "Countersign that a code moves here",
        scope=PeerScope.RESOLVE,
        body="CountersignBody",
        replies={
            "200": _json(
                "The line of this node's register key; null while it waits.", "MoveLineReply"
            ),
            "409": _problem("move_unexpected: no owner here expects the code."),
        },
    )


def _directory() -> dict[str, Any]:
    return {
        "operationId": "peer_directory",
        "summary": "The directory of nodes, as the national node signed it",
        "responses": {
            "200": _json("A directory statement.", "DirectoryReply"),
            "404": _problem("directory_missing: none was signed or fetched."),
        },
    }


def _checkpoint() -> dict[str, Any]:
    return {
        "operationId": "witness_add_checkpoint",
        "summary": "Cosign a checkpoint (C2SP tlog-witness)",
        "requestBody": {
            "required": True,
            "description": f"old N, proof lines, an empty line, the checkpoint; at most"
            f" {REQUEST_BYTES_MAX} bytes",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        "responses": {
            "200": {
                "description": "The cosignature line.",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            },
            "403": {"description": "No key that is trusted for this log signed."},
            "404": {"description": "No log of this origin is watched."},
            "409": {"description": "Another size, or another root, was cosigned last."},
            "422": {"description": "The proof does not lead to this checkpoint."},
        },
    }
