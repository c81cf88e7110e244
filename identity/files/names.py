"""Names of files, as they may stand on any disk and in any header: cleaned, or refused."""

import re
import unicodedata
from typing import Final

from django.utils.translation import gettext as _

from identity.files.contracts import NAME_BYTES_MAX, NAME_LENGTH_MAX, FileNameRefused
from identity.files.kinds import FileKind

UNNAMED: Final = "file"
_RESERVED: Final = re.compile(r'[<>:"|?*]+')
_BLANKS: Final = re.compile(r"\s+")
# What one system would take for a device, with whatever suffix.
_DEVICES: Final = re.compile(
    r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)", re.ASCII | re.IGNORECASE
)
# Control, format (also what turns the direction of writing), surrogates, unassigned, private use.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
SUFFIX_LENGTH_MAX: Final = 8
NAME_SHOWN_MAX: Final = 60  # of a name that is refused
# What a system, an office program or a shell runs, or opens as a place elsewhere.
_RUN: Final = """
    ade adp apk app appimage appref-ms appx bas bat bin chm cmd com command cpl csh deb desktop dll
    dmg docm dotm elf exe gadget hta htm html inf ins iso isp jar jnlp js jse ksh lib lnk mde mjs
    msc msi msix msp mst ocx osx out pif pl pm potm ppam ppsm pptm prg ps1 ps1xml ps2 psc1 psm1 py
    pyc pyw rb reg rpm run scf scr sct sh shb shs sldm so svg swf sys url vb vba vbe vbs vhd vxd
    wasm workflow ws wsc wsf wsh xhtml xlam xll xlsm xltm xml zsh
"""
RUN: Final = frozenset(_RUN.split())


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


def judged(name: str, kind: FileKind) -> str:
    """
    Return the name of a file that somebody else saves, as it was given; without an ending, its own.

    Forms that only look the same are one name (NFC), and what only looks unlike is seen through
    (NFKC: full-width letters and dots).

    :raises FileNameRefused: if it could do harm, or its ending is not that of its content
    """
    given = unicodedata.normalize("NFC", name)
    why = _harm(given) or _other_ending(given, kind)
    if why:
        shown = "".join(
            each if unicodedata.category(each) not in _UNSEEN else "\ufffd" for each in given
        )
        raise FileNameRefused(field="name", name=shown[:NAME_SHOWN_MAX], why=why)
    return cleaned(given, kind)


def _harm(given: str) -> str:
    """Return what harm a name could do; nothing if none."""
    seen = unicodedata.normalize("NFKC", given)
    parts = [part.strip().lower() for part in seen.split(".")]
    run = next((part for part in parts[1:] if part in RUN), "")
    found = (
        (not seen.strip(" ."), _("it is empty.")),
        (
            any(unicodedata.category(each) in _UNSEEN for each in given),
            _("it has characters that nobody sees, or that turn the direction of writing."),
        ),
        ("/" in seen or "\\" in seen, _("it has parts of a path.")),
        (_RESERVED.search(given), _('it has one of the characters < > : " | ? *.')),
        (seen != seen.strip(" ."), _("it begins or ends with a dot or a space.")),
        (_DEVICES.fullmatch(parts[0]), _("some systems take it for a device.")),
        (run, _("files that end with .%(ending)s can be run.") % {"ending": run}),
        (
            len(given.encode("utf-8", "surrogatepass")) > NAME_BYTES_MAX,
            _("it has more than %(most)s bytes.") % {"most": NAME_BYTES_MAX},
        ),
    )
    return next((why for is_so, why in found if is_so), "")


def _other_ending(given: str, kind: FileKind) -> str:
    """Return that the ending of a name is not that of its content; nothing where it has none."""
    _stem, dot, ending = given.rpartition(".")
    if not dot or f".{ending.lower()}" in kind.suffixes:
        return ""
    endings = ", ".join(kind.suffixes)
    return _("by its content it is %(label)s, and ends with %(endings)s then.") % {
        "label": kind.label,
        "endings": endings,
    }


def _split(name: str, kind: FileKind) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    if dot and f".{suffix.lower()}" in kind.suffixes:
        return stem, f".{suffix.lower()}"
    is_suffix = dot and 0 < len(suffix) <= SUFFIX_LENGTH_MAX and suffix.isascii()
    # Another type's suffix stays visible, but ends nothing: `scan.exe` becomes `scan_exe.pdf`.
    return (f"{stem}_{suffix}" if is_suffix and stem else name), kind.suffixes[0]
