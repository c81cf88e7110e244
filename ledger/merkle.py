"""
The log's tree over stored tiles: append, root, inclusion and consistency proofs (RFC 9162).

A tile holds up to 256 hashes of one level; a full tile's root is one hash of the level above. So
a proof over millions of entries reads a handful of tiles.
"""

from collections.abc import Callable, Iterable
from typing import Final

from ledger.hashing import HASH_BYTES, node_hash

TILE_BITS: Final = 8
TILE_HASHES: Final = 1 << TILE_BITS
TILE_BYTES: Final = TILE_HASHES * HASH_BYTES

ReadTile = Callable[[int, int], bytes]


def fold(hashes: bytes) -> bytes:
    """Return the root above a power of two of hashes."""
    row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def append(
    size: int, leaves: Iterable[bytes], read: ReadTile
) -> dict[tuple[int, int], tuple[bytes, int]]:
    """
    Return the tiles that change when a log of some size takes leaves in.

    The keys are level and number; the values all hashes of the tile, and how many bytes it had.
    """
    changed: dict[tuple[int, int], tuple[bytes, int]] = {}
    level, count = 0, size
    new = b"".join(leaves)
    while new:
        number, had = count >> TILE_BITS, (count % TILE_HASHES) * HASH_BYTES
        hashes = (read(level, number) if had else b"") + new
        full = []
        for at in range(0, len(hashes), TILE_BYTES):
            tile = hashes[at : at + TILE_BYTES]
            changed[level, number] = (tile, had)
            if len(tile) == TILE_BYTES:
                full.append(fold(tile))
            number, had = number + 1, 0
        level, count, new = level + 1, count >> TILE_BITS, b"".join(full)
    return changed


def root(size: int, read: ReadTile) -> bytes:
    """Return the root of the first entries of a log."""
    return range_root(0, size, read)


def inclusion_proof(index: int, size: int, read: ReadTile) -> list[bytes]:
    """Return the hashes that lead from an entry to the root of the first `size` entries."""
    proof: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            proof.append(range_root(middle, end, read))
            end = middle
        else:
            proof.append(range_root(begin, middle, read))
            begin = middle
    return proof[::-1]


def consistency_proof(old_size: int, new_size: int, read: ReadTile) -> list[bytes]:
    """Return the hashes which show that the first `old_size` entries begin the larger log."""
    proof: list[bytes] = []
    begin, end = 0, new_size
    while old_size != end:
        middle = begin + _split(end - begin)
        if old_size <= middle:
            proof.append(range_root(middle, end, read))
            end = middle
        else:
            proof.append(range_root(begin, middle, read))
            begin = middle
    if begin:
        proof.append(range_root(begin, end, read))
    return proof[::-1]


def _split(count: int) -> int:
    """Return the largest power of two below a count."""
    return 1 << ((count - 1).bit_length() - 1)


def range_root(begin: int, end: int, read: ReadTile) -> bytes:
    """Return the root above entries that begin at a multiple of their rounded-up count."""
    count = end - begin
    if count & (count - 1) == 0:
        return _subtree(count.bit_length() - 1, begin, read)
    middle = begin + _split(count)
    return node_hash(range_root(begin, middle, read), range_root(middle, end, read))


def _subtree(height: int, begin: int, read: ReadTile) -> bytes:
    """Return the root of a full subtree, which lies within one tile of some level."""
    level, bits = divmod(height, TILE_BITS)
    first = begin >> (level * TILE_BITS)
    offset = first % TILE_HASHES * HASH_BYTES
    tile = read(level, first >> TILE_BITS)
    return fold(tile[offset : offset + (HASH_BYTES << bits)])
