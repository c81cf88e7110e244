"""What is told, how it is signed, and when it is tried again. Nothing here waits or writes."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from secrets import randbelow, token_bytes
from typing import Any, Final
from uuid import UUID

from common import outbound
from common.canonical import plain
from identity.webhooks.contracts import MESSAGE_PREFIX

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the scheme's mark
SECRET_BYTES: Final = 32
PREFIX_SHAPE: Final = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*){0,2}", re.ASCII)
# After each failed try of a delivery; after the last of them it is given up, three days later.
RETRY_SECONDS: Final = (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
# An endpoint that takes nothing is left alone as a whole, and then asked with one delivery.
REST_SECONDS: Final = (0, 2, 5, 15, 60, 300)
# So little that each wait is longer than the one before, whatever was drawn.
JITTER_PERCENT: Final = 9
RETRY_AFTER_SECONDS_MAX: Final = 3_600
# Answers that speak of the one message; the endpoint itself is well.
ABOUT_THE_MESSAGE: Final = frozenset({400, 409, 413, 422})
GONE: Final = 410


def new_secret() -> str:
    """Return a secret as the Standard Webhooks write it."""
    return SECRET_PREFIX + base64.b64encode(token_bytes(SECRET_BYTES)).decode()


def message_id(event_id: UUID) -> str:
    """Return the name of a message: the same however often, and to whomever, it is sent."""
    return f"{MESSAGE_PREFIX}{event_id.hex}"


def signed_headers(
    *, message: str, body: str, secrets: Iterable[str], at: datetime
) -> dict[str, str]:
    """Return the headers of the Standard Webhooks; each secret that is valid signs."""
    stamp = str(int(at.timestamp()))
    content = f"{message}.{stamp}.{body}".encode()
    signatures = " ".join(f"v1,{_signature(secret, content)}" for secret in secrets)
    return {"webhook-id": message, "webhook-timestamp": stamp, "webhook-signature": signatures}


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def body_of(
    *, name: str, at: datetime, event_id: UUID, kind: str, object_id: str, label: str, facts: Any
) -> str:
    """Return what is sent about an event."""
    data = {
        "event_id": event_id,
        "object_kind": kind,
        "object_id": object_id,
        "object_label": label,
        "facts": facts,
    }
    moment = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    content = {"type": name, "timestamp": moment, "data": plain(data)}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def wants(prefixes: Iterable[str], name: str) -> bool:
    """Return whether a name is one of the prefixes or below one; no prefix wants everything."""
    asked = list(prefixes)
    return not asked or any(name == each or name.startswith(f"{each}.") for each in asked)


def next_try(attempts: int, *, now: datetime, retry_after: str = "") -> datetime | None:
    """Return when a delivery that failed so often is tried again; None: it is given up."""
    if attempts > len(RETRY_SECONDS):
        return None
    waits = _jittered(RETRY_SECONDS[attempts - 1])
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10:
        waits = max(waits, timedelta(seconds=min(int(retry_after), RETRY_AFTER_SECONDS_MAX)))
    return now + waits


def rest(failures: int, *, now: datetime) -> datetime:
    """Return until when an endpoint that failed so often in a row is left alone."""
    return now + _jittered(REST_SECONDS[min(failures, len(REST_SECONDS)) - 1])


def _jittered(seconds: int) -> timedelta:
    """Return about so many seconds: what failed together is not tried again together."""
    spread = randbelow(2 * JITTER_PERCENT + 1) - JITTER_PERCENT
    return timedelta(milliseconds=seconds * 10 * (100 + spread))


def is_about_the_message(status: int | None) -> bool:
    """Return whether an answer refuses this message rather than says that the receiver is ill."""
    return status in ABOUT_THE_MESSAGE


def failure(reply: outbound.Reply) -> str:
    """Return the code of an answer that is no success, else nothing."""
    return "" if reply.is_success else f"status_{reply.status}"
