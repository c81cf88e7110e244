"""Snapshots and results of clearing as plain data, and back: what a round stores and hashes."""

from typing import Any

import msgspec

from common import canonical
from marketplace.orders.contracts import Clearing, Snapshot


def plain(value: Snapshot | Clearing) -> dict[str, Any]:
    """Return a value as JSON data; sets are sorted, so equal values give equal data."""
    data = msgspec.to_builtins(value, str_keys=True, order="deterministic")
    result: dict[str, Any] = canonical.plain(data)
    return result


def snapshot(data: dict[str, Any]) -> Snapshot:
    """Return the snapshot that `plain` wrote."""
    return msgspec.convert(data, Snapshot, strict=True, str_keys=True)


def hash_of(data: dict[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of plain data."""
    return canonical.content_hash(data)
