"""Names of files, as they may stand on any disk and in any header."""

import re
import unicodedata
from typing import Final

from identity.files.contracts import NAME_LENGTH_MAX
from identity.files.kinds import FileKind

UNNAMED: Final = "file"
_RESERVED: Final = re.compile(r'[<>:"|?*]+')
_BLANKS: Final = re.compile(r"\s+")
# What one system would take for a device, with whatever suffix.
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.ASCII | re.IGNORECASE)
# Control, format (also what turns the direction of writing), surrogates, unassigned, private use.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
SUFFIX_LENGTH_MAX: Final = 8


def cleaned(name: str, kind: FileKind) -> str:
    """Return the last part of a name, without what nobody sees, ending as its content asks."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    blank = _BLANKS.sub(" ", last)
    seen = "".join(each for each in blank if unicodedata.category(each) not in _UNSEEN)
    plain = _RESERVED.sub("_", seen).strip(" .")
    stem, suffix = _split(plain, kind)
    stem = stem.strip(" .") or UNNAMED
    if _DEVICES.fullmatch(stem.partition(".")[0].strip()):
        stem = f"_{stem}"
    return stem[: NAME_LENGTH_MAX - len(suffix)].rstrip(" .") + suffix


def _split(name: str, kind: FileKind) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    if dot and f".{suffix.lower()}" in kind.suffixes:
        return stem, f".{suffix.lower()}"
    is_suffix = dot and 0 < len(suffix) <= SUFFIX_LENGTH_MAX and suffix.isascii()
    # Another type's suffix stays visible, but ends nothing: `scan.exe` becomes `scan_exe.pdf`.
    return (f"{stem}_{suffix}" if is_suffix and stem else name), kind.suffixes[0]
