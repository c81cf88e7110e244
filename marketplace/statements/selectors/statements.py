"""Statements as they were issued."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from common import tenancy
from identity.contracts import Actor, Role
from marketplace.statements import subjects
from marketplace.statements.contracts import (
    BillSide,
    Grouping,
    Proof,
    StatementNotFound,
    Subject,
    Summed,
)
from marketplace.statements.models import Statement, StatementLine, TaxRate
from marketplace.vouchers import selectors as vouchers_selectors

_PROJECTS: Final = """
    SELECT o.number, p.code, p.name
    FROM orders_order o JOIN projects_project p ON p.id = o.project_id
    WHERE o.number = ANY (%s)
"""
_ORDERS_OF: Final = """
    SELECT o.number FROM orders_order o JOIN projects_project p ON p.id = o.project_id
    WHERE p.code = %s
"""
READERS_OF_ALL: Final = frozenset({Role.AUDITOR, Role.FINANCE, Role.OPERATOR})
# By what lines are added up, and what such a sum is called.
KEYS: Final = {
    Grouping.ORDER: ("order_number", "what"),
    Grouping.CHIP: ("chip", "chip"),
    Grouping.DAY: ("day", "day"),
    Grouping.REASON: ("reason", "reason"),
    Grouping.REGION: ("region", "region"),
}


def statements_of(actor: Actor) -> QuerySet[Statement]:
    """
    Return the statements that an actor reads: all by duty, else those of their own sides.

    Row-level security alone does not do: who issues a programme passes it for the others.
    """
    found = Statement.objects.select_related("organization", "cancels", "cancelled_by")
    if not actor.has_role(*READERS_OF_ALL):
        found = found.filter(organization_id=actor.organization_id, side__in=_sides(actor))
    return found.order_by("-sequence")


def _sides(actor: Actor) -> list[BillSide]:
    sides = {
        Role.BUYER: BillSide.BUYER,
        Role.PROVIDER: BillSide.PROVIDER,
        Role.ISSUER: BillSide.PROGRAMME,
    }
    return [side for role, side in sides.items() if actor.has_role(role)]


def statement(statement_id: UUID, actor: Actor) -> Statement:
    """
    Return a statement.

    :raises StatementNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = statements_of(actor).filter(pk=statement_id).first()
    if found is None:
        raise StatementNotFound
    return found


def lines(statement_id: UUID) -> QuerySet[StatementLine]:
    """Return the lines of a statement in their order."""
    found = StatementLine.objects.filter(statement_id=statement_id)
    return found.select_related("corrects").order_by("position")


def summed(statement_id: UUID, by: Grouping, *, asset: str | None = None) -> list[Summed]:
    """Return the lines of a statement added up; without `asset`, those of all assets."""
    if by == Grouping.PROJECT:
        return _by_project(summed(statement_id, Grouping.ORDER, asset=asset))
    key, label = KEYS[by]
    found = StatementLine.objects.filter(statement_id=statement_id)
    if asset is not None:
        found = found.filter(asset=asset)
    rows = (
        found.values(key)
        .annotate(
            label=Max(label),
            lines=Count("id"),
            hours=Sum("standard_hours"),
            added=Sum("amount_minor", filter=Q(amount_minor__gt=0)),
            taken=Sum("amount_minor", filter=Q(amount_minor__lt=0)),
            first_day=Min("day"),
            last_day=Max("day"),
        )
        .order_by(F(key))
    )
    return [_summed(row, key) for row in rows]


def _by_project(orders: list[Summed]) -> list[Summed]:
    """Add orders up by the projects that their reader may see; the others stand together."""
    with connection.cursor() as cursor:
        cursor.execute(_PROJECTS, [[each.key for each in orders if each.key]])
        known = {number: (code, name) for number, code, name in cursor.fetchall()}
    found: dict[str, Summed] = {}
    for each in orders:
        code, name = known.get(each.key, ("", ""))
        found[code] = _together(found.get(code), replace(each, key=code, label=name))
    return [found[code] for code in sorted(found)]


def _together(first: Summed | None, other: Summed) -> Summed:
    if first is None:
        return other
    return replace(
        first,
        lines=first.lines + other.lines,
        standard_hours=first.standard_hours + other.standard_hours,
        added_minor=first.added_minor + other.added_minor,
        taken_minor=first.taken_minor + other.taken_minor,
        first_day=min(first.first_day, other.first_day),
        last_day=max(first.last_day, other.last_day),
    )


def orders_of_project(code: str) -> list[str]:
    """Return the numbers of the orders for projects of a code that the reader may see."""
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS_OF, [code])
        return [row[0] for row in cursor.fetchall()]


def _summed(row: dict[str, Any], key: str) -> Summed:
    return Summed(
        key=str(row[key]),
        label=str(row["label"]),
        lines=row["lines"],
        standard_hours=row["hours"],
        added_minor=int(row["added"] or 0),
        taken_minor=int(row["taken"] or 0),
        first_day=row["first_day"],
        last_day=row["last_day"],
    )


def latest(subject: Subject) -> Statement | None:
    """Return the statement of a subject that counts and was issued last."""
    found = Statement.objects.filter(side=subject.side, subject=subject.key, is_live=True)
    return found.order_by("-sequence").first()


def subjects_of(actor: Actor) -> list[Subject]:
    """Return whose months an actor sees running."""
    found = [
        subjects.of_organization(side, actor.organization_id)
        for side in _sides(actor)
        if side is not BillSide.PROGRAMME
    ]
    if actor.has_role(Role.ISSUER):
        found += [
            Subject(BillSide.PROGRAMME, each.code, each.issuer_id)
            for each in vouchers_selectors.programmes().filter(issuer_id=actor.organization_id)
        ]
    return [*found, subjects.MARKET] if actor.has_role(Role.FINANCE) else found


def tax_rates() -> QuerySet[TaxRate]:
    """Return the rates of tax with their days, the newest first."""
    return TaxRate.objects.order_by("tax", "-starts_on")


def proof(number: str, content_hash: str = "") -> Proof:
    """
    Return what strangers are told of a statement, and whether a hash is its own.

    :raises StatementNotFound: if there is none of this number
    """
    with tenancy.acting_as_platform():
        found = Statement.objects.select_related("cancelled_by").filter(number=number).first()
        if found is None:
            raise StatementNotFound
        undone = getattr(found, "cancelled_by", None)
        return Proof(
            number=found.number,
            kind=found.kind,
            starts_on=found.starts_on,
            ends_on=found.ends_on,
            issued_at=found.issued_at,
            content_hash=found.content_hash,
            is_same=content_hash.lower() == found.content_hash if content_hash else None,
            cancelled_by=undone.number if undone else "",
        )
