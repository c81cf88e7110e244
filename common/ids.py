"""Identifiers that sort by the time they were made."""

import os
import time
from datetime import datetime
from uuid import UUID


def uuid7() -> UUID:
    """
    Return a UUIDv7 (RFC 9562, section 5.7, with the fraction of section 6.2, method 3).

    It is 48 bits of Unix milliseconds, 12 bits of their fraction, then 62 random bits. Keys that
    rise with time keep B-tree inserts at one end of the index; with the fraction, what a process
    makes one after the other sorts like that too.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= (nanoseconds * 0x1000 // 1_000_000) << 64
    value |= 0b10 << 62
    value |= int.from_bytes(os.urandom(8), "big") & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=value)


def first_uuid7_of(moment: datetime) -> UUID:
    """Return the lowest UUIDv7 that can be made at a moment or later."""
    return UUID(int=(int(moment.timestamp() * 1000) & 0xFFFF_FFFF_FFFF) << 80)
