"""The vectors that programs of others are tried on, as the repository ships them."""

import functools

from identity.identifiers.profiles import DATA


@functools.cache
def published_vectors() -> bytes:
    """Return `suanpan-gateway-vectors/1` as JSON: identifiers, texts, signatures, chains."""
    return (DATA / "gateway-vectors.json").read_bytes()
