"""From the record of events to notices: each event once, whatever stops in the middle."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from common import moments, tenancy
from common.ids import uuid7
from identity import selectors as identity_selectors
from identity.contracts import Holder
from identity.events import selectors as events
from identity.events.contracts import Cursor
from identity.notices import registry, rules
from identity.notices.contracts import LETTERS_UNLESS_CHOSEN, Letters, LetterState, Rule, Topic
from identity.notices.models import LetterChoice, Notice, Reader

if TYPE_CHECKING:  # Its table is the other room's.
    from identity.events.models import RecordedEvent

EVENTS_MAX: Final = 500

# One who was counted already counts on; it is unread again, and told by letter again.
_KEEP: Final = """
    INSERT INTO notices_notice AS known (
        id, user_id, organization_id, name, topic, bundle, count, object_kind, object_id,
        object_label, happened_at, noticed_at, remind_at, reminders, letter, letter_due_at,
        letter_tries
    )
    SELECT n.id, n.user_id, n.organization_id, n.name, n.topic, n.bundle, n.count, n.object_kind,
           n.object_id, n.object_label, n.happened_at, %(now)s, n.remind_at, 0, n.letter,
           n.letter_due_at, 0
    FROM unnest(
        %(id)s::uuid[], %(user_id)s::bigint[], %(organization_id)s::uuid[], %(name)s::text[],
        %(topic)s::text[], %(bundle)s::text[], %(count)s::int[], %(object_kind)s::text[],
        %(object_id)s::text[], %(object_label)s::text[], %(happened_at)s::timestamptz[],
        %(remind_at)s::timestamptz[], %(letter)s::text[], %(letter_due_at)s::timestamptz[]
    ) AS n (id, user_id, organization_id, name, topic, bundle, count, object_kind, object_id,
            object_label, happened_at, remind_at, letter, letter_due_at)
    ON CONFLICT (user_id, organization_id, name, bundle) DO UPDATE SET
        count = known.count + excluded.count, object_id = '', object_label = '',
        happened_at = greatest(known.happened_at, excluded.happened_at), noticed_at = %(now)s,
        read_at = NULL, letter = excluded.letter, letter_due_at = excluded.letter_due_at,
        letter_tries = 0
"""


@dataclass(frozen=True, slots=True)
class Spread:
    """What one reading did."""

    events: int = 0
    notices: int = 0
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    """That one person is told of one event."""

    user_id: int
    organization_id: UUID
    event: "RecordedEvent"
    rule: Rule


@transaction.atomic
def spread(*, now: datetime, limit: int = EVENTS_MAX) -> Spread:
    """
    Read the record on, and keep a notice for everybody who is to be told.

    How far was read is committed together with the notices. One run at a time reads; another that
    meets it does nothing.
    """
    with tenancy.acting_as_platform():
        reader = Reader.objects.select_for_update(skip_locked=True, no_key=True).first()
        if reader is None:
            return Spread()
        batch = events.after(
            Cursor.parse(reader.cursor), limit=limit, only=Q(name__in=list(registry.rules()))
        )
        told = _told(batch.events)
        _keep(told, now=now)
        _answer(batch.events, now=now)
        if (cursor := str(batch.cursor)) != reader.cursor:
            Reader.objects.filter(pk=reader.pk).update(cursor=cursor)
        return Spread(len(batch.events), len(told), batch.has_more)


def _told(found: Sequence["RecordedEvent"]) -> list[_Told]:
    """Return who is told of which event: each person once an event, never of their own acts."""
    concerned = events.concerned([event.id for event in found])
    holders = identity_selectors.holders(
        organization_ids={pk for each in concerned.values() for pk in each},
        everywhere=_roles_everywhere(found),
    )
    at: dict[UUID, list[Holder]] = {}
    for holder in holders:
        at.setdefault(holder.organization_id, []).append(holder)
    told: dict[tuple[int, UUID], _Told] = {}
    for event in found:
        rule = registry.rules()[event.name]
        near = chain.from_iterable(at.get(pk, ()) for pk in concerned.get(event.id, ()))
        for holder in holders if _is_wide(rule, event) else near:
            if holder.role in _roles(rule, event) and holder.user_id != event.person_id:
                key = holder.user_id, event.id
                told.setdefault(key, _Told(holder.user_id, holder.organization_id, event, rule))
    return list(told.values())


def _is_wide(rule: Rule, event: "RecordedEvent") -> bool:
    return rule.everywhere and not event.facts.get(rule.desk_fact)


def _roles(rule: Rule, event: "RecordedEvent") -> frozenset[str]:
    if rule.unless_fact and event.facts.get(rule.unless_fact):
        return frozenset()
    named = event.facts.get(rule.roles_fact, ()) if rule.roles_fact else ()
    return frozenset(rule.roles) | frozenset([named] if isinstance(named, str) else named)


def _roles_everywhere(found: Iterable["RecordedEvent"]) -> frozenset[str]:
    wide = [(rule, each) for each in found if (rule := registry.rules()[each.name]).everywhere]
    return frozenset().union(*(_roles(rule, each) for rule, each in wide))


def _keep(told: Sequence[_Told], *, now: datetime) -> None:
    """Insert notices, or count on where one of a bundle is there: one statement."""
    if not told:
        return
    choices = _choices(told)
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for each in told:
        row = _row(each, choices, now=now)
        key = row["user_id"], row["organization_id"], row["name"], row["bundle"]
        if (known := rows.setdefault(key, row)) is not row:
            known |= {
                "count": known["count"] + 1,
                "object_id": "",
                "object_label": "",
                "happened_at": max(known["happened_at"], row["happened_at"]),
            }
    # In the order of the key, so that nobody who counts on at the same time waits in a circle.
    ordered = [rows[key] for key in sorted(rows, key=lambda key: tuple(map(str, key)))]
    columns = {name: [row[name] for row in ordered] for name in ordered[0]}
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, columns | {"now": now})


def _row(
    told: _Told, choices: Mapping[tuple[int, UUID, str], Letters], *, now: datetime
) -> dict[str, Any]:
    event, rule = told.event, told.rule
    chosen = choices.get(
        (told.user_id, told.organization_id, rule.topic), LETTERS_UNLESS_CHOSEN[Topic(rule.topic)]
    )
    due_at = rules.letter_due_at(
        chosen,
        now,
        is_bundled=rule.bundled,
        zone=moments.market_zone(),
        hour=settings.NOTICES_DIGEST_HOUR,
    )
    every = timedelta(hours=settings.NOTICES_REMINDER_HOURS)
    return {
        "id": uuid7(),
        "user_id": told.user_id,
        "organization_id": told.organization_id,
        "name": event.name,
        "topic": rule.topic,
        "bundle": rules.bundle_of(event.id, now, is_bundled=rule.bundled),
        "count": 1,
        "object_kind": event.object_kind,
        "object_id": event.object_id,
        "object_label": event.object_label,
        "happened_at": event.happened_at,
        "remind_at": rules.next_reminder_at(0, now, every=every) if rule.asks else None,
        "letter": LetterState.NONE if due_at is None else LetterState.DUE,
        "letter_due_at": due_at,
    }


def _choices(told: Sequence[_Told]) -> dict[tuple[int, UUID, str], Letters]:
    found = LetterChoice.objects.filter(
        user__in={each.user_id for each in told},
        organization__in={each.organization_id for each in told},
    )
    return {
        (each.user_id, each.organization_id, each.topic): Letters(each.letters) for each in found
    }


def _answer(found: Sequence["RecordedEvent"], *, now: datetime) -> None:
    """Note what is answered: it is called to mind no more."""
    answered: dict[str, set[str]] = {}
    for event in found:
        for name in registry.answered_by(event.name):
            answered.setdefault(name, set()).add(event.object_id)
    for name, object_ids in answered.items():
        Notice.objects.filter(name=name, object_id__in=object_ids, answered_at=None).update(
            answered_at=now, remind_at=None
        )
