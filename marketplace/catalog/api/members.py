"""Whose prices a caller pays: asked once a request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common import clock
from identity.http.actors import actor_of
from pricing import group_selectors
from pricing.group_contracts import MemberGroup


@dataclass(frozen=True, slots=True)
class MemberPrices:
    """The groups of providers that a caller's organisation is in."""

    by_provider: Mapping[UUID, MemberGroup]

    @property
    def groups(self) -> tuple[tuple[UUID, str], ...]:
        """Return the groups as a filter of the market takes them."""
        return tuple(sorted((pk, each.group) for pk, each in self.by_provider.items()))


def member_prices(request: Any) -> MemberPrices:
    """Return the groups of the caller's organisation now, for the project that it names."""
    asked = getattr(request, "_request", request)
    known = getattr(asked, "member_prices", None)
    if known is None:
        buyer_id = actor_of(request).organization_id
        found = group_selectors.groups_of_projects(buyer_id, at=clock.now())
        project = asked.GET.get("project", "").strip()
        known = MemberPrices(found.get(project, found[""]))
        asked.member_prices = known
    return known
