"""Ed25519 public keys as people and programs write them."""

from typing import Final

from common import base64url

TEXT_LENGTH_MAX: Final = 200
_PEM_BEGIN: Final = "-----BEGIN PUBLIC KEY-----"
_PEM_END: Final = "-----END PUBLIC KEY-----"
_WRAPPING: Final = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of Ed25519


def read(text: str) -> bytes:
    """
    Return the 32 bytes of a key that is written in base64, or wrapped as RFC 8410 has it.

    :raises ValueError: if the text is no such key
    """
    if len(text) > TEXT_LENGTH_MAX:
        message = "too long for a key"
        raise ValueError(message)
    plain = "".join(text.replace(_PEM_BEGIN, "").replace(_PEM_END, "").split())
    key = base64url.decoded(plain)
    if len(key) == len(_WRAPPING) + 32 and key.startswith(_WRAPPING):
        key = key.removeprefix(_WRAPPING)
    if len(key) != 32:
        message = "not as long as a key"
        raise ValueError(message)
    return key
