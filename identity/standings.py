"""Where organisations and resources of the register stand, and who acts for them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db.models import (
    CharField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Concat

from identity import allotments
from identity.contracts import GrantState, OrganizationStanding, ResourceStatus
from identity.models import ComputeResource, Organization, User
from identity.register_models import IdentifierGrant


def organizations_standing(
    found: QuerySet[Organization], standing: OrganizationStanding
) -> QuerySet[Organization]:
    """Keep the organisations that stand so (see `standing_of_organization`)."""
    if standing == OrganizationStanding.CLOSED:
        return found.filter(closed_at__isnull=False)
    open_ones = found.filter(closed_at__isnull=True)
    if standing == OrganizationStanding.SUSPENDED:
        return open_ones.filter(suspended_at__isnull=False)
    return open_ones.filter(
        suspended_at__isnull=True, onboarding_since__isnull=standing == OrganizationStanding.ACTIVE
    )


def standing_of_organization(found: Organization) -> OrganizationStanding:
    """Return where an organisation stands."""
    if found.closed_at is not None:
        return OrganizationStanding.CLOSED
    if found.suspended_at is not None:
        return OrganizationStanding.SUSPENDED
    return (
        OrganizationStanding.ACTIVE
        if found.onboarding_since is None
        else OrganizationStanding.ONBOARDING
    )


def counted_status(found: ComputeResource) -> tuple[ResourceStatus, IdentifierGrant | None]:
    """
    Return the worst of what holds for a resource, its owner and the grants above its code.

    With the grant that does not hold, if that is why; else it is the resource's or its owner's.
    """
    status = ResourceStatus(found.status)
    if status != ResourceStatus.ACTIVE:
        return status, None
    if found.provider.suspended_at is not None:
        return ResourceStatus.SUSPENDED, None
    halted = allotments.halted_above(found.identifier)
    return (ResourceStatus.SUSPENDED, halted[0]) if halted else (status, None)


def counted_statuses(rows: Sequence[ComputeResource]) -> dict[UUID, ResourceStatus]:
    """
    Return what `counted_status` says of each of some resources; one statement.

    They are read with their providers (`select_related`).
    """
    halted = allotments.halted_prefixes([each.identifier for each in rows])
    return {each.pk: _counted(each, halted) for each in rows}


def mark_counted(rows: Sequence[Any]) -> None:
    """Set `counted_status` of resources that were read for showing; one statement."""
    counted = counted_statuses(rows)
    for each in rows:
        each.counted_status = counted[each.pk]


def _counted(found: ComputeResource, halted: Collection[str]) -> ResourceStatus:
    is_stopped = found.provider.suspended_at is not None or any(
        found.identifier.startswith(f"{prefix}-") for prefix in halted
    )
    if found.status == ResourceStatus.ACTIVE and is_stopped:
        return ResourceStatus.SUSPENDED
    return ResourceStatus(found.status)


def resources_counted(
    found: QuerySet[ComputeResource], status: ResourceStatus
) -> QuerySet[ComputeResource]:
    """Keep the resources that stand so for everybody (see `counted_status`)."""
    if status not in (ResourceStatus.ACTIVE, ResourceStatus.SUSPENDED):
        return found.filter(status=status)
    is_stopped = Q(provider__suspended_at__isnull=False) | Q(_halted_above("identifier"))
    if status == ResourceStatus.ACTIVE:
        return found.filter(status=status).exclude(is_stopped)
    return found.filter(Q(status=status) | (Q(status=ResourceStatus.ACTIVE) & is_stopped))


def _halted_above(name: str) -> Exists:
    """Return whether a grant above the code of this name does not hold, as a condition."""
    halted = IdentifierGrant.objects.filter(is_current=True).exclude(state=GrantState.ACTIVE)
    above = halted.alias(code=ExpressionWrapper(OuterRef(name), CharField())).filter(
        code__startswith=Concat("prefix", Value("-"))
    )
    return Exists(above)


def grants_counted(
    found: QuerySet[IdentifierGrant], state: GrantState
) -> QuerySet[IdentifierGrant]:
    """Keep the grants that stand so, those above them counted."""
    if state == GrantState.ENDED:
        return found.filter(state=state)
    below = Q(_halted_above("prefix"))
    if state == GrantState.ACTIVE:
        return found.filter(state=state).exclude(below)
    return found.filter(Q(state=state) | (Q(state=GrantState.ACTIVE) & below))


def counted_grant_states(rows: Sequence[IdentifierGrant]) -> dict[Any, GrantState]:
    """Return how each of some grants stands, the grants above it counted; one statement."""
    halted = allotments.halted_prefixes([each.prefix for each in rows])
    return {each.pk: _counted_grant(each, halted) for each in rows}


def mark_grants(rows: Sequence[Any]) -> None:
    """Set `counted_state` of grants that were read for showing; one statement."""
    counted = counted_grant_states(rows)
    for each in rows:
        each.counted_state = counted[each.pk]


def _counted_grant(found: IdentifierGrant, halted: Collection[str]) -> GrantState:
    if found.state == GrantState.ACTIVE and any(
        found.prefix.startswith(f"{prefix}-") for prefix in halted
    ):
        return GrantState.SUSPENDED
    return GrantState(found.state)


def signed_in_once(person_ids: Collection[int]) -> int:
    """Return how many of some people have signed in at least once."""
    return User.objects.filter(pk__in=person_ids, last_login__isnull=False).count()
