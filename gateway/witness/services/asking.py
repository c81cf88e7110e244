"""
Having one's own ledger cosigned: each witness is asked about the newest checkpoint.

Nothing is asked inside a transaction, and sealing waits for nobody: a witness that is away is late,
said to be late, and asked again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.db import connection

from common import outbound, tenancy
from gateway.witness import policy, rules
from gateway.witness.contracts import ASK_SECONDS, LATE_SECONDS, MISSING_SECONDS
from gateway.witness.event_names import WitnessEvent
from gateway.witness.models import Cosignature, WitnessStanding
from identity.events import services as events
from identity.events.contracts import OBJECT_ID_LENGTH_MAX
from ledger import proofs
from ledger import selectors as ledger_selectors

logger = structlog.get_logger(__name__)
LIMITS: Final = outbound.Limits(
    connect_seconds=2.0, read_seconds=3.0, total_seconds=5.0, reply_bytes_max=64 * 1024
)
SIZE_TYPE: Final = "text/x.tlog.size"
TRIES_MAX: Final = 2  # the second one goes on from the size that the witness named
NOT_CONTINUED: Final = "not_continued"  # the witness holds another history, or has no proof
LOG_BEHIND: Final = "log_behind"  # the witness has cosigned more than this ledger has
_CLAIM: Final = """
    INSERT INTO witness_witnessstanding AS s (witness, size, asked_at, refusal, told)
    VALUES (%(witness)s, 0, %(now)s, '', 0)
    ON CONFLICT (witness) DO UPDATE SET asked_at = excluded.asked_at
    WHERE s.asked_at <= %(now)s - make_interval(secs => %(pause)s)
    RETURNING size
"""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a witness said: a line and when it signed, or a refusal; and the size it knows."""

    line: str = ""
    seconds: int = 0
    refusal: str = ""
    size: int = 0


def ask_witnesses(*, now: datetime) -> int:
    """Ask each witness that misses the newest checkpoint, at most one time in five seconds."""
    with tenancy.acting_as_platform():
        head = ledger_selectors.head()
    if head is None:
        return 0
    asked = 0
    for witness in policy.current().witnesses:
        if _has_cosigned(witness.key, head.size, head.note):
            continue
        old_size = _claimed(witness, now=now)
        if old_size is not None:
            asked += 1
            answer = _ask(witness, head.note, size=head.size, old_size=old_size, now=now)
            _keep(witness.key.name, answer, size=head.size, now=now)
    return asked


def _has_cosigned(key: rules.NoteKey, size: int, note: str) -> bool:
    """Return whether a line of the witness is kept that holds for this very checkpoint."""
    with tenancy.acting_as_platform():
        kept = Cosignature.objects.filter(size=size, witness=key.name).first()
    found = kept and rules.line_of(kept.line, key=key, body=rules.read_note(note).body)
    return found is not None


def _claimed(witness: policy.WitnessToAsk, *, now: datetime) -> int | None:
    """Return the size that a witness cosigned last if it is this process's turn to ask it."""
    values: dict[str, Any] = {"witness": witness.key.name, "now": now, "pause": ASK_SECONDS}
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _ask(
    witness: policy.WitnessToAsk, note: str, *, size: int, old_size: int, now: datetime
) -> _Answer:
    """Ask once, and a second time from the size that the witness says it has cosigned."""
    answer = _Answer()
    for _try in range(TRIES_MAX):
        if old_size > size:
            return _Answer(refusal=LOG_BEHIND, size=old_size)
        body = rules.write_request(old_size=old_size, proof=_proof(old_size, size), note=note)
        answer = _asked_once(witness, body, note, now=now)
        if not answer.size or answer.size == old_size:
            return answer
        old_size = answer.size
    return answer


def _proof(old_size: int, size: int) -> list[bytes]:
    if old_size in (0, size):
        return []
    with tenancy.acting_as_platform():
        return proofs.consistency(old_size=old_size, new_size=size)[1]


def _asked_once(witness: policy.WitnessToAsk, body: bytes, note: str, *, now: datetime) -> _Answer:
    request = outbound.Request("POST", f"{witness.url}/add-checkpoint", body=body)
    try:
        reply = outbound.ask(request, limits=LIMITS)
    except outbound.OutboundRefused as refused:
        return _Answer(refusal=refused.code)
    text = reply.body.decode("utf-8", errors="replace")
    if reply.status == HTTPStatus.OK:
        return _line(text, witness.key, note, now=now)
    if reply.status == HTTPStatus.CONFLICT:
        return _told_size(reply.headers.get("content-type", ""), text)
    is_unproven = reply.status == HTTPStatus.UNPROCESSABLE_ENTITY
    return _Answer(refusal=NOT_CONTINUED if is_unproven else f"status_{reply.status}")


def _line(text: str, key: rules.NoteKey, note: str, *, now: datetime) -> _Answer:
    """Return the witness's own line if it is one for this checkpoint and of about now."""
    found = rules.line_of(text, key=key, body=rules.read_note(note).body)
    if found is None:
        return _Answer(refusal="cosignature_invalid")
    line, seconds = found
    if abs(seconds - int(now.timestamp())) > rules.SKEW_SECONDS_MAX:
        return _Answer(refusal="clock_differs")
    return _Answer(line=line, seconds=seconds)


def _told_size(media_type: str, text: str) -> _Answer:
    digits = text.strip()
    if media_type.partition(";")[0].strip() != SIZE_TYPE or not digits.isdecimal():
        return _Answer(refusal="status_409")
    # The same size with another root is told like this, too: then asking again changes nothing.
    return _Answer(refusal=NOT_CONTINUED, size=min(int(digits), rules.SIZE_MAX))


def _keep(name: str, answer: _Answer, *, size: int, now: datetime) -> None:
    """Keep what a witness answered, and tell people what follows from it."""
    with tenancy.acting_as_platform():
        standing = WitnessStanding.objects.select_for_update(no_key=True).get(pk=name)
        before = standing.refusal
        if answer.line:
            _keep_line(standing, answer, size=size, now=now)
        else:
            standing.refusal = answer.refusal
            standing.behind_since = standing.behind_since or now
            if answer.refusal in {NOT_CONTINUED, LOG_BEHIND} and before != answer.refusal:
                _tell(WitnessEvent.CHECKPOINT_REFUSED, name, size=size, refusal=answer.refusal)
            _tell_of_silence(standing, size=size, now=now)
        standing.save()
    if answer.refusal:
        logger.warning("witness.cosignature.refused", witness=name, code=answer.refusal)


def _keep_line(standing: WitnessStanding, answer: _Answer, *, size: int, now: datetime) -> None:
    signed_at = datetime.fromtimestamp(answer.seconds, tz=UTC)
    Cosignature.objects.get_or_create(
        size=size,
        witness=standing.witness,
        defaults={"line": answer.line, "signed_at": signed_at, "received_at": now},
    )
    if standing.told:
        _tell(WitnessEvent.COSIGNATURE_BACK, standing.witness, size=size)
    standing.size, standing.cosigned_at, standing.refusal = size, signed_at, ""
    standing.behind_since, standing.told = None, 0


def _tell_of_silence(standing: WitnessStanding, *, size: int, now: datetime) -> None:
    """Tell once after a minute, and once after ten."""
    if standing.behind_since is None:
        return
    for step, seconds, name in (
        (1, LATE_SECONDS, WitnessEvent.COSIGNATURE_LATE),
        (2, MISSING_SECONDS, WitnessEvent.COSIGNATURE_MISSING),
    ):
        is_reached = now - standing.behind_since > timedelta(seconds=seconds)
        if is_reached and standing.told < step:
            standing.told = step
            _tell(name, standing.witness, size=size, refusal=standing.refusal)


def _tell(name: WitnessEvent, witness: str, **facts: object) -> None:
    event = events.Event(
        name=name,
        object_kind="witness",
        object_id=witness[:OBJECT_ID_LENGTH_MAX],
        object_label=witness,
        facts=facts,
    )
    events.record([event])
