"""Base64 as RFC 4648 has it: either alphabet, with or without padding, and nothing else."""

import base64
import binascii
import re
from typing import Final

_FORM: Final = re.compile(r"[A-Za-z0-9+/_-]*={0,2}", re.ASCII)


def decoded(text: str) -> bytes:
    """
    Return the bytes that a text stands for.

    :raises ValueError: if it is no base64, mixes the alphabets, or has bits that say nothing
    """
    bare = text.rstrip("=")
    is_padded = len(bare) < len(text)
    is_mixed = any(mark in text for mark in "+/") and any(mark in text for mark in "-_")
    if not _FORM.fullmatch(text) or is_mixed or (is_padded and len(text) % 4):
        message = "no base64"
        raise ValueError(message)
    try:
        result = base64.urlsafe_b64decode(
            bare.replace("+", "-").replace("/", "_") + "=" * (-len(bare) % 4)
        )
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    again = base64.urlsafe_b64encode(result).decode().rstrip("=")
    if again != bare.replace("+", "-").replace("/", "_"):
        message = "the last character has bits that say nothing"
        raise ValueError(message)
    return result
