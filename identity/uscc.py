"""
The unified social credit code (GB 32100-2015 with its first amendment of 2016).

A registering authority, a kind of body under it, six digits of where it is registered, nine
characters of the body itself, and a check character over all.
"""

import re
from typing import Final

from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc

from common.errors import InvalidInput
from identity.contracts import OrganizationKind

# Who registers. The armed forces (A), agriculture (N) and others (Y) came with the amendment, the
# police (G) with the law on foreign organisations of 2017. Kinds below them are digits; each
# authority may add to its own, so none is left out here.
REGISTRARS: Final = "123456789AGNY"
_FORM: Final = re.compile(rf"[{REGISTRARS}][1-9][0-9]{{6}}[0-9A-HJ-NPQRTUW-Y]{{10}}", re.ASCII)

HIDDEN: Final = "•" * 8


class InvalidUscc(InvalidInput):
    """The text is no unified social credit code."""

    code = "invalid_uscc"
    sentence = _("This is not a unified social credit code: 18 characters with a check character.")


def is_uscc(text: str) -> bool:
    """Return whether the text is a code in its strict form: upper case, ASCII, nothing around."""
    return _FORM.fullmatch(text) is not None and uscc.calc_check_digit(text[:17]) == text[17]


def require_uscc(text: str) -> str:
    """
    Return the code unchanged.

    :raises InvalidUscc: if the form or the check character is wrong
    """
    if not is_uscc(text):
        raise InvalidUscc(field="uscc")
    return text


# Registering authority and kind below it. What an authority added of its own is another kind.
_KINDS: Final = {
    "11": OrganizationKind.STATE_ORGAN,
    "12": OrganizationKind.INSTITUTION,
    "13": OrganizationKind.MASS_ORGANIZATION,
    "51": OrganizationKind.ASSOCIATION,
    "52": OrganizationKind.PRIVATE_NON_ENTERPRISE,
    "53": OrganizationKind.FOUNDATION,
    "91": OrganizationKind.ENTERPRISE,
    "92": OrganizationKind.INDIVIDUAL_BUSINESS,
    "93": OrganizationKind.FARMERS_COOPERATIVE,
}


def kind_of_body(code: str) -> OrganizationKind:
    """Return what kind of body has a code: its first two characters say it."""
    return _KINDS.get(code[:2], OrganizationKind.OTHER)


def masked(text: str) -> str:
    """Return the first eight and the last two characters, for readers who need no more."""
    return f"{text[:8]}{HIDDEN}{text[-2:]}"
