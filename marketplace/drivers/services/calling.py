"""
Calling drivers: claim, ask outside of any transaction, write down the answers by sets.

A claim is a lease: whoever dies with one in hand loses it, and the call is made once more, under
the same name.
"""

import json
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import structlog
from django.db import connection
from django.db.models import F

from common import outbound, tenancy
from common.ids import uuid7
from marketplace.drivers import rules, wire
from marketplace.drivers.contracts import ERROR_LENGTH_MAX, CallTerms
from marketplace.drivers.models import DriverCall, ProviderDriver
from marketplace.drivers.services.configuring import secrets_of
from marketplace.drivers.services.outcomes import CallOutcome, MadeCall, record_calls

logger = structlog.get_logger(__name__)
Clock = Callable[[], datetime]
THREADS: Final = 16
CLAIM_MAX: Final = 64
# So long is waited, once one has answered, for others: what comes together is one transaction.
GATHER_SECONDS: Final = 0.03
REPLY_BYTES_MAX: Final = 16 * 1024
LEASE: Final = timedelta(minutes=3)  # several times the longest answer of every rule
_DUE: Final = """
    SELECT head.id
    FROM drivers_providerdriver d
    CROSS JOIN LATERAL (
        SELECT count(*) AS calls FROM drivers_drivercall c
        WHERE c.driver_id = d.id AND c.state = 'WAITING' AND c.claimed_until > %(now)s
    ) in_hand
    CROSS JOIN LATERAL (
        SELECT c.id, c.next_attempt_at FROM drivers_drivercall c
        WHERE c.driver_id = d.id AND c.state = 'WAITING' AND c.next_attempt_at <= %(now)s
          AND (c.claimed_until IS NULL OR c.claimed_until <= %(now)s)
        ORDER BY c.next_attempt_at
        LIMIT greatest(
            CASE WHEN d.failures > 0 THEN 1 ELSE (%(together)s::jsonb ->> d.rule)::int END
            - in_hand.calls, 0)
    ) head
    WHERE d.removed_at IS NULL AND d.url <> ''
      AND (d.resting_until IS NULL OR d.resting_until <= %(now)s)
    ORDER BY head.next_attempt_at
    LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class ClaimedCall:
    """A call in a worker's hands, with all that making it takes; without a step it is a test."""

    id: UUID
    driver_id: UUID
    claim: UUID | None
    url: str
    body: str
    secrets: tuple[str, ...]
    terms: CallTerms


def call_due(*, clock: Clock, seconds: float) -> int:
    """
    Call what is due for so long, or until nothing is; return how many calls were made.

    Must not run inside a transaction.
    """
    ends_at = time.monotonic() + seconds
    made = 0
    with ThreadPoolExecutor(THREADS, thread_name_prefix="driver") as pool:
        running: dict[Future[CallOutcome], ClaimedCall] = {}
        while True:
            if time.monotonic() < ends_at and len(running) < THREADS:
                for each in claim_calls(now=clock(), limit=CLAIM_MAX - len(running)):
                    running[pool.submit(_call, each, clock())] = each
            if not running:
                return made
            wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            ended, _others = wait(running, timeout=GATHER_SECONDS)
            came = [(running.pop(future), future) for future in ended]
            record_calls(
                [MadeCall(one.id, one.driver_id, one.claim, _outcome(f)) for one, f in came],
                now=clock(),
            )
            made += len(came)


def _outcome(future: Future[CallOutcome]) -> CallOutcome:
    error = future.exception()
    if error is None:
        return future.result()
    logger.error("drivers.call.failed", error=type(error).__name__)
    return CallOutcome(error="unexpected")


def claim_calls(*, now: datetime, limit: int) -> list[ClaimedCall]:
    """Take calls and tests that are due; until the lease ends they are nobody else's."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        # One at a time counts what each driver has in hand.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('drivers claim', 12))")
        together = {name: rule.together for name, rule in rules.CALLS.versions.items()}
        cursor.execute(_DUE, {"now": now, "limit": limit, "together": json.dumps(together)})
        due = [row[0] for row in cursor.fetchall()]
        token = uuid4()
        DriverCall.objects.filter(pk__in=due).update(
            claim=token, claimed_until=now + LEASE, attempts=F("attempts") + 1
        )
        found = DriverCall.objects.filter(pk__in=due).prefetch_related("driver")
        taken = list(found.only("driver", "body").order_by("id"))
        return [
            _claimed(call.driver, call.pk, call.body, token, now=now) for call in taken
        ] + _tests(now)


def _tests(now: datetime) -> list[ClaimedCall]:
    asked = ProviderDriver.objects.filter(test_due_at__lte=now, removed_at__isnull=True)
    found = list(asked.select_for_update(of=("self",), no_key=True).order_by("pk")[:THREADS])
    ProviderDriver.objects.filter(pk__in=[each.pk for each in found]).update(test_due_at=None)
    return [
        _claimed(each, uuid7(), wire.body_of(None, {}, at=now), None, now=now) for each in found
    ]


def _claimed(
    driver: ProviderDriver, call_id: UUID, body: str, token: UUID | None, *, now: datetime
) -> ClaimedCall:
    return ClaimedCall(
        call_id,
        driver.pk,
        token,
        driver.url,
        body,
        tuple(secrets_of(driver, now=now)),
        rules.CALLS.rule(driver.rule),
    )


def _call(claimed: ClaimedCall, at: datetime) -> CallOutcome:
    """Tell a driver, in a thread that touches no database."""
    headers = wire.signed(wire.name_of(claimed.id), claimed.body, claimed.secrets, at=at)
    request = outbound.Request("POST", claimed.url, headers, claimed.body.encode())
    terms = claimed.terms
    limits = outbound.Limits(
        connect_seconds=terms.connect_seconds,
        read_seconds=terms.total_seconds,
        total_seconds=terms.total_seconds,
        reply_bytes_max=REPLY_BYTES_MAX,
    )
    try:
        reply = outbound.deliver(request, limits=limits)
    except outbound.OutboundRefused as refusal:
        return CallOutcome(error=refusal.code[:ERROR_LENGTH_MAX])
    error = "" if reply.is_success else f"status_{reply.status}"
    return CallOutcome(reply.status, error, _reason_of(reply))


def _reason_of(reply: outbound.Reply) -> str:
    """Return the reason that a driver gives for declining, if it gives one."""
    if reply.status != rules.DECLINES:
        return ""
    try:
        content = json.loads(reply.body)
    except (ValueError, RecursionError):
        return ""
    reason = content.get("reason") if isinstance(content, dict) else None
    return reason if isinstance(reason, str) else ""
