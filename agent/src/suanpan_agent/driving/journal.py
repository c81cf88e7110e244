"""What a driver has to know after a restart: one line an entry, on the disk first."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class DrivingJournal:
    """A file of JSON lines; one that was half written when the machine stopped counts for none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._opened()

    def entries(self) -> Iterator[dict[str, Any]]:
        """Return what was written down, the earliest first."""
        with self._path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    return
                yield json.loads(line)

    def write(self, entry: Mapping[str, Any]) -> None:
        """Write an entry down; once this returns, a restart finds it."""
        os.write(self._file, json.dumps(entry).encode() + b"\n")
        os.fsync(self._file)

    def replace(self, entries: list[dict[str, Any]]) -> None:
        """Keep these entries alone: what is over is forgotten."""
        unfinished = self._path.with_suffix(".unfinished")
        text = "".join(json.dumps(entry) + "\n" for entry in entries)
        file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(self._path)
        os.close(self._file)
        self._file = self._opened()

    def _opened(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
