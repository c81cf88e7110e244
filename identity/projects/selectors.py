"""Reads of projects. Row-level security decides whose; filters say so again."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from identity import selectors as identity_selectors
from identity.contracts import Actor, Role
from identity.models import Membership
from identity.projects.contracts import (
    NotInProject,
    ProjectClosed,
    ProjectNotFound,
    ProjectState,
)
from identity.projects.models import Project, ProjectMember


def projects_for(actor: Actor) -> QuerySet[Project]:
    """Return the projects of the actor's organisation; all for a duty across the market."""
    found = Project.objects.select_related("organization").order_by("-id")
    return found if actor.spans_tenants else found.filter(organization_id=actor.organization_id)


def project(project_id: UUID, *, organization_id: UUID | None) -> Project:
    """
    Return a project; without an organisation, anybody's.

    :raises ProjectNotFound: if there is none, or it is someone else's
    """
    found = Project.objects.select_related("organization").filter(pk=project_id)
    if organization_id is not None:
        found = found.filter(organization_id=organization_id)
    row = found.first()
    if row is None:
        raise ProjectNotFound
    return row


def require_open_to(project_id: UUID, *, organization_id: UUID, person_id: int | None) -> Project:
    """
    Return a project that a person may order for.

    :raises ProjectNotFound: if there is none, or it is someone else's
    :raises ProjectClosed: if it is closed
    :raises NotInProject: if it has members and the person is none of them
    """
    found = Project.objects.filter(pk=project_id, organization_id=organization_id)
    row = found.prefetch_related("members").first()
    if row is None:
        raise ProjectNotFound(field="project_id")
    if row.state != ProjectState.OPEN:
        raise ProjectClosed(field="project_id", project=row.code)
    members = {each.user_id for each in row.members.all()}
    if members and person_id is not None and person_id not in members:
        raise NotInProject(field="project_id", project=row.code)
    return row


def projects_open_to(*, organization_id: UUID, person_id: int) -> list[Project]:
    """Return the projects that a person may order for, by code."""
    found = Project.objects.filter(organization_id=organization_id, state=ProjectState.OPEN)
    rows = found.prefetch_related("members").order_by("code")
    return [row for row in rows if _is_for(row, person_id)]


def _is_for(row: Project, person_id: int) -> bool:
    members = {each.user_id for each in row.members.all()}
    return not members or person_id in members


def by_ids(project_ids: Collection[UUID]) -> dict[UUID, Project]:
    """Return projects by identifier: one query for all."""
    return Project.objects.in_bulk(list(set(project_ids))) if project_ids else {}


def member_ids(project_id: UUID) -> list[int]:
    """Return who orders for a project; nobody in particular where it is empty."""
    members = ProjectMember.objects.filter(project_id=project_id)
    return list(members.order_by("user_id").values_list("user_id", flat=True))


def buyers_of(organization_id: UUID) -> dict[int, str]:
    """Return the people who buy for an organisation, with the address that each is known by."""
    held = Membership.objects.filter(organization_id=organization_id, role=Role.BUYER)
    persons = set(held.values_list("user_id", flat=True))
    return identity_selectors.addresses(persons, organization_id=organization_id)
