"""Differences: each is a row with its age, until somebody settles it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import tenancy
from identity.approvals.contracts import ReasonMissing
from marketplace.payments import telling
from marketplace.payments.contracts import (
    NOTE_LENGTH_MAX,
    RESOLUTION_LENGTH_MAX,
    DifferenceKind,
    DifferenceNotFound,
    DifferenceSettled,
)
from marketplace.payments.event_names import DeskEvent
from marketplace.payments.models import MoneyDifference


@transaction.atomic
def note_difference(
    kind: DifferenceKind, key: str, *, now: datetime, **facts: Any
) -> MoneyDifference:
    """Write a difference down, once a key: what was settled is not found again."""
    with tenancy.acting_as_platform():
        made, is_new = MoneyDifference.objects.get_or_create(
            key=f"{kind}:{key}"[:200], defaults={"kind": kind, "found_at": now} | facts
        )
        if is_new:
            telling.of_difference(DeskEvent.DIFFERENCE_FOUND, made)
        return made


@transaction.atomic
def take_difference(
    *, difference_id: UUID, person_id: int, now: datetime, note: str = ""
) -> MoneyDifference:
    """
    Let somebody see to a difference, who may note how far it is; a colleague's is taken over.

    :raises DifferenceNotFound, DifferenceSettled: if there is nothing to see to
    """
    with tenancy.acting_as_platform():
        found = _locked(difference_id)
        if found.owner_id != person_id:
            found.owner_id, found.taken_at = person_id, now
        found.note = note.strip()[:NOTE_LENGTH_MAX] or found.note
        found.save(update_fields=["owner", "taken_at", "note"])
        telling.of_difference(DeskEvent.DIFFERENCE_TAKEN, found)
        return found


@transaction.atomic
def settle_difference(
    *, difference_id: UUID, resolution: str, person_id: int | None, now: datetime
) -> MoneyDifference:
    """
    Say how a difference ended.

    :raises DifferenceNotFound, DifferenceSettled: if there is nothing to settle
    :raises ReasonMissing: without a word
    """
    if not resolution.strip():
        raise ReasonMissing(field="resolution")
    with tenancy.acting_as_platform():
        found = _locked(difference_id)
        found.resolution = resolution.strip()[:RESOLUTION_LENGTH_MAX]
        found.settled_at, found.settled_by_id = now, person_id
        found.owner_id = found.owner_id or person_id
        found.save(update_fields=["resolution", "settled_at", "settled_by", "owner"])
        telling.of_difference(DeskEvent.DIFFERENCE_SETTLED, found)
        return found


def _locked(difference_id: UUID) -> MoneyDifference:
    rows = MoneyDifference.objects.filter(pk=difference_id)
    found = rows.select_for_update(no_key=True, of=("self",)).first()
    if found is None:
        raise DifferenceNotFound
    if found.settled_at is not None:
        raise DifferenceSettled
    return found
