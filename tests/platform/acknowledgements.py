"""What a market answered, kept where its own trouble cannot reach."""

import json
import os
import threading
from pathlib import Path


class Acknowledgements:
    """A file outside the market, to which each answer is flushed before anything else is done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file = path.open("ab", buffering=0)

    def write(self, kind: str, intent: str, answer: str) -> None:
        with self._lock:
            self._file.write(json.dumps([kind, intent, answer]).encode() + b"\n")
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def read(self, kind: str) -> dict[str, list[str]]:
        """Return what was answered to each intent of a kind."""
        found: dict[str, list[str]] = {}
        for line in self.path.read_text().splitlines():
            told, intent, answer = json.loads(line)
            if told == kind:
                found.setdefault(intent, []).append(answer)
        return found
