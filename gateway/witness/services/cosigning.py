"""
Cosigning checkpoints of others' logs (C2SP tlog-witness).

Check and store are one statement, committed before the reply: of two requests at once that go on
from the same size, one is cosigned and the other is told the new size.
"""

from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from common import tenancy
from common.errors import Refusal
from gateway.witness import high_water, policy, rules
from gateway.witness.contracts import (
    CONFLICTS_MAX,
    CheckpointMalformed,
    CheckpointUnsigned,
    HistoryUnproven,
    LogUnknown,
    WitnessedOther,
    WitnessRestored,
)
from gateway.witness.event_names import WitnessEvent
from gateway.witness.models import ConflictKind, LogConflict, WitnessedLog
from gateway.witness.own_key import own_key
from identity.events import services as events

# A log that is new goes on from nothing; another one from the very size and root that were checked.
_STORE: Final = """
    INSERT INTO witness_witnessedlog AS held (origin, size, root, note, cosigned_at)
    SELECT %(origin)s, %(size)s, %(root)s, %(note)s, %(now)s
    WHERE %(old)s = 0 OR EXISTS (SELECT FROM witness_witnessedlog WHERE origin = %(origin)s)
    ON CONFLICT (origin) DO UPDATE
    SET size = excluded.size, root = excluded.root, note = excluded.note,
        cosigned_at = excluded.cosigned_at
    WHERE held.size = %(old)s AND held.root = %(old_root)s
        AND (excluded.size > held.size OR excluded.root = held.root)
    RETURNING size
"""


def add_checkpoint(*, body: bytes, now: datetime) -> str:
    """
    Cosign a checkpoint that continues what was cosigned of its log; return the signature line.

    What contradicts that is kept as evidence and recorded, though it is refused.

    :raises CheckpointMalformed: if the body is no request, or its old size is above the new one
    :raises LogUnknown: if the policy does not name the log
    :raises CheckpointUnsigned: if no trusted key of the log signed
    :raises WitnessedOther: if another size was cosigned last, or another root of this size
    :raises HistoryUnproven: if the proof does not lead from the old root to the new one
    :raises WitnessRestored: if the database forgot what was cosigned
    """
    try:
        asked = rules.read_request(body)
    except rules.MalformedNote as error:
        raise CheckpointMalformed from error
    head = asked.head
    trusted = policy.current().logs.get(head.origin)
    if trusted is None:
        raise LogUnknown
    if not any(head.is_signed_by(key) for key in trusted):
        raise CheckpointUnsigned
    if asked.old_size > head.size:
        raise CheckpointMalformed
    with tenancy.acting_as_platform():
        outcome = _cosigned(asked, now=now)
    if isinstance(outcome, Refusal):
        raise outcome  # behind the commit: what it rests on is kept
    return outcome


def _cosigned(asked: rules.AddCheckpoint, *, now: datetime) -> str | Refusal:
    """Return the signature line, or why there is none."""
    head = asked.head
    held = WitnessedLog.objects.filter(pk=head.origin).first()
    size, root = (held.size, bytes(held.root)) if held else (0, rules.EMPTY_ROOT)
    _require_memory(head.origin, size)
    if held is not None and size == head.size and root != head.root:
        _keep_conflict(ConflictKind.FORKED, held, asked, now=now)
        return WitnessedOther(size=size)
    if asked.old_size != size:
        return WitnessedOther(size=size)
    if not rules.leads_on(
        old_size=size, old_root=root, new_size=head.size, new_root=head.root, proof=asked.proof
    ):
        if held is not None:
            _keep_conflict(ConflictKind.UNPROVEN, held, asked, now=now)
        return HistoryUnproven()
    key = own_key()
    if not _stored(asked, old_root=root, now=now):
        return WitnessedOther(size=_size_of(head.origin))
    LogConflict.objects.filter(
        origin=head.origin,
        kind=ConflictKind.UNPROVEN,
        offered_size=head.size,
        offered_root=head.root,
        settled_at=None,
    ).update(settled_at=now)
    # Before the reply, and never before the commit: the file is not ahead of the table.
    transaction.on_commit(lambda: high_water.raise_to(head.origin, head.size))
    return rules.cosign(
        name=key.name, private=key.private, body=head.body, seconds=int(now.timestamp())
    )


def _require_memory(origin: str, size: int) -> None:
    """
    Cosign nothing if more was cosigned than the table knows.

    :raises WitnessRestored: if the file outside the database says so
    """
    if high_water.read().get(origin, 0) > size:
        raise WitnessRestored


def _stored(asked: rules.AddCheckpoint, *, old_root: bytes, now: datetime) -> bool:
    values: dict[str, Any] = {
        "origin": asked.head.origin,
        "size": asked.head.size,
        "root": asked.head.root,
        "note": asked.note,
        "now": now,
        "old": asked.old_size,
        "old_root": old_root,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE, values)
        return cursor.fetchone() is not None


def _size_of(origin: str) -> int:
    found = WitnessedLog.objects.filter(pk=origin).values_list("size", flat=True).first()
    return found or 0


def _keep_conflict(
    kind: ConflictKind, held: WitnessedLog, asked: rules.AddCheckpoint, *, now: datetime
) -> None:
    """Keep both checkpoints, once, and record it; of one log no more than a hundred."""
    head = asked.head
    known = LogConflict.objects.filter(origin=head.origin)
    if known.count() >= CONFLICTS_MAX:
        return
    conflict, is_new = known.get_or_create(
        origin=head.origin,
        offered_size=head.size,
        offered_root=head.root,
        defaults={
            "kind": kind,
            "held_size": held.size,
            "held_note": held.note,
            "offered_note": asked.note,
            "found_at": now,
        },
    )
    if not is_new:
        return
    is_fork = kind == ConflictKind.FORKED
    event = events.Event(
        name=WitnessEvent.LOG_FORKED if is_fork else WitnessEvent.LOG_UNPROVEN,
        object_kind="log",
        object_id=conflict.pk,
        object_label=head.origin,
        concerns=[],
        facts={"held_size": held.size, "offered_size": head.size},
    )
    events.record([event])
