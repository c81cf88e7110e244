"""
Letters about notices: one a person and time, with everything that is due, oldest first.

Whoever sends claims the notices first, by moving the time of the next try, and marks them when the
letter is out. One who dies in between has them sent again: at least once. Until a person's letter
is out or given up, no later one is written to them, so each object is told of in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.db import connection, transaction
from django.utils import translation

from common import sets, tenancy
from identity import letters
from identity.models import User
from identity.notices import rules, selectors
from identity.notices.contracts import LetterState
from identity.notices.models import Notice
from identity.notices.services import wording

logger = structlog.get_logger(__name__)
LETTERS_MAX: Final = 200
NOTICES_MAX: Final = 500  # that one letter is about
# Nobody who has a letter under way, or one that could not be sent, is written to.
_WHO: Final = """
    SELECT due.user_id FROM notices_notice due
    WHERE due.letter = 'DUE' AND due.letter_due_at <= %(now)s
      AND NOT EXISTS (
        SELECT FROM notices_notice waits
        WHERE waits.user_id = due.user_id AND waits.letter = 'DUE' AND waits.letter_tries > 0
          AND waits.letter_due_at > %(now)s
      )
    GROUP BY due.user_id ORDER BY min(due.letter_due_at) LIMIT %(limit)s
"""

_SENT: Final = {"id": "uuid", "letter_tries": "int", "count": "int"}


@dataclass(frozen=True, slots=True)
class _Claim:
    user: User
    notices: Sequence[Notice]


def send_due(*, now: datetime, limit: int = LETTERS_MAX) -> int:
    """Send the letters that are due; return how many went out."""
    sent = 0
    for user_id in _who(now=now, limit=limit):
        if (claim := _claim(user_id, now=now)) and _send(claim):
            _mark_sent(claim)
            sent += 1
    return sent


def _who(*, now: datetime, limit: int) -> list[int]:
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(_WHO, {"now": now, "limit": limit})
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _claim(user_id: int, *, now: datetime) -> _Claim | None:
    """Take what a person is to be told; None if another has it, or nothing is left to tell."""
    with tenancy.acting_as_platform():
        selectors.lock_letters_of(user_id)
        tried, due = selectors.letters_waiting(user_id, now=now)
        if tried:
            return None
        taken = due[:NOTICES_MAX]
        for each in taken:
            each.letter_tries += 1
            each.letter_due_at = rules.next_try_at(each.letter_tries, now)
            if each.letter_tries > rules.TRIES_MAX:
                each.letter = LetterState.FAILED
        Notice.objects.bulk_update(taken, ["letter_tries", "letter_due_at", "letter"])
        wanted = [each for each in taken if each.letter == LetterState.DUE]
        user = User.objects.filter(pk=user_id, is_active=True).first()
        if user is None:
            Notice.objects.filter(pk__in=[each.pk for each in wanted]).update(
                letter=LetterState.NONE
            )
        return _Claim(user, wanted) if user and wanted else None


def _send(claim: _Claim) -> bool:
    subject, body = wording.letter(
        claim.notices, language=claim.user.language, zone=claim.user.zone
    )
    with translation.override(claim.user.language):
        message = letters.made(subject, body, claim.user.email)
    try:
        message.send()
    except Exception as error:
        logger.warning(
            "notices.letter.failed",
            person=claim.user.pk,
            tries=max(each.letter_tries for each in claim.notices),
            reason=type(error).__name__,
        )
        return False
    return True


def _mark_sent(claim: _Claim) -> None:
    """Note that a letter is out; what was counted on meanwhile stays due."""
    told = [(it.pk, it.letter_tries, it.count) for it in claim.notices]
    with tenancy.acting_as_platform():
        sets.update("notices_notice", _SENT, told, key=list(_SENT), changes={"letter": "'SENT'"})
