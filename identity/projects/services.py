"""Opening projects, changing them, and saying who orders for them."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common.ids import uuid7
from identity.events import services as events
from identity.projects import selectors
from identity.projects.contracts import (
    CODE_LENGTH_MAX,
    NAME_LENGTH_MAX,
    PROJECT_MEMBERS_MAX,
    PROJECTS_MAX,
    InvalidProject,
    ProjectExists,
    ProjectNotFound,
    ProjectState,
    TooManyProjects,
)
from identity.projects.event_names import ProjectEvent
from identity.projects.models import Project, ProjectMember

_CODE: Final = re.compile(rf"[A-Z0-9][A-Z0-9-]{{0,{CODE_LENGTH_MAX - 1}}}")


@transaction.atomic
def open_project(
    *,
    organization_id: UUID,
    code: str,
    name: str,
    by_id: int,
    now: datetime,
    member_ids: Collection[int] = (),
) -> Project:
    """
    Open a project that an organisation orders for.

    :raises InvalidProject: naming the field that breaks its form
    :raises ProjectExists: if the organisation has one of the code
    :raises TooManyProjects: if it keeps as many as it may
    """
    code, name = code.strip().upper(), name.strip()
    _require_form(code, name)
    members = _buyers(organization_id, member_ids)
    if Project.objects.filter(organization_id=organization_id).count() >= PROJECTS_MAX:
        raise TooManyProjects(most=PROJECTS_MAX)
    row = Project(
        id=uuid7(),
        organization_id=organization_id,
        code=code,
        name=name,
        opened_by_id=by_id,
        opened_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise ProjectExists(field="code") from error
    _enter(row, members)
    _record(ProjectEvent.OPENED, row)
    return row


@transaction.atomic
def change_project(
    *,
    project_id: UUID,
    organization_id: UUID,
    now: datetime,
    name: str | None = None,
    state: str | None = None,
    member_ids: Collection[int] | None = None,
) -> Project:
    """
    Give a project another name, state or members; what is left out stays.

    :raises ProjectNotFound: if there is none, or it is someone else's
    :raises InvalidProject: naming the field that breaks its form
    """
    found = Project.objects.filter(pk=project_id, organization_id=organization_id)
    row = found.select_for_update(no_key=True).first()
    if row is None:
        raise ProjectNotFound
    if name is not None:
        row.name = name.strip()
        _require_form(row.code, row.name)
    if state is not None and state != row.state:
        row.state = ProjectState(state)
        row.closed_at = now if row.state == ProjectState.CLOSED else None
    row.save(update_fields=["name", "state", "closed_at"])
    if member_ids is not None:
        members = _buyers(organization_id, member_ids)
        ProjectMember.objects.filter(project=row).exclude(user_id__in=members).delete()
        _enter(row, members - set(selectors.member_ids(row.pk)))
    _record(ProjectEvent.CHANGED, row)
    return row


def _require_form(code: str, name: str) -> None:
    if not _CODE.fullmatch(code):
        problem = _("1 to %(most)s capital letters, digits and hyphens") % {"most": CODE_LENGTH_MAX}
        raise InvalidProject(field="code", problem=problem)
    if not (1 <= len(name) <= NAME_LENGTH_MAX and name.isprintable()):
        problem = _("a name has 1 to %(most)s characters") % {"most": NAME_LENGTH_MAX}
        raise InvalidProject(field="name", problem=problem)


def _buyers(organization_id: UUID, member_ids: Collection[int]) -> set[int]:
    """
    Return the people that are named, who all buy for the organisation.

    :raises InvalidProject: if there are too many, or one does not
    """
    wanted = set(member_ids)
    if len(wanted) > PROJECT_MEMBERS_MAX:
        problem = _("at most %(most)s members") % {"most": PROJECT_MEMBERS_MAX}
        raise InvalidProject(field="member_ids", problem=problem)
    if wanted - selectors.buyers_of(organization_id).keys():
        problem = _("a member buys for the organisation")
        raise InvalidProject(field="member_ids", problem=problem)
    return wanted


def _enter(row: Project, persons: Collection[int]) -> None:
    ProjectMember.objects.bulk_create(
        ProjectMember(project=row, organization_id=row.organization_id, user_id=each)
        for each in sorted(persons)
    )


def _record(name: ProjectEvent, row: Project) -> None:
    event = events.Event(
        name=name,
        object_kind="project",
        object_id=row.pk,
        object_label=row.code,
        concerns=[row.organization_id],
        facts={"state": row.state},
    )
    events.record([event])
