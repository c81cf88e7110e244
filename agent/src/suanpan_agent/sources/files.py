"""Files to which another program appends readings: followed line by line, also when rotated."""

import csv
import glob
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from suanpan_agent import rows
from suanpan_agent.config import FileSource
from suanpan_agent.errors import SourceError
from suanpan_agent.sources import Known
from suanpan_agent.spool import Refused, Taken

LINES_MAX: Final = 500  # of one look; the rest comes with the next
LINE_BYTES_MAX: Final = 64 << 10
START_BYTES: Final = 256


@dataclass(slots=True)
class Place:
    """Up to where a file was read, and how it began: a file that begins otherwise is another."""

    offset: int = 0
    start: str = ""
    start_bytes: int = 0
    columns: list[str] | None = None

    def goes_on(self, file: BinaryIO, size: int) -> bool:
        """Return whether the file is the one that was read, grown."""
        file.seek(0)
        begins = hashlib.sha256(file.read(self.start_bytes)).hexdigest()
        return size >= self.offset and (not self.start or begins == self.start)

    def written(self) -> str:
        """Return the place as it is kept."""
        return json.dumps([self.offset, self.start, self.start_bytes, self.columns])


class Files:
    """One pattern of files."""

    def __init__(self, config: FileSource) -> None:
        self._config = config
        self._source = f"urn:suanpan:file:{config.name}"

    def look(self, known: Known) -> Taken:
        """Read what was appended since the last time."""
        taken, left = Taken(), LINES_MAX
        for path in self._paths():
            if left <= 0:
                taken.has_more = True
                break
            left -= self._follow(path, known, taken, left)
        return taken

    def sample(self, known: Known) -> str:
        """Say which files there are and how far they were read."""
        paths = self._paths()
        if not paths:
            message = f"{self._config.path}: there is no such file yet"
            raise SourceError(message)
        size = sum(path.stat().st_size for path in paths)
        read = sum(int(json.loads(each)[0]) for each in known.places.values())
        return f"files: {len(paths)}, bytes: {size}, read: {read}"

    def _paths(self) -> list[Path]:
        names = glob.glob(self._config.path)  # noqa: PTH207 - the pattern may be absolute
        found = map(Path, names)
        return sorted((each for each in found if each.is_file()), key=_age)

    def _follow(self, path: Path, known: Known, taken: Taken, most: int) -> int:
        try:
            with path.open("rb") as file:
                return self._read(file, known, taken, most)
        except OSError as error:
            message = f"{path}: {error}"
            raise SourceError(message) from error

    def _read(self, file: BinaryIO, known: Known, taken: Taken, most: int) -> int:
        told = os.fstat(file.fileno())
        name = f"{told.st_dev}:{told.st_ino}"
        place = Place(*json.loads(known.places[name])) if name in known.places else Place()
        if not place.goes_on(file, told.st_size):
            place = Place()
            taken.odd["begun_anew"] += 1
        count = 0
        for line in _lines(file, place):
            count += 1
            self._line(line, place, known, taken)
            if count >= most:
                taken.has_more = True
                break
        if count:
            file.seek(0)
            begin = file.read(min(START_BYTES, place.offset))
            place.start, place.start_bytes = hashlib.sha256(begin).hexdigest(), len(begin)
            taken.places[name] = place.written()
        return count

    def _line(self, line: bytes, place: Place, known: Known, taken: Taken) -> None:
        if not line.strip():
            return
        try:
            row = self._row(line.decode("utf-8-sig"), place)
            if row is not None:
                taken.readings += rows.readings(row, source=self._source, meters=known.meters)
        except (ValueError, csv.Error) as error:
            taken.refused.append(Refused("bad_row", str(error)[:500], line[:2000]))
            taken.odd["bad_row"] += 1

    def _row(self, text: str, place: Place) -> dict[str, Any] | None:
        if self._config.form == "jsonl":
            row = json.loads(text, parse_float=str, parse_int=str)
            if not isinstance(row, dict):
                message = "a line is one JSON object"
                raise ValueError(message)
            return row
        (cells,) = csv.reader([text.rstrip("\r\n")], strict=True)
        if place.columns is None:
            place.columns = [cell.strip() for cell in cells]
            return None
        if len(cells) != len(place.columns):
            message = f"{len(cells)} cells under {len(place.columns)} columns"
            raise ValueError(message)
        return dict(zip(place.columns, cells, strict=True))


def _lines(file: BinaryIO, place: Place) -> Iterator[bytes]:
    """Yield whole lines behind a place and move it; a line that is not ended yet waits."""
    file.seek(place.offset)
    while line := file.readline(LINE_BYTES_MAX):
        if not line.endswith(b"\n") and len(line) < LINE_BYTES_MAX:
            return
        place.offset = file.tell()
        yield line


def _age(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_mtime_ns, str(path)
    except OSError:
        return 0, str(path)
