"""Numbers are written in half-width digits: one rule for forms, filters and the API."""

import re
import unicodedata
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

HALF_WIDTH: Final = _("Write it in half-width digits: 0 1 2 3 4 5 6 7 8 9.")
_WIDE_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9,]*(\.[0-9]+)?", re.ASCII)
LENGTH_MAX: Final = 100


def are_other_digits(text: Any) -> bool:
    """
    Tell whether a text is a number, or a day, but for its digits: full-width ones, or of a script.

    Python would read some of them; that two people read the same number, nobody's program does.
    """
    said = str(text).strip()
    if said.isascii() or len(said) > LENGTH_MAX:
        return False
    if any(character.isdecimal() and not character.isascii() for character in said):
        return True
    return bool(_WIDE_NUMBER.fullmatch(unicodedata.normalize("NFKC", said)))


def told(text: Any, otherwise: Any) -> str:
    """Return what to say of a text that is no number: its digits are the matter, or another."""
    return str(HALF_WIDTH if are_other_digits(text) else otherwise)
