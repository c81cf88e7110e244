"""The unified social credit code (GB 32100-2015)."""

import re
from typing import Final

from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from common.errors import InvalidInput

_FORM: Final = re.compile(r"[0-9A-HJ-NPQRTUW-Y]{18}", re.ASCII)

HIDDEN: Final = "•" * 8


class InvalidUscc(InvalidInput):
    """The text is no unified social credit code."""

    code = "invalid_uscc"
    sentence = _("This is not a unified social credit code: 18 characters with a check character.")


def is_uscc(text: str) -> bool:
    """Return whether the text is a code in its strict form: upper case, ASCII, nothing around."""
    if not _FORM.fullmatch(text):
        return False
    try:
        uscc.validate(text)
    except ValidationError:
        return False
    return True


def require_uscc(text: str) -> str:
    """
    Return the code unchanged.

    :raises InvalidUscc: if the form or the check character is wrong
    """
    if not is_uscc(text):
        raise InvalidUscc(field="uscc")
    return text


def masked(text: str) -> str:
    """Return the first eight and the last two characters, for readers who need no more."""
    return f"{text[:8]}{HIDDEN}{text[-2:]}"
