"""Reads of notices. Everybody reads their own alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import Promise

from identity.contracts import Actor
from identity.events import registry as event_names
from identity.notices.contracts import LETTERS_UNLESS_CHOSEN, Letters, LetterState, Topic
from identity.notices.models import LetterChoice, Notice
from identity.notices.rows import NoticeRow

UNREAD_COUNTED_MAX: Final = 100  # More are told as "99+".
DUE_MAX: Final = 1_000
_LETTERS: Final = 0x0E00  # the first half of the two-part key that names whose letters are written


def notices_of(actor: Actor) -> QuerySet[Notice]:
    """Return what a person is told as a member of the organisation that they act for."""
    return Notice.objects.filter(user_id=actor.person_id, organization_id=actor.organization_id)


def unread_count(actor: Actor) -> int:
    """Return how many notices a person has not read, counted up to a bound."""
    unread = notices_of(actor).filter(read_at=None)[:UNREAD_COUNTED_MAX]
    return unread.count()


def letter_choices(actor: Actor) -> dict[Topic, Letters]:
    """Return when a person wants letters, by topic."""
    chosen = LetterChoice.objects.filter(
        user_id=actor.person_id, organization_id=actor.organization_id
    )
    return LETTERS_UNLESS_CHOSEN | {Topic(each.topic): Letters(each.letters) for each in chosen}


def label_of(notice: NoticeRow) -> str | Promise:
    """Return what people call what happened."""
    return event_names.label(notice.name)


def lock_letters_of(user_id: int) -> None:
    """Take turns in writing to a person, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s::int)", [_LETTERS, user_id % 2**31])


def letters_waiting(user_id: int, *, now: datetime) -> tuple[bool, Sequence[Notice]]:
    """Return whether a letter to a person is under way or failed; else what is due, in order."""
    unsent = Notice.objects.filter(user_id=user_id, letter=LetterState.DUE)
    if unsent.filter(letter_tries__gt=0, letter_due_at__gt=now).exists():
        return True, ()
    return False, list(unsent.filter(letter_due_at__lte=now).order_by("id")[:DUE_MAX])


def notices_of_person(person_id: int) -> QuerySet[Notice]:
    """Return what a person was told, in whichever organisation; asked for the market."""
    return Notice.objects.filter(user_id=person_id)
