"""How money moves: by sets, each step with its posting and its event in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from common import tenancy
from ledger import services as ledger_services
from marketplace import accounts
from marketplace.payments import postings, telling
from marketplace.payments.contracts import (
    MovementDraft,
    MovementKeyReused,
    MovementKind,
    MovementMoved,
    MovementState,
)
from marketplace.payments.models import Movement
from marketplace.payments.rules import INWARD, may_move

_NUMBERS: Final = "SELECT nextval('payments_movement_number') FROM generate_series(1, %s)"
# What is written with a step; nothing else of a movement ever changes.
_STEP: Final = ["state", "moved_at", "due_at", "tries", "failure", "reference", "address"]
_PEOPLE: Final = ["approved_by", "proposal", "source"]


@transaction.atomic
def ask_money(
    drafts: Sequence[MovementDraft], *, now: datetime, due_at: datetime | None = None
) -> list[Movement]:
    """
    Write movements down, each once a key, and hold what is to leave.

    :raises MovementKeyReused: if a key stands for another amount, channel or source
    :raises TransferRefused: if an account does not cover what is to leave
    """
    with tenancy.acting_as_platform():
        known = _known(drafts)
        fresh = [draft for draft in drafts if _name(draft) not in known]
        made = _write(fresh, now=now, due_at=due_at)
        if made:
            accounts.open_buyers([each.organization_id for each in made if each.kind in INWARD])
            _post(made, {})
            telling.of_movements(made)
        known |= {(each.organization_id, each.kind, each.key): each for each in made}
    for draft in drafts:
        _require_same(draft, known[_name(draft)])
    return [known[_name(draft)] for draft in drafts]


@transaction.atomic
def move_money(
    ids: Collection[UUID],
    to: MovementState,
    *,
    now: datetime,
    due_at: datetime | None = None,
    facts: Mapping[UUID, Mapping[str, Any]] | None = None,
    is_lenient: bool = False,
) -> list[Movement]:
    """
    Bring movements into their next state, with what is to be written of each.

    Those that are there already are left as they are: a step that is told twice is taken once.
    So are, leniently, those that cannot take this step: what was told came too late.

    :raises MovementMoved: if one of them cannot take this step
    """
    with tenancy.acting_as_platform():
        found = lock_movements(ids)
        moving = [each for each in found if each.state != to and (not is_lenient or _may(each, to))]
        before = {each.pk: each.state for each in moving}
        for each in moving:
            if not _may(each, to):
                raise MovementMoved(state=MovementState(each.state).label)
            each.state, each.moved_at, each.due_at = to, now, due_at
            for name, value in ((facts or {}).get(each.pk) or {}).items():
                setattr(each, name, value)
        Movement.objects.bulk_update(moving, [*_STEP, *_PEOPLE], batch_size=1_000)
        _post(moving, before)
        telling.of_movements(moving)
    return found


def lock_movements(ids: Collection[UUID]) -> list[Movement]:
    """Return movements, locked in one order."""
    rows = Movement.objects.filter(pk__in=ids).order_by("pk")
    return list(rows.select_for_update(no_key=True, of=("self",)))


def _may(movement: Movement, to: MovementState) -> bool:
    return may_move(MovementKind(movement.kind), MovementState(movement.state), to)


def _post(movements: Sequence[Movement], before: Mapping[UUID, str]) -> None:
    transfers = [
        transfer
        for movement in movements
        for transfer in postings.of_step(movement, before.get(movement.pk))
    ]
    if transfers:
        ledger_services.post(transfers=transfers)


def _name(draft: MovementDraft) -> tuple[UUID, str, str]:
    return (draft.organization_id, draft.kind, draft.key)


def _known(drafts: Sequence[MovementDraft]) -> dict[tuple[UUID, str, str], Movement]:
    found = Movement.objects.filter(
        organization__in={draft.organization_id for draft in drafts},
        key__in={draft.key for draft in drafts},
    )
    return {(each.organization_id, each.kind, each.key): each for each in found}


def _write(
    drafts: Sequence[MovementDraft], *, now: datetime, due_at: datetime | None
) -> list[Movement]:
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, [len(drafts)])
        numbers = [number for (number,) in cursor.fetchall()]
    return Movement.objects.bulk_create(
        Movement(
            number=f"M-{number:06d}",
            kind=draft.kind,
            channel=draft.channel,
            organization_id=draft.organization_id,
            amount_minor=draft.amount_minor,
            key=draft.key,
            source_id=draft.source_id,
            reference=draft.reference,
            payee_reference=draft.payee_reference,
            requested_by_id=draft.requested_by_id,
            requested_at=now,
            moved_at=now,
            due_at=due_at,
        )
        for number, draft in zip(numbers, drafts, strict=True)
    )


def _require_same(draft: MovementDraft, movement: Movement) -> None:
    asked = (draft.amount_minor, draft.channel, draft.source_id)
    if draft.source_id is None and movement.source_id is not None:
        asked = (draft.amount_minor, draft.channel, movement.source_id)  # Found out afterwards.
    if asked != (movement.amount_minor, movement.channel, movement.source_id):
        raise MovementKeyReused(field="key")
