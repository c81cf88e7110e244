"""
Payment references: what a buyer writes on a transfer, so that it is booked by itself.

ISO 11649 (`RF` and two check digits) around the unified social credit code: a slip of the pen is
seen, and no list of references is needed.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from stdnum import iso11649

USCC_LENGTH: Final = 18
_REFERENCE: Final = re.compile(rf"RF\d\d[0-9A-Z]{{{USCC_LENGTH}}}")
_NUMBER: Final = re.compile(r"M-?(\d{6,12})")
_BLANKS: Final = re.compile(r"[\s\-–—_./:：]+")
SPACE: Final = 4


def of(uscc: str) -> str:
    """Return the reference of an organisation, in groups of four."""
    plain = _checked(uscc)
    return " ".join(plain[at : at + SPACE] for at in range(0, len(plain), SPACE))


def _checked(uscc: str) -> str:
    # ISO 7064, mod 97-10: of the text that ends with "RF00".
    digits = "".join(str(int(each, 36)) for each in f"{uscc.upper()}RF00")
    return f"RF{98 - int(digits) % 97:02d}{uscc.upper()}"


def codes_in(text: str) -> Iterator[str]:
    """Yield the codes of organisations whose whole and right references a text holds."""
    folded = _BLANKS.sub("", unicodedata.normalize("NFKC", text).upper())
    for found in _REFERENCE.finditer(folded):
        if iso11649.is_valid(found[0]):
            yield found[0][4:]


def numbers_in(text: str) -> list[str]:
    """Return the numbers of movements that a text holds."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return [f"M-{found[1]}" for found in _NUMBER.finditer(folded)]
