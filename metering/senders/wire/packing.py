"""Bodies are unpacked within a bound: what they claim to hold is asked before it is made."""

import zlib
from typing import Final

import cramjam

from metering.senders.contracts import RequestTooLarge, UnreadableSamples

# Every way in which hostile bytes may be no snappy.
_BROKEN: Final = (cramjam.DecompressionError, ValueError, OverflowError, MemoryError)


def unsnappied(body: bytes, *, bytes_max: int) -> bytes:
    """
    Unpack a block of snappy.

    :raises RequestTooLarge: if it holds, or says that it holds, more than a request may
    :raises UnreadableSamples: if it is none
    """
    try:
        length = cramjam.snappy.decompress_raw_len(body)
    except _BROKEN as error:
        raise UnreadableSamples(reason="the body is no snappy block") from error
    if length > bytes_max:
        raise RequestTooLarge.with_limits()
    try:
        return bytes(cramjam.snappy.decompress_raw(body))
    except _BROKEN as error:
        raise UnreadableSamples(reason="the body is no snappy block") from error


def ungzipped(body: bytes, *, bytes_max: int) -> bytes:
    """
    Unpack gzip.

    :raises RequestTooLarge: if more comes of it than a request may hold
    :raises UnreadableSamples: if it is none, or cut off
    """
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(body, bytes_max + 1)
    except zlib.error as error:
        raise UnreadableSamples(reason="the body is no gzip") from error
    if len(unpacked) > bytes_max:
        raise RequestTooLarge.with_limits()
    if not unpacker.eof or unpacker.unused_data:
        raise UnreadableSamples(reason="the gzip is cut off, or something follows it")
    return unpacked
