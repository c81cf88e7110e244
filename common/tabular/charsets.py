"""In which charset a file is written: by its first bytes, by what was named, by its looks."""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from common.tabular.contracts import (
    SAMPLE_BYTES,
    CharsetConflict,
    EmptyFile,
    NotText,
    UnknownCharset,
    WrongCharset,
)

DEFAULT: Final = "utf-8"
# Supersets stand in for what people call by the older name.
_SUPERSETS: Final = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}
# Without states, and with ASCII for ASCII, so that line ends and separators are what they look
# like; or UTF-16, which is turned into UTF-8 before its lines are told apart.
_KNOWN: Final = frozenset(
    ["utf-8", "ascii", "gb18030", "big5hkscs", "cp950", "shift_jis", "cp932", "euc_jp", "euc_kr"]
    + ["cp949", "utf-16", "utf-16-le", "utf-16-be", "koi8-r"]
    + [f"cp{page}" for page in range(1250, 1259)]
    + [f"iso8859-{part}" for part in range(1, 17)]
)
NAMED: Final = "utf-8, utf-16, gb18030, gbk, big5, shift_jis, euc-kr, windows-1252, …"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_SIGNATURES: Final = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"%PDF-", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x00\x00\xfe\xff", "text in UTF-32"),
)
_LINE_ENDS: Final = re.compile(rb"\r\n|\r|\n")
_WESTERN: Final = re.compile(rb"[A-Za-z][\xa1-\xff][A-Za-z ,;|\t]")
_THREE_BYTES: Final = re.compile(rb"[\xe1-\xef][\x80-\xbf]{2}")


@dataclass(frozen=True, slots=True)
class ChosenCharset:
    """The charset that a file is read in, and how many bytes at its beginning only say so."""

    charset: str
    mark_length: int = 0


def choose_charset(head: bytes, named: str = "") -> ChosenCharset:
    """
    Return the charset of a file that begins with these bytes.

    :raises FileRefused: if it is no text, or not written in the charset that is named or assumed
    """
    if not head:
        raise EmptyFile
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            raise NotText(kind=kind)
    wanted = _known(named) if named else ""
    for mark, charset in _BOMS:
        if head.startswith(mark):
            return _by_mark(charset, wanted, len(mark))
    if wanted:
        _refuse_utf8(head, wanted)
        return ChosenCharset("utf-16-le" if wanted == "utf-16" else wanted)
    _require_utf8(head)
    return ChosenCharset(DEFAULT)


def guess(line: bytes) -> str:
    """Return the charset that a line which is no UTF-8 is probably written in, or nothing."""
    if _WESTERN.search(line) and _decodes(line, "cp1252"):
        return "windows-1252"
    for charset in ("gb18030", "big5hkscs", "cp1252"):
        if _decodes(line, charset):
            return {"cp1252": "windows-1252", "big5hkscs": "big5"}.get(charset, charset)
    return ""


def _known(name: str) -> str:
    """
    Return Python's name of a charset, however it is spelt.

    :raises UnknownCharset: if it is none that can be read
    """
    try:
        found = codecs.lookup(name.strip()).name.replace("_", "-")
    except (LookupError, ValueError) as error:  # ValueError: a NUL or a lone surrogate
        raise UnknownCharset(charset=ascii(name[:40]), known=NAMED) from error
    found = {"shift-jis": "shift_jis", "euc-jp": "euc_jp", "euc-kr": "euc_kr"}.get(found, found)
    found = _SUPERSETS.get(found, found).removesuffix("-sig")
    if found not in _KNOWN:
        raise UnknownCharset(charset=ascii(name[:40]), known=NAMED)
    return "utf-8" if found == "ascii" else found


def _by_mark(charset: str, wanted: str, mark_length: int) -> ChosenCharset:
    if charset.startswith("utf-32"):
        raise NotText(kind="text in UTF-32")
    if wanted and wanted not in (charset, "utf-16" if charset.startswith("utf-16-") else charset):
        raise CharsetConflict(found=charset, charset=wanted)
    return ChosenCharset(charset, mark_length)


def _refuse_utf8(head: bytes, wanted: str) -> None:
    """Refuse a file that is plainly UTF-8: read as something else it would turn to gibberish."""
    if wanted == "utf-8" or wanted.startswith("utf-16"):
        return
    is_utf8 = all(_decodes(line, "utf-8") for line in _whole_lines(head))
    if is_utf8 and len(_THREE_BYTES.findall(head)) > 1:
        raise CharsetConflict(found="utf-8", charset=wanted)


def _require_utf8(head: bytes) -> None:
    """
    Refuse a file of which most lines, or all lines with more than ASCII, are no UTF-8.

    A few foreign bytes in a file of UTF-8 are the matter of their own lines.
    """
    if head.lstrip()[:1] == b"[":
        return  # A JSON array may be one line: what is foreign in it is the matter of its elements.
    zeros = [head[start::2].count(0) for start in (0, 1)]
    if max(zeros) * 4 > len(head) and min(zeros) * 4 < max(zeros):
        charset = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        raise WrongCharset(charset=DEFAULT, line=1, guess="UTF-16", option=charset)
    lines = [(number, line) for number, line in enumerate(_whole_lines(head), 1) if line.strip()]
    foreign = [(number, line) for number, line in lines if not _decodes(line, "utf-8")]
    told = sum(not line.isascii() for _number, line in lines) - len(foreign)
    body = max(1, len(lines) - 1)  # a header is ASCII even where the names below it are not
    if not foreign or told or len(foreign) * 2 <= body:
        return
    number, line = foreign[0]
    looks_like = guess(b"\n".join(line for _number, line in foreign)) or guess(line)
    if not looks_like:
        raise NotText(kind="data in an unknown charset")
    raise WrongCharset(charset=DEFAULT, line=number, guess=looks_like, option=looks_like)


def _whole_lines(head: bytes) -> list[bytes]:
    lines = _LINE_ENDS.split(head)
    return lines[:-1] if len(head) >= SAMPLE_BYTES and len(lines) > 1 else lines


def _decodes(line: bytes, charset: str) -> bool:
    try:
        line.decode(charset)
    except UnicodeDecodeError:
        return False
    return True
