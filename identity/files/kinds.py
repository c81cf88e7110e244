"""
What a file is, by its content; what it is called proves nothing.

Kept are documents, pictures and tables. Nothing that a browser or an office program would run:
no markup, no programs, no macros.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Final

import puremagic

from identity.files.contracts import FileTypeRefused

_OOXML: Final = "application/vnd.openxmlformats-officedocument"
_HEAD_BYTES: Final = 65_536
_PARTS_MAX: Final = 2_000  # of an office document
_TEXT: Final = frozenset({"\t", "\n", "\r", "\f"})


@dataclass(frozen=True, slots=True)
class FileKind:
    """A type that is kept, and what names of such files end with."""

    media_type: str
    label: str
    suffixes: tuple[str, ...]


PDF: Final = FileKind("application/pdf", "PDF", (".pdf",))
PNG: Final = FileKind("image/png", "PNG", (".png",))
JPEG: Final = FileKind("image/jpeg", "JPEG", (".jpg", ".jpeg"))
WEBP: Final = FileKind("image/webp", "WebP", (".webp",))
XLSX: Final = FileKind(f"{_OOXML}.spreadsheetml.sheet", "XLSX", (".xlsx",))
DOCX: Final = FileKind(f"{_OOXML}.wordprocessingml.document", "DOCX", (".docx",))
JSON: Final = FileKind("application/json", "JSON", (".json",))
CSV: Final = FileKind("text/csv", "CSV", (".csv",))
PLAIN: Final = FileKind("text/plain", "TXT", (".txt", ".log", ".md"))
KINDS: Final = (PDF, PNG, JPEG, WEBP, XLSX, DOCX, CSV, JSON, PLAIN)
_BY_MAGIC: Final = {kind.media_type: kind for kind in (PDF, PNG, JPEG, WEBP)}
# The part that makes an archive such a document.
_BY_PART: Final = {"xl/workbook.xml": XLSX, "word/document.xml": DOCX}


def kind_of(content: bytes, *, name: str) -> FileKind:
    """
    Return what a file is; among texts its name says which.

    :raises FileTypeRefused: if it is nothing that is kept
    """
    if content.startswith(b"PK\x03\x04"):
        found = _document(content)
    else:
        found = _by_magic(content[:_HEAD_BYTES]) or _text(content, name)
    if found is None:
        raise FileTypeRefused(field="name", types=", ".join(kind.label for kind in KINDS))
    return found


def _by_magic(head: bytes) -> FileKind | None:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    # The likeliest alone: a file that is two things at once is judged by the first.
    return _BY_MAGIC.get(found[0].mime_type) if found else None


def _document(content: bytes) -> FileKind | None:
    """Return which office document an archive is; one with macros is none that is kept."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeError, OSError):
        return None
    is_plain = len(names) <= _PARTS_MAX and not any("vbaproject" in each.lower() for each in names)
    if not is_plain or "[Content_Types].xml" not in names:
        return None
    return next((kind for part, kind in _BY_PART.items() if part in names), None)


def _text(content: bytes, name: str) -> FileKind | None:
    """Return which kind of text a file is; markup is none that is kept."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            return None
    if any(not each.isprintable() and each not in _TEXT and ord(each) < 160 for each in text):
        return None
    if text.lstrip().startswith(("<", "#!", "%!")):
        return None
    suffix = name[name.rfind(".") :].lower()
    if suffix in JSON.suffixes:
        return JSON if _is_json(text) else PLAIN
    return CSV if suffix in CSV.suffixes else PLAIN


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
