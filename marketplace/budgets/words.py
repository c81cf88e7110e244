"""What a cap is called, in the reader's language."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from identity import selectors as identity_selectors
from identity.projects import selectors as projects_selectors
from marketplace.budgets.contracts import CapPeriod, CapRoom, CapScope


def name_of(room: CapRoom) -> str:
    """Return what one cap is called."""
    return names_of([room])[room.cap_id]


def names_of(rooms: list[CapRoom]) -> dict[UUID, str]:
    """Return what caps of one organisation are called: two queries for all."""
    if not rooms:
        return {}
    projects = projects_selectors.by_ids([each.project_id for each in rooms if each.project_id])
    persons = {each.person_id for each in rooms if each.person_id}
    addresses = identity_selectors.addresses(persons, organization_id=rooms[0].organization_id)
    return {each.cap_id: _named(each, projects, addresses) for each in rooms}


def _named(room: CapRoom, projects: Mapping[UUID, Any], addresses: Mapping[int, str]) -> str:
    return f"{_subject(room, projects, addresses)} · {CapPeriod(room.period).label}"


def _subject(room: CapRoom, projects: Mapping[UUID, Any], addresses: Mapping[int, str]) -> str:
    if room.scope == CapScope.PROJECT and room.project_id is not None:
        return str(projects[room.project_id].name)
    if room.scope == CapScope.MEMBER and room.person_id is not None:
        return addresses.get(room.person_id, _("A former member"))
    return str(CapScope.ORGANIZATION.label)
