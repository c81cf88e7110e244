"""
When which resource is challenged on a day: it follows from a seed, and from nothing else. Pure.

The hash of the seed is public before the day's first challenge, the seed when the day is over, so
that everybody can compute again that nobody was spared and nobody was picked on.
"""

import hashlib
import hmac
from datetime import date, timedelta
from typing import Final
from uuid import UUID

SCALE: Final = 1 << 64
DAY_SECONDS: Final = 86_400


def commitment(seed: bytes) -> str:
    """Return what is published of a seed before it is used."""
    return hashlib.sha256(seed).hexdigest()


def offset(
    seed: bytes, resource_id: UUID, day: date, *, mean_days: int, answer_seconds: int
) -> timedelta | None:
    """Return how long after the day's start a resource is challenged; None: not on that day."""
    digest = _digest(seed, resource_id, day, b"moment")
    if int.from_bytes(digest[:8], "big") * mean_days >= SCALE:
        return None
    room = DAY_SECONDS - answer_seconds
    return timedelta(seconds=int.from_bytes(digest[8:16], "big") % room)


def nonce(seed: bytes, resource_id: UUID, day: date) -> str:
    """Return what an answer must hold, so that it was not made before."""
    return _digest(seed, resource_id, day, b"nonce").hex()


def _digest(seed: bytes, resource_id: UUID, day: date, what: bytes) -> bytes:
    text = b"|".join((what, day.isoformat().encode(), str(resource_id).encode()))
    return hmac.new(seed, text, hashlib.sha256).digest()
