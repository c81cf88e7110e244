"""A file as numbered lines of text, one after the other: each is a `Line` or a `BadLine`."""

import codecs
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from django.utils.translation import gettext as _

from common.tabular import charsets
from common.tabular.contracts import (
    ARRAY_LENGTH_MAX,
    LINE_LENGTH_MAX,
    SAMPLE_BYTES,
    BadLine,
    Line,
)

CHUNK_BYTES: Final = 65_536
BYTES_MAX: Final = 4  # of a character
SHOWN_BYTES: Final = 4
_LINE_ENDS: Final = re.compile(rb"\r\n|\r|\n")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
_WIDE: Final = frozenset(["utf-16-le", "utf-16-be"])


class Lines:
    """The lines of a file in the charset that they were found to be written in; read once."""

    def __init__(self, stream: BinaryIO, *, charset: str = "") -> None:
        """
        Look at the beginning of a file.

        :raises FileRefused: if the file cannot be read in this charset, or is no text
        """
        head = stream.read(SAMPLE_BYTES)
        settled = charsets.choose_charset(head, charset)
        self.charset = settled.charset
        self.count = 0
        rest = iter(lambda: stream.read(CHUNK_BYTES), b"")
        chunks = chain([head[settled.mark_length :]], rest)
        # A JSON array is one value, which most programs write on one line.
        is_array = head[settled.mark_length :].lstrip()[:1] == b"["
        self._length_max = ARRAY_LENGTH_MAX if is_array else LINE_LENGTH_MAX
        self._raw = split_lines(_as_utf8(chunks, self.charset), length_max=self._length_max)
        self._codec = charsets.DEFAULT if self.charset in _WIDE else self.charset

    def __iter__(self) -> Iterator[Line | BadLine]:
        """Yield the lines that were not yet read."""
        for raw in self._raw:
            self.count += 1
            yield self._line(self.count, raw)

    def _line(self, number: int, raw: bytes) -> Line | BadLine:
        if len(raw) > self._length_max * BYTES_MAX:
            return self._too_long(number)
        try:
            text = raw.decode(self._codec)
        except UnicodeDecodeError as error:
            return self._foreign(number, raw, error)
        text = text.removeprefix("\ufeff")  # where files were joined
        if len(text) > self._length_max:
            return self._too_long(number)
        control = _CONTROL.search(text)
        if control:
            code = f"U+{ord(control.group()):04X}"
            detail = _("character %(position)s is the control character %(code)s") % {
                "position": control.start() + 1,
                "code": code,
            }
            return BadLine(number, "bad_character", detail, text=text, position=control.start())
        return Line(number, text)

    def _too_long(self, number: int) -> BadLine:
        told = _("longer than %(most)s characters") % {"most": self._length_max}
        return BadLine(number, "line_too_long", told)

    def _foreign(self, number: int, raw: bytes, error: UnicodeDecodeError) -> BadLine:
        position = len(raw[: error.start].decode(self._codec, "replace"))
        bad = raw[error.start : error.start + SHOWN_BYTES].hex(" ").upper()
        detail = _("character %(position)s (bytes %(bytes)s) is not written in %(charset)s") % {
            "position": position + 1,
            "bytes": bad,
            "charset": self.charset,
        }
        looks_like = charsets.guess(raw) if self.charset == charsets.DEFAULT else ""
        if looks_like:
            detail += _("; it looks like %(charset)s (--charset %(charset)s)") % {
                "charset": looks_like
            }
        text = raw.decode(self._codec, "replace")
        return BadLine(number, "bad_charset", detail, text=text, position=position)


@contextmanager
def open_lines(path: Path, *, charset: str = "") -> Iterator[Lines]:
    """
    Open a file as lines of text.

    :raises FileRefused: if it cannot be read in this charset, or is no text
    """
    with path.open("rb") as stream:
        yield Lines(stream, charset=charset)


def split_lines(chunks: Iterable[bytes], *, length_max: int = LINE_LENGTH_MAX) -> Iterator[bytes]:
    """
    Yield lines without their ends, however the bytes come in pieces.

    Of a line that is too long no more is kept than what shows that it is.
    """
    rest = bytearray()
    bytes_max = length_max * BYTES_MAX
    is_after_return = False
    for chunk in chunks:
        if not chunk:
            continue
        piece = chunk[1:] if is_after_return and chunk[:1] == b"\n" else chunk
        is_after_return = chunk.endswith(b"\r")
        first, *others = _LINE_ENDS.split(piece)
        if len(rest) <= bytes_max:
            rest += first
        for line in others:
            yield bytes(rest)
            rest = bytearray(line)
    if rest:
        yield bytes(rest)


def _as_utf8(chunks: Iterable[bytes], charset: str) -> Iterable[bytes]:
    """Turn text whose line ends are not single bytes into text whose are."""
    return _narrowed(chunks, charset) if charset in _WIDE else chunks


def _narrowed(chunks: Iterable[bytes], charset: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(charset)("surrogatepass")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    if decoder.getstate()[0]:
        yield b"\xff"  # The file ends within a character: its last line cannot be read.
