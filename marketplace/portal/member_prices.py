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
    """The groups of a reader by provider."""

    by_provider: Mapping[UUID, MemberGroup]

    @property
    def asked(self) -> tuple[tuple[UUID, str], ...]:
        """Return the groups as the catalog asks for them."""
        return tuple(sorted((pk, each.group) for pk, each in self.by_provider.items()))

    @property
    def shown(self) -> dict[UUID, OwnGroup]:
        """Return what pages say of each."""
        return {
            pk: OwnGroup(str(PriceGroup(each.group).label), each.since)
            for pk, each in self.by_provider.items()
        }


def own_groups(request: PortalRequest, now: datetime) -> OwnGroups:
    """Return the groups that the reader's organisation is in; one query."""
    buyer_id = request.actor.organization_id
    return OwnGroups(group_selectors.groups_of_buyer(buyer_id, at=now))
