"""
How two sets of digests compare without sending them: hashes over ranges, three rounds; pure.

An item's bucket is the first four hexadecimal digits of its digest, its group the first two. What
is hashed is the digests of a range in their order; nothing that is added up, since either side may
be hostile.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Final

GROUP_DIGITS: Final = 2
BUCKET_DIGITS: Final = 4
WANTED_MAX: Final = 4_096
ITEMS_MAX: Final = 20_000
PREFIX: Final = "sha256:"


def root(digests: Collection[str]) -> str:
    """Return one hash over a whole set."""
    return _hash(sorted(digests))


def ranges(digests: Iterable[str], *, digits: int, within: Sequence[str] = ()) -> dict[str, str]:
    """
    Return the hash of each range that holds anything, by the digits that its digests begin with.

    `within` narrows to digests that begin with one of these, if any are given.
    """
    found: dict[str, list[str]] = defaultdict(list)
    wanted = tuple(within)
    for digest in digests:
        hexadecimal = digest.removeprefix(PREFIX)
        if not wanted or hexadecimal.startswith(wanted):
            found[hexadecimal[:digits]].append(digest)
    return {name: _hash(sorted(held)) for name, held in sorted(found.items())}


def items(digests: Iterable[str], *, within: Sequence[str]) -> list[str]:
    """Return the digests that begin with one of these, sorted."""
    wanted = tuple(within)
    return sorted(each for each in digests if each.removeprefix(PREFIX).startswith(wanted))


def differing(ours: dict[str, str], theirs: dict[str, str]) -> list[str]:
    """Return the ranges whose hashes differ, or that one side has alone."""
    return sorted(
        name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)
    )


def _hash(digests: Sequence[str]) -> str:
    return hashlib.sha256("".join(digests).encode()).hexdigest()
