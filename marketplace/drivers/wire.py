"""
The interface between market and drivers, both ways by the Standard Webhooks.

Out: `{"type": "driver.run", "timestamp": …, "data": {…}}`, signed, under the name `call_<hex>`,
which is its idempotency key: the same however often it is sent. In: `{"type": "delivery.ready",
"timestamp": …, "data": {"delivery_id": …}}`, signed with the same secret.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from common import moments
from common.canonical import plain
from common.errors import Refusal
from identity.webhooks import rules as webhooks_rules
from marketplace.drivers.contracts import (
    CALL_PREFIX,
    MESSAGE_BYTES_MAX,
    MESSAGE_ID_LENGTH_MAX,
    DriverMessageInvalid,
    DriverMessageRefused,
    DriverMessageTooLarge,
    DriverStep,
    DriverWord,
    GivenAccess,
)
from marketplace.fulfilment import handover_keys
from marketplace.fulfilment.contracts import (
    DETAIL_LENGTH_MAX,
    EXIT_CODE_MAX,
    LOG_TAIL_MAX,
    PROVIDERS_REASONS,
    DeliveryReason,
)
from marketplace.fulfilment.handover_contracts import (
    BARE_FORMAT,
    DOCUMENT_FORMAT,
    ENDPOINT_LENGTH_MAX,
    HANDOVERS_MAX,
    AccessKind,
    ScopedKey,
    SealedInvalid,
)

VERSION: Final = 1
TEST: Final = "driver.test"
MEMBERS: Final = frozenset(
    {"delivery_id", "exit_code", "reason", "detail", "access", "log_tail", "takes_back_at"}
)
ACCESS_MEMBERS: Final = frozenset({"request", "endpoint", "sealed", "format", "kind", "key"})
KEY_MEMBERS: Final = frozenset(
    {"scopes", "expires_at", "requests_a_minute", "hint", "former_until"}
)
# What may hand access over: it is said with ready, anew, or when it goes on.
HANDING: Final = frozenset({DriverWord.READY, DriverWord.RUNNING, DriverWord.ACCESS})


@dataclass(frozen=True, slots=True)
class DriverSaid:
    """A message that a driver signed."""

    message: str
    word: DriverWord
    delivery_id: UUID
    exit_code: int | None
    reason: str
    detail: str
    access: GivenAccess | None = None
    log_tail: str = ""
    takes_back_at: datetime | None = None  # of a notice; none: as soon as it lets


def name_of(call_id: UUID) -> str:
    """Return the name under which a call is sent: its idempotency key."""
    return f"{CALL_PREFIX}{call_id.hex}"


def body_of(step: DriverStep | None, data: Mapping[str, Any], *, at: datetime) -> str:
    """Return what a driver is told; without a step it is a test."""
    moment = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    content = {
        "type": f"driver.{step.value.lower()}" if step else TEST,
        "timestamp": moment,
        "version": VERSION,
        "data": plain(dict(data)),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def signed(message: str, body: str, secrets: Iterable[str], *, at: datetime) -> dict[str, str]:
    """Return the header fields of a call."""
    headers = webhooks_rules.signed_headers(message=message, body=body, secrets=secrets, at=at)
    return headers | {"Content-Type": "application/json", "Idempotency-Key": message}


def verified(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Iterable[str],
    *,
    now: datetime,
    tolerance_seconds: int,
) -> str:
    """
    Return the name of a message that one of the secrets signed just now.

    :raises DriverMessageTooLarge: if it is larger than any may be
    :raises DriverMessageRefused: if none did, or its time is not now
    """
    if len(body) > MESSAGE_BYTES_MAX:
        raise DriverMessageTooLarge(limit=MESSAGE_BYTES_MAX)
    message = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise DriverMessageRefused
    if abs(now.timestamp() - int(stamp)) > tolerance_seconds:
        raise DriverMessageRefused
    if not 0 < len(message) <= MESSAGE_ID_LENGTH_MAX or not message.isprintable():
        raise DriverMessageRefused
    content = f"{message}.{stamp}.".encode() + body
    given = [
        part.removeprefix("v1,")
        for part in headers.get("webhook-signature", "").split()
        if part.startswith("v1,")
    ]
    if not any(_is_signed(content, secret, given) for secret in secrets):
        raise DriverMessageRefused
    return message


def _is_signed(content: bytes, secret: str, given: Iterable[str]) -> bool:
    key = base64.b64decode(secret.removeprefix(webhooks_rules.SECRET_PREFIX))
    expected = hmac.new(key, content, hashlib.sha256).digest()
    return any(hmac.compare_digest(expected, _decoded(each)) for each in given)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def read(message: str, body: bytes) -> DriverSaid:
    """
    Return what a message says.

    :raises DriverMessageInvalid: if it has another shape than the interface
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DriverMessageInvalid(problem="no JSON") from error
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        raise DriverMessageInvalid(problem="no data")
    if unknown := sorted(set(data) - MEMBERS):
        raise DriverMessageInvalid(problem=f"data has {unknown[0][:40]!r}")
    if content.get("type") not in DriverWord.values:
        raise DriverMessageInvalid(problem="its type is unknown")
    word = DriverWord(content["type"])
    return DriverSaid(
        message=message,
        word=word,
        delivery_id=_delivery_of(data.get("delivery_id")),
        exit_code=_exit_code(data.get("exit_code")),
        reason=_reason(data.get("reason", "")),
        detail=_detail(data.get("detail", "")),
        access=_access(word, data.get("access")),
        log_tail=_log_tail(data.get("log_tail", "")),
        takes_back_at=_takes_back_at(word, data.get("takes_back_at")),
    )


def _access(word: DriverWord, value: object) -> GivenAccess | None:
    """Return what is handed over; a secret that was not sealed is no part of any message."""
    if value is None and word != DriverWord.ACCESS:
        return None
    if not isinstance(value, dict) or word not in HANDING or set(value) - ACCESS_MEMBERS:
        raise DriverMessageInvalid(problem="access is not what this message may have")
    request, endpoint, sealed = (value.get(name, "") for name in ("request", "endpoint", "sealed"))
    if not isinstance(request, int) or isinstance(request, bool):
        raise DriverMessageInvalid(problem="access.request is no number")
    is_text = isinstance(endpoint, str) and isinstance(sealed, str) and endpoint.isprintable()
    if not is_text or len(endpoint) > ENDPOINT_LENGTH_MAX or not 1 <= request <= HANDOVERS_MAX:
        raise DriverMessageInvalid(problem="access is out of its limits")
    held = _sealed(sealed)
    if not endpoint and not held:
        raise DriverMessageInvalid(problem="access has nothing that was sealed, and no endpoint")
    sealed_format, kind = _format(value, is_document=bool(held and not endpoint))
    return GivenAccess(request, endpoint, held, sealed_format, kind, _key(value.get("key")))


def _format(value: Mapping[str, Any], *, is_document: bool) -> tuple[int, AccessKind | None]:
    """Return in which format access was sealed, and what kind of place it leads to."""
    found, kind = value.get("format", BARE_FORMAT), value.get("kind")
    if isinstance(found, bool) or found not in (BARE_FORMAT, DOCUMENT_FORMAT):
        raise DriverMessageInvalid(problem="access.format is none that there is")
    if found == DOCUMENT_FORMAT and not is_document:
        raise DriverMessageInvalid(problem="access of format 2 has its endpoint sealed")
    if kind is not None and kind not in AccessKind.values:
        raise DriverMessageInvalid(problem="access.kind is none that there is")
    return found, AccessKind(kind) if kind else None


def _key(value: object) -> ScopedKey | None:
    """Return what is said of a key for an interface; its limits are fulfilment's to judge."""
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) - KEY_MEMBERS:
        raise DriverMessageInvalid(problem="access.key has other members than it may")
    scopes, rate = value.get("scopes", []), value.get("requests_a_minute")
    hint = value.get("hint", "")
    if not isinstance(scopes, list) or not all(isinstance(each, str) for each in scopes):
        raise DriverMessageInvalid(problem="access.key.scopes is no list of words")
    if not (rate is None or (isinstance(rate, int) and not isinstance(rate, bool))):
        raise DriverMessageInvalid(problem="access.key.requests_a_minute is no number")
    if not isinstance(hint, str):
        raise DriverMessageInvalid(problem="access.key.hint is no text")
    return ScopedKey(
        tuple(scopes),
        _moment("access.key.expires_at", value.get("expires_at")),
        rate,
        hint,
        _moment("access.key.former_until", value.get("former_until")),
    )


def _moment(member: str, value: object) -> datetime | None:
    if value is None:
        return None
    try:
        return moments.parse_moment(value if isinstance(value, str) else "")
    except Refusal as error:
        raise DriverMessageInvalid(problem=f"{member} is no moment") from error


def _takes_back_at(word: DriverWord, value: object) -> datetime | None:
    """Return when a delivery is taken back; no other message has such a moment."""
    if value is None:
        return None
    if word != DriverWord.PREEMPTING or not isinstance(value, str):
        raise DriverMessageInvalid(problem="takes_back_at is not what this message may have")
    return _moment("takes_back_at", value)


def _delivery_of(value: object) -> UUID:
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError as error:
        raise DriverMessageInvalid(problem="delivery_id is no identifier") from error


def _exit_code(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= EXIT_CODE_MAX:
        raise DriverMessageInvalid(problem=f"exit_code is none of 0 to {EXIT_CODE_MAX}")
    return value


def _reason(value: object) -> str:
    if value != "" and value not in PROVIDERS_REASONS:
        raise DriverMessageInvalid(problem="reason is none that a provider may give")
    return str(DeliveryReason(str(value))) if value else ""


def _detail(value: object) -> str:
    if not isinstance(value, str) or len(value) > DETAIL_LENGTH_MAX:
        raise DriverMessageInvalid(problem=f"detail is no text of {DETAIL_LENGTH_MAX} characters")
    return "".join(each if each.isprintable() else " " for each in value)


def _sealed(text: str) -> str:
    try:
        return handover_keys.read_sealed(text) if text else ""
    except SealedInvalid as error:
        raise DriverMessageInvalid(problem="access.sealed was not sealed") from error


def _log_tail(value: object) -> str:
    """Return the end of what a job wrote, line by line; what cannot be seen becomes a space."""
    if not isinstance(value, str) or len(value) > LOG_TAIL_MAX:
        raise DriverMessageInvalid(problem=f"log_tail is no text of {LOG_TAIL_MAX} characters")
    return "".join(each if each.isprintable() or each == "\n" else " " for each in value)
