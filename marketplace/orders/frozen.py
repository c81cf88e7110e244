"""
Snapshots and results of clearing as plain data, and back: what a round stores and hashes.

The supply of a whole book is the same for many rounds: it is stored once, as a view of the book
under the hash of its text, and a round names it. What was taken of the listings is the round's own.
"""

import hashlib
import json
import zlib
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from marketplace.orders.contracts import Clearing, Offer, Snapshot
from pricing.contracts import RateCard

COMPRESSION: Final = 1  # Views are stored once; a third of a second more would buy little.


@dataclass(frozen=True, slots=True)
class SupplyView:
    """What a book offers, nothing of it taken, and what its plans say."""

    cards: tuple[RateCard, ...]
    offers: tuple[Offer, ...]


def text_of(value: Snapshot | Clearing | SupplyView) -> bytes:
    """
    Return the canonical JSON of a value: keys sorted, no spaces.

    These are the bytes that `hash_of` hashes, without making plain data of them first.
    """
    return msgspec.json.encode(value, order="sorted")


def hash_text(text: bytes) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text).hexdigest()


def hash_of(data: dict[str, Any]) -> str:
    """
    Return the SHA-256 of the canonical JSON of plain data.

    The bytes are those of `canonical.canonical_json`, which walks the whole of a round's listings
    once more to make plain what is plain already.
    """
    text = json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hash_text(text.encode())


def plain_snapshot(value: Snapshot | Clearing) -> dict[str, Any]:
    """Return a value as JSON data; sets are sorted, so equal values give equal data."""
    data: dict[str, Any] = msgspec.json.decode(text_of(value))
    return data


def thawed_snapshot(data: dict[str, Any]) -> Snapshot:
    """Return the snapshot that `plain_snapshot` wrote."""
    return msgspec.convert(data, Snapshot, strict=True, str_keys=True)


def view_of(snapshot: Snapshot) -> SupplyView:
    """Return a snapshot's supply as it would be if nothing of it were taken."""
    offers = (each if not each.taken else replace(each, taken=()) for each in snapshot.offers)
    return SupplyView(cards=snapshot.cards, offers=tuple(offers))


def apart(snapshot: Snapshot) -> dict[str, Any]:
    """Return as plain data what a snapshot says beyond its view."""
    data = plain_snapshot(replace(snapshot, cards=(), offers=()))
    taken = {str(each.listing_id): each.taken for each in snapshot.offers if each.taken}
    return data | {"taken": msgspec.to_builtins(taken)}


def together(data: dict[str, Any], view: dict[str, Any]) -> dict[str, Any]:
    """Return the whole snapshot, as plain data, of what `apart` returned and its view."""
    rest = dict(data)
    taken = rest.pop("taken")
    offers = [it | {"taken": taken.get(it["listing_id"], [])} for it in view["offers"]]
    return rest | {"cards": view["cards"], "offers": offers}


def packed(text: bytes) -> bytes:
    """Return a view's text as it is stored."""
    return zlib.compress(text, COMPRESSION)


def unpacked(body: bytes | memoryview) -> bytes:
    """Return the text of a stored view."""
    return zlib.decompress(body)
