"""Snapshots and results of clearing as plain data, and back: what a round stores and hashes."""

import hashlib
import json
from typing import Any

import msgspec

from marketplace.orders.contracts import Clearing, Snapshot


def plain_snapshot(value: Snapshot | Clearing) -> dict[str, Any]:
    """Return a value as JSON data; sets are sorted, so equal values give equal data."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value, order="deterministic"))
    return data


def thawed_snapshot(data: dict[str, Any]) -> Snapshot:
    """Return the snapshot that `plain_snapshot` wrote."""
    return msgspec.convert(data, Snapshot, strict=True, str_keys=True)


def hash_of(data: dict[str, Any]) -> str:
    """
    Return the SHA-256 of the canonical JSON of plain data.

    The bytes are those of `canonical.canonical_json`, which walks the whole of a round's listings
    once more to make plain what is plain already.
    """
    text = json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()
