"""The file of a run: inputs, rules, result, and the script that decides all of it anew."""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from common.canonical import canonical_json

VERIFIER: Final = Path(__file__).with_name("verify_run.py")
RUN, RESULT, OUTCOMES = "run.json", "result.json", "outcomes.csv"
LEVEL: Final = 3
BUFFER: Final = 2_000  # lines written at once
# Files of a run bear no time of their own: the same run makes the same bytes.
STAMP: Final = (1980, 1, 1, 0, 0, 0)


def run_path(run_id: UUID) -> Path:
    """Return where the file of a run lies, or will lie."""
    return Path(settings.POLICY_RUN_DIR) / f"{run_id}.zip"


class RunFile:
    """The archive while it is written."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def put(self, name: str, parts: Iterable[bytes]) -> None:
        """Write a whole file."""
        with self._archive.open(_entry(name), "w") as file:
            file.writelines(parts)

    @contextmanager
    def lines(self, name: str) -> Iterator["BufferedLines"]:
        """Write a file line by line."""
        with self._archive.open(_entry(name), "w", force_zip64=True) as file:
            buffered = BufferedLines(file)
            yield buffered
            buffered.flush()

    def finish(self, *, run: Mapping[str, Any], result: Mapping[str, Any], outcomes: str) -> None:
        """Write what was asked, what came of it, and the script."""
        self.put(OUTCOMES, [outcomes.encode()])
        self.put(RUN, [json.dumps(run, ensure_ascii=False, indent=1, sort_keys=True).encode()])
        self.put(RESULT, [canonical_json(result)])
        self.put(VERIFIER.name, [VERIFIER.read_bytes()])


class BufferedLines:
    """Lines that go into the archive many at a time."""

    def __init__(self, file: Any) -> None:
        self._file, self._kept = file, [b""]

    def add(self, line: bytes) -> None:
        """Keep a line."""
        self._kept.append(line)
        if len(self._kept) >= BUFFER:
            self.flush()

    def flush(self) -> None:
        """Write what is kept."""
        self._file.write(b"".join(self._kept))
        self._kept.clear()


@contextmanager
def writing(path: Path) -> Iterator[RunFile]:
    """Write the file of a run."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        yield RunFile(archive)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
