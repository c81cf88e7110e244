"""Lots, drawn where nothing else tells two apart. Pure."""

import hashlib
from uuid import UUID


def draw(seed: str, subject: UUID) -> bytes:
    """Return a lot that nobody can steer without knowing the seed."""
    return hashlib.sha256(f"{seed}\n{subject}".encode()).digest()
