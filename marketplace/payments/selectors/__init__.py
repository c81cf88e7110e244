"""Reads of payments. Row-level security decides whose."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, F, QuerySet, Sum

from marketplace.payments.contracts import (
    DifferenceNotFound,
    LineNotFound,
    LineState,
    MovementNotFound,
)
from marketplace.payments.models import (
    BankLine,
    BankStatement,
    Deposit,
    MoneyDifference,
    Movement,
    PaymentSource,
    Reconciliation,
)
from marketplace.payments.selectors.clearing import HeldInClearing, clearing

__all__ = [
    "HeldInClearing",
    "bank_line",
    "bank_lines",
    "clearing",
    "deposits",
    "difference",
    "differences",
    "latest_reconciliation",
    "movement",
    "movements",
    "reconciliations",
    "sources",
    "statements",
    "unmatched_by_age",
    "unmatched_lines",
    "unmatched_sum",
]

AGES: Final = (1, 3, 7)  # days up to which lines are counted together


def movements(*, organization_id: UUID | None = None) -> QuerySet[Movement]:
    """Return the movements of an organisation, or all, newest first."""
    found = Movement.objects.select_related("organization", "source").order_by("-id")
    return found if organization_id is None else found.filter(organization_id=organization_id)


def movement(movement_id: UUID, *, organization_id: UUID | None = None) -> Movement:
    """
    Return a movement.

    :raises MovementNotFound: if there is none, or it is somebody else's
    """
    found = movements(organization_id=organization_id).filter(pk=movement_id).first()
    if found is None:
        raise MovementNotFound
    return found


def sources(*, organization_id: UUID) -> QuerySet[PaymentSource]:
    """Return what an organisation paid in by and something of which may go back, newest first."""
    return (
        PaymentSource.objects.filter(organization_id=organization_id)
        .exclude(reference="")
        .filter(paid_in_minor__gt=F("taken_minor"))
        .order_by("-id")
    )


def bank_lines() -> QuerySet[BankLine]:
    """Return lines of bank statements, newest first."""
    return BankLine.objects.select_related("statement", "movement").order_by("-booked_on", "-id")


def unmatched_lines() -> QuerySet[BankLine]:
    """Return the lines that nobody is known for, the oldest first."""
    return (
        BankLine.objects.select_related("statement")
        .filter(state=LineState.UNMATCHED)
        .order_by("booked_on", "id")
    )


def bank_line(line_id: UUID) -> BankLine:
    """
    Return a line.

    :raises LineNotFound: if there is none
    """
    found = bank_lines().filter(pk=line_id).first()
    if found is None:
        raise LineNotFound
    return found


def unmatched_by_age(*, now: datetime) -> list[tuple[str, int]]:
    """Return how many lines wait, by days since they were found."""
    counts = []
    newest = now
    for days in AGES:
        oldest = now - timedelta(days=days)
        rows = unmatched_lines().filter(found_at__gt=oldest, found_at__lte=newest)
        counts.append((f"≤ {days}", rows.count()))
        newest = oldest
    counts.append((f"> {AGES[-1]}", unmatched_lines().filter(found_at__lte=newest).count()))
    return counts


def unmatched_sum() -> tuple[int, int]:
    """Return how many lines wait, and how much they are together."""
    read = unmatched_lines().aggregate(rows=Count("*"), total=Sum("amount_minor"))
    return int(read["rows"]), int(read["total"] or 0)


def statements() -> QuerySet[BankStatement]:
    """Return the statements that were taken, newest first."""
    return BankStatement.objects.order_by("-id")


def differences(*, is_open: bool | None = None) -> QuerySet[MoneyDifference]:
    """Return differences, the oldest open ones first."""
    found = MoneyDifference.objects.select_related("owner", "movement")
    if is_open is None:
        return found.order_by("-id")
    found = found.filter(settled_at__isnull=is_open)
    return found.order_by("found_at", "id") if is_open else found.order_by("-settled_at", "-id")


def difference(difference_id: UUID) -> MoneyDifference:
    """
    Return a difference.

    :raises DifferenceNotFound: if there is none
    """
    found = differences().filter(pk=difference_id).first()
    if found is None:
        raise DifferenceNotFound
    return found


def reconciliations() -> QuerySet[Reconciliation]:
    """Return the comparisons with the gateway, newest first."""
    return Reconciliation.objects.order_by("-id")


def latest_reconciliation() -> Reconciliation | None:
    """Return the newest reconciliation, ended or not."""
    return reconciliations().first()


def deposits(*, organization_id: UUID | None = None) -> QuerySet[Deposit]:
    """Return the deposits of a buyer, or all, newest first."""
    found = Deposit.objects.order_by("-id")
    return found if organization_id is None else found.filter(organization_id=organization_id)
