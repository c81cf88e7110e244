"""One way to write a value down, so that equal content has equal bytes and one hash."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


def plain(value: Any) -> Any:
    """
    Return the JSON form of a value: numbers with a fraction, times and ids become text.

    :raises TypeError: on anything else that JSON lacks, floats included
    """
    if value is None or isinstance(value, bool | int | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    message = f"{type(value).__name__} has no canonical form"
    raise TypeError(message)


def decimal_text(value: Decimal) -> str:
    """Return a number's plain digits without trailing zeros: 1.50 and 1.5 are the same number."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def canonical_json(value: Any) -> bytes:
    """Return the canonical bytes: keys sorted, no spaces, UTF-8."""
    return written(plain(value))


def written(value: Any) -> bytes:
    """Return the canonical bytes of what `plain` returned."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def content_hash(value: Any) -> str:
    """Return the SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def plain_hash(value: Any) -> str:
    """Return the content hash of what `plain` returned: the same, without looking it through."""
    return hashlib.sha256(written(value)).hexdigest()
