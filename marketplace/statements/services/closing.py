"""A month is closed by two persons; from then on nothing takes effect in it."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from common import moments, tenancy
from common.ids import uuid7
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from ledger import services as ledger_services
from marketplace import limits
from marketplace.statements.contracts import (
    CLOSING_KIND,
    ClosingNotFound,
    ClosingState,
    MonthNotOver,
    MonthNotReady,
)
from marketplace.statements.event_names import BooksEvent
from marketplace.statements.models import BookClosing
from marketplace.statements.selectors import books

TURN = "books"


@transaction.atomic
def propose_closing(*, month: date, by: Person, now: datetime) -> tuple[BookClosing, Proposed]:
    """
    Propose to close a month; nothing is closed until another person of finance agrees.

    :raises MonthNotOver: if it runs, or is closed
    :raises MonthNotReady: if something of the checklist is open
    :raises ProposalWaits: if it was proposed before
    """
    month = month.replace(day=1)
    period = moments.month_period(month)
    with tenancy.acting_as_platform():
        limits.take_turns(TURN)
        if now < period.ends_at or books.is_closed(month):
            raise MonthNotOver(field="month")
        checks = _require_ready(month)
        made = BookClosing.objects.create(
            id=uuid7(),
            month=month,
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            checklist=checks,
            trial_hash=books.trial_hash(books.trial_balance(month)),
            proposed_at=now,
            proposed_by_id=by.id,
        )
        proposed = approvals.propose(_draft(made, by), now=now)
        made.proposal_id = proposed.id
        made.save(update_fields=["proposal"])
        _tell(BooksEvent.PROPOSED, made, now)
    return made, proposed


@transaction.atomic
def close_month(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> BookClosing:
    """
    Close a month, once, as another person agrees to it.

    :raises MonthNotReady: if its checklist or its trial balance is not what was agreed on any more
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    with tenancy.acting_as_platform():
        limits.take_turns(TURN)
        found = BookClosing.objects.select_for_update(no_key=True)
        closing = found.filter(proposal_id=proposal_id).first()
        if closing is None:
            raise ClosingNotFound
        agreed = approvals.settle(
            proposal_id=proposal_id,
            kind=CLOSING_KIND,
            by=Person(person_id, organization_id),
            result_id=closing.pk,
            now=now,
            note=note,
        )
        # Whoever posts is waited for: then nothing comes between what is compared and the end.
        ledger_services.close_period(period=moments.month_period(closing.month))
        _require_ready(closing.month)
        if books.trial_hash(books.trial_balance(closing.month)) != closing.trial_hash:
            raise MonthNotReady(what=f"{closing.month:%Y-%m}")
        closing.state = ClosingState.CLOSED
        closing.closed_at, closing.closed_by_id = now, agreed.decided_by_id
        closing.save(update_fields=["state", "closed_at", "closed_by"])
        _tell(BooksEvent.CLOSED, closing, now)
    return closing


def _require_ready(month: date) -> list[dict[str, object]]:
    checks = books.checklist(month)
    missing = [str(each.name.label) for each in checks if each.open]
    if missing:
        raise MonthNotReady(what="; ".join(missing))
    return [{"name": each.name.value, "open": each.open} for each in checks]


def _draft(made: BookClosing, by: Person) -> Draft:
    return Draft(
        kind=CLOSING_KIND,
        reference=f"{made.month:%Y-%m}",
        label=f"{made.month:%Y-%m}",
        content={"closing_id": made.pk, "trial_hash": made.trial_hash},
        role=Role.FINANCE,
        by=by,
    )


def _tell(name: BooksEvent, closing: BookClosing, now: datetime) -> None:
    event = events.Event(
        name=name,
        object_kind="book_closing",
        object_id=closing.pk,
        object_label=f"{closing.month:%Y-%m}",
        facts={"trial_hash": closing.trial_hash},
        at=now,
    )
    events.record([event])
