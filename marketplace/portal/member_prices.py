"""Whose prices a reader pays: the groups of providers that its organisation is in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.portal.access import PortalRequest
from pricing import group_selectors
from pricing.group_contracts import MemberGroup, PriceGroup


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """A group as it is shown beside a price."""

    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class OwnGroups:
    """The groups of a reader by provider, for one of its projects where one is chosen."""

    by_provider: Mapping[UUID, MemberGroup]
    project: str = ""  # the code of the chosen project
    projects: tuple[str, ...] = ()  # of those for which some price is another

    @property
    def asked(self) -> tuple[tuple[UUID, str], ...]:
        """Return the groups as the catalog asks for them."""
        return tuple(sorted((pk, each.group) for pk, each in self.by_provider.items()))

    @property
    def shown(self) -> dict[UUID, OwnGroup]:
        """Return what pages say of each."""
        return {
            pk: OwnGroup(
                " · ".join(filter(None, (str(PriceGroup(each.group).label), each.project_code))),
                each.since,
            )
            for pk, each in self.by_provider.items()
        }


def own_groups(request: PortalRequest, now: datetime) -> OwnGroups:
    """Return the groups that the reader's organisation is in, for the project that it names."""
    found = group_selectors.groups_of_projects(request.actor.organization_id, at=now)
    projects = tuple(sorted(code for code in found if code))
    project = request.GET.get("project", "").strip().upper()
    project = next((code for code in projects if code.upper() == project), "")
    return OwnGroups(found[project], project, projects)
