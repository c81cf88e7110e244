"""Organisations with projects and caps."""

from typing import Any
from uuid import UUID

from common import tenancy
from identity.contracts import Role
from identity.models import Organization, User
from identity.projects import services as projects
from identity.projects.models import Project
from marketplace.budgets import selectors, services
from marketplace.budgets.contracts import CapPeriod, CapRoom, CapScope
from marketplace.budgets.models import Cap, CapTake
from tests import cast
from tests.cast import NOW
from tests.vouchers.cast import yuan


def keeper(of: Organization) -> User:
    """Return somebody who sets budgets."""
    return cast.member(of, Role.BUYER)


def project(of: Organization, code: str = "QC", **facts: Any) -> Project:
    with tenancy.acting_as(of.pk):
        return projects.open_project(
            organization_id=of.pk,
            code=code,
            name=facts.pop("name", f"Project {code}"),
            by_id=facts.pop("by", None) or keeper(of).pk,
            now=NOW,
            **facts,
        )


def cap(of: Organization, amount: str, *, by: User | None = None, **facts: Any) -> Cap:
    """Bound an organisation, or a project or member of it, each month unless said otherwise."""
    scope = CapScope.ORGANIZATION
    if "project_id" in facts:
        scope = CapScope.PROJECT
    if "person_id" in facts:
        scope = CapScope.MEMBER
    with tenancy.acting_as(of.pk):
        return services.set_cap(
            organization_id=of.pk,
            scope=scope,
            period=facts.pop("period", CapPeriod.MONTH),
            amount_minor=yuan(amount),
            by_id=(by or keeper(of)).pk,
            now=facts.pop("now", NOW),
            **facts,
        )


def room(of: Cap, on: Any = None) -> CapRoom:
    with tenancy.acting_as_platform():
        return selectors.rooms_by_id([of.pk], on=on or NOW.date())[of.pk]


def used(of: Cap) -> int:
    """Return what is used of a cap by its row, which is what its orders took."""
    found = room(of)
    with tenancy.acting_as_platform():
        takes = CapTake.objects.filter(cap_id=of.pk)
        summed = sum(each.amount_minor - each.returned_minor for each in takes)
    assert summed == found.used_minor
    return summed


def taken(order_id: UUID) -> int:
    with tenancy.acting_as_platform():
        takes = CapTake.objects.filter(order_id=order_id)
        return sum(each.amount_minor - each.returned_minor for each in takes)
