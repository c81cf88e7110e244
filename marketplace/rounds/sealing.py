"""The orders of a round under one root: a Merkle tree as in RFC 9162. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from common.canonical import canonical_json
from ledger.hashing import leaf_hash, node_hash

EMPTY_ROOT: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def leaf(order: Any) -> bytes:
    """Return the hash of one order as it stands in the round's document."""
    return leaf_hash(canonical_json(order))


def root(orders: Sequence[Any]) -> str:
    """Return the root above all orders; of none, the hash of nothing."""
    level = [leaf(each) for each in orders]
    return _root(level).hex() if level else EMPTY_ROOT


def proof(orders: Sequence[Any], place: int) -> list[str]:
    """Return the hashes that lead from an order to the root."""
    return [each.hex() for each in _proof([leaf(each) for each in orders], place)]


def _root(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return node_hash(_root(leaves[:middle]), _root(leaves[middle:]))


def _proof(leaves: Sequence[bytes], place: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if place < middle:
        return [*_proof(leaves[:middle], place), _root(leaves[middle:])]
    return [*_proof(leaves[middle:], place - middle), _root(leaves[:middle])]


def _split(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)
