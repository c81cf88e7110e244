"""What buyers write on requests for fapiao, checked."""

import re
from dataclasses import replace
from typing import Final

from marketplace.statements.contracts import FapiaoWish, InvalidTaxpayer

# Of GB 32100: letters that look like digits are left out.
_TAXPAYER: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}", re.ASCII)


def checked_wish(wish: FapiaoWish) -> FapiaoWish:
    """
    Return a wish as it is kept.

    :raises InvalidTaxpayer: if the code of the taxpayer is none
    """
    code = wish.taxpayer_code.strip().upper()
    if not _TAXPAYER.fullmatch(code):
        raise InvalidTaxpayer(field="taxpayer_code")
    return replace(wish, title=wish.title.strip(), taxpayer_code=code)
