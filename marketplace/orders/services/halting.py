"""Halting a book and resuming it: at once and briefly by one operator, to stay by two."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from common import doorbell, tenancy
from common.ids import uuid7
from identity.approvals import services as approvals_services
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import BookNotFound
from marketplace.catalog.rows import BookRow
from marketplace.orders import locks, selectors, telling
from marketplace.orders.contracts import (
    HALT_ALONE,
    HALT_ALONE_REST,
    HALT_KIND,
    HALT_REASON_MAX,
    RESUME_KIND,
    BookAlreadyHalted,
    BookHalted,
    BookTrades,
    HaltReasonMissing,
    HaltRepeated,
)
from marketplace.orders.event_names import BookEvent
from marketplace.orders.models import BookHalt


def require_trade(book_ids: Collection[int], *, at: datetime) -> None:
    """
    Check that nothing stops trading in some books.

    :raises BookHalted: with the reason, for one of them
    """
    for halt in selectors.halts_in_force(at=at, book_ids=book_ids)[:1]:
        raise BookHalted(reason=halt.reason, since=halt.since, until=halt.until)


@transaction.atomic
def halt_book(*, resource_class: str, hub: str, reason: str, by: Person, now: datetime) -> BookHalt:
    """
    Halt a book at once, for `HALT_ALONE`: nobody orders in it, and what waits goes on waiting.

    The round that runs ends first.

    :raises BookNotFound: if nothing of the class was ever listed in the place
    :raises HaltReasonMissing: if it isn't said why
    :raises BookAlreadyHalted: if it is halted
    :raises HaltRepeated: if one person halted it within `HALT_ALONE_REST`
    """
    reason = _reason(reason)
    with tenancy.acting_as_platform():
        book = _locked_book(resource_class, hub)
        if selectors.halt_in_force(book_id=book.pk, at=now) is not None:
            raise BookAlreadyHalted
        if _halts_of_one(book).filter(since__gt=now - HALT_ALONE_REST).exists():
            raise HaltRepeated
        return _halt(book, reason, halted_by_id=by.id, until=now + HALT_ALONE, since=now)


def propose_halt(
    *, resource_class: str, hub: str, reason: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose to halt a book until two operators resume it; another operator's approval halts it.

    :raises BookNotFound, HaltReasonMissing, BookAlreadyHalted: as `halt_book`; an hour's halt is
        made longer by it
    :raises ProposalWaits: if another halt of the book waits
    """
    reason = _reason(reason)
    book = _book(resource_class, hub)
    _require_none_that_stays(book, at=now)
    return approvals_services.propose(_draft(HALT_KIND, book, {"reason": reason}, by=by), now=now)


@transaction.atomic
def confirm_halt(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> BookHalt:
    """
    Halt a book, as another operator proposed, until two resume it.

    :raises BookAlreadyHalted: if that happened meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=HALT_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        book = _locked_book(agreed.content["resource_class"], agreed.content["hub"])
        _require_none_that_stays(book, at=now)
        _halts_of_one(book).filter(ended_at=None, until__gt=now).update(ended_at=now)
        return _halt(
            book,
            agreed.content["reason"],
            id=made,
            since=now,
            halted_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )


def propose_resume(
    *, resource_class: str, hub: str, reason: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose to take up the trade of a halted book again.

    :raises BookNotFound, HaltReasonMissing: as `halt_book`
    :raises BookTrades: if it is not halted
    :raises ProposalWaits: if that was proposed already
    """
    reason = _reason(reason)
    book = _book(resource_class, hub)
    with tenancy.acting_as_platform():
        halt = selectors.halt_in_force(book_id=book.pk, at=now)
    if halt is None:
        raise BookTrades
    content = {"halt_id": str(halt.pk), "reason": reason}
    return approvals_services.propose(
        _draft(RESUME_KIND, book, content, by=by, lapses_at=halt.until), now=now
    )


@transaction.atomic
def resume_book(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> BookHalt:
    """
    Take up the trade of a book again, as another operator proposed; what waited clears at once.

    :raises BookTrades: if the halt is over meanwhile, or is another one
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=RESUME_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        book = _locked_book(agreed.content["resource_class"], agreed.content["hub"])
        halt = selectors.halt_in_force(book_id=book.pk, at=now)
        if halt is None or str(halt.pk) != agreed.content["halt_id"]:
            raise BookTrades
        halt.ended_at, halt.end_reason = now, agreed.content["reason"]
        halt.resumed_by_id, halt.resume_agreed_by_id = agreed.proposed_by_id, agreed.decided_by_id
        halt.resume_proposal_id = agreed.id
        halt.save()
        telling.of_halt(BookEvent.RESUMED, halt, book=str(book), reason=halt.end_reason)
    doorbell.ring("orders.waiting", book_id=book.pk)
    return halt


def _reason(text: str) -> str:
    reason = text.strip()
    if not 1 <= len(reason) <= HALT_REASON_MAX:
        raise HaltReasonMissing(field="reason", most=HALT_REASON_MAX)
    return reason


def _book(resource_class: str, hub: str) -> BookRow:
    book = catalog_selectors.book(resource_class=resource_class, hub=hub)
    if book is None:
        raise BookNotFound
    return book


def _locked_book(resource_class: str, hub: str) -> BookRow:
    """Return a book once nobody is clearing it, and keep others from beginning."""
    book = _book(resource_class, hub)
    locks.book(book.pk)
    return book


def _halts_of_one(book: BookRow) -> QuerySet[BookHalt]:
    return BookHalt.objects.filter(book_id=book.pk, until__isnull=False)


def _require_none_that_stays(book: BookRow, *, at: datetime) -> None:
    halt = selectors.halt_in_force(book_id=book.pk, at=at)
    if halt is not None and halt.until is None:
        raise BookAlreadyHalted


def _draft(
    kind: str,
    book: BookRow,
    content: Mapping[str, Any],
    *,
    by: Person,
    lapses_at: datetime | None = None,
) -> Draft:
    place = {"book_id": book.pk, "resource_class": book.resource_class, "hub": book.hub}
    return Draft(
        kind=kind,
        reference=str(book),
        label=str(book),
        content={**content, **place},
        reason=content["reason"],
        role=Role.OPERATOR,
        by=by,
        lapses_at=lapses_at,
    )


def _halt(book: BookRow, reason: str, **facts: Any) -> BookHalt:
    halt = BookHalt.objects.create(book_id=book.pk, reason=reason, **facts)
    telling.of_halt(BookEvent.HALTED, halt, book=str(book), reason=reason)
    return halt
