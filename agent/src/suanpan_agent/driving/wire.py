"""The Standard Webhooks, both ways: calls of the market, and messages of the driver."""

import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

TOLERANCE_SECONDS: Final = 300
PREFIX: Final = "whsec_"


def signature(secret: str, name: str, stamp: str, body: bytes) -> str:
    """Return the signature of a message, with its version."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    content = f"{name}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, *, now: float) -> bool:
    """Return whether the market signed a call just now."""
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (name and stamp.isascii() and stamp.isdigit()):
        return False
    if abs(now - int(stamp)) > TOLERANCE_SECONDS:
        return False
    expected = signature(secret, name, stamp, body)
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(expected, each) for each in given)


def post(url: str, secret: str, name: str, content: Mapping[str, Any]) -> int:
    """
    Sign a message, send it, and return the status of the answer.

    :raises OSError: if there is none
    """
    body, stamp = json.dumps(content).encode(), str(int(time.time()))
    headers = {
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(secret, name, stamp, body),
        "Content-Type": "application/json",
    }
    place = urlsplit(url)
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    line = kind(place.netloc, timeout=10)
    try:
        line.request("POST", place.path, body, headers)
        answer = line.getresponse()
        answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        line.close()
    return answer.status
