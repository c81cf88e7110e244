"""
How far each log was cosigned, in a file outside the database.

A database that was put back from a copy has forgotten what its witness key signed; the file has
not. One writer at a time, whole or not at all.
"""

import fcntl
import json
import os
from pathlib import Path

from django.conf import settings


def read() -> dict[str, int]:
    """Return the largest size that was cosigned of each log, by origin."""
    try:
        text = _path().read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    return {str(origin): int(size) for origin, size in json.loads(text).items()}


def raise_to(origin: str, size: int) -> None:
    """Note that a log was cosigned up to a size; what is noted never falls."""
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        noted = read()
        if noted.get(origin, -1) >= size:
            return
        draft = path.with_name(f"{path.name}.new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(json.dumps(noted | {origin: size}, sort_keys=True))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def _path() -> Path:
    return Path(settings.WITNESS_HIGH_WATER_FILE)
