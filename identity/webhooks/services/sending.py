"""Sending what is due: claim, ask outside of any transaction, write down the answer."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.conf import settings

from common import outbound, vault
from identity.webhooks import rules
from identity.webhooks.contracts import REPLY_LENGTH_MAX
from identity.webhooks.services.claiming import Claimed, claim, keep_place, leave_place, take_place
from identity.webhooks.services.endpoints import belongs_to
from identity.webhooks.services.outcomes import AttemptOutcome, record_outcome, set_delivery_aside

logger = structlog.get_logger(__name__)
Clock = Callable[[], datetime]
REPLY_BYTES_MAX: Final = 16 * 1024
# In lengths of the longest request: a claim that was held for so long, by a process that was
# stopped, is not sent, since its lease may end meanwhile.
STALE_REQUESTS: Final = 2


@dataclass(frozen=True, slots=True)
class _Sent:
    started_at: datetime
    outcome: AttemptOutcome


def run(*, clock: Clock, seconds: float) -> int:
    """
    Send what is due for so long, or until nothing is; return how many deliveries were tried.

    Must not run inside a transaction. So many runs at once have a place; others leave.
    """
    place = take_place(now=clock())
    if place is None:
        return 0
    ends_at = time.monotonic() + seconds
    tried = 0
    with ThreadPoolExecutor(settings.WEBHOOKS_TOGETHER, thread_name_prefix="webhook") as pool:
        running: dict[Future[_Sent], Claimed] = {}
        while True:
            free = settings.WEBHOOKS_TOGETHER - len(running)
            if free and time.monotonic() < ends_at and keep_place(place, now=clock()):
                for each in claim(now=clock(), limit=free):
                    begin = (clock(), time.monotonic())
                    running[pool.submit(_send, each, *begin)] = each
            if not running:
                break
            tried += _finish(running, clock)
    leave_place(place)
    return tried


def _finish(running: dict[Future[_Sent], Claimed], clock: Clock) -> int:
    """Write down what came back of those that ended first; return how many."""
    ended, _others = wait(running, timeout=1, return_when=FIRST_COMPLETED)
    for future in ended:
        claimed = running.pop(future)
        error = future.exception()
        if error is None:
            sent = future.result()
            record_outcome(claimed, sent.outcome, started_at=sent.started_at, now=clock())
        else:
            # Nothing of the receiver's: what cannot be sent at all waits for a person.
            set_delivery_aside(claimed, error, now=clock())
    return len(ended)


def _send(claimed: Claimed, started_at: datetime, began: float) -> _Sent:
    """Tell a receiver, in a thread that touches no database."""
    waited = time.monotonic() - began
    if waited > STALE_REQUESTS * settings.WEBHOOKS_REQUEST_SECONDS:
        return _Sent(started_at, AttemptOutcome(error="worker_stopped", is_nobodys=True))
    secrets = [
        vault.unlock(each, belongs_to=belongs_to(claimed.endpoint_id)).decode()
        for each in claimed.secrets
    ]
    headers = rules.signed_headers(
        message=rules.message_id(claimed.event_id),
        body=claimed.body,
        secrets=secrets,
        at=started_at,
    )
    headers["Content-Type"] = "application/json"
    request = outbound.Request("POST", claimed.url, headers, claimed.body.encode())
    try:
        reply = outbound.deliver(request, limits=_limits())
    except outbound.OutboundRefused as refusal:
        return _Sent(started_at, AttemptOutcome(error=refusal.code, duration_ms=_since(began)))
    outcome = AttemptOutcome(
        status=reply.status,
        error=rules.failure(reply),
        reply=_readable(reply.body),
        retry_after=reply.headers.get("retry-after", "").strip(),
        duration_ms=_since(began),
    )
    return _Sent(started_at, outcome)


def _limits() -> outbound.Limits:
    seconds = float(settings.WEBHOOKS_REQUEST_SECONDS)
    return outbound.Limits(
        connect_seconds=seconds / 3,
        read_seconds=seconds,
        total_seconds=seconds,
        reply_bytes_max=REPLY_BYTES_MAX,
    )


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1_000)


def _readable(body: bytes) -> str:
    """Return how an answer begins, as text that can be stored and shown."""
    text = body[: 4 * REPLY_LENGTH_MAX].decode(errors="replace")
    return "".join(each if each.isprintable() else " " for each in text)[:REPLY_LENGTH_MAX]
