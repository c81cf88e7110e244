"""Where organisations and resources of the register stand, and who acts for them."""

from collections.abc import Collection

from django.db.models import QuerySet

from identity import allotments
from identity.contracts import OrganizationStanding, ResourceStatus
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


def signed_in_once(person_ids: Collection[int]) -> int:
    """Return how many of some people have signed in at least once."""
    return User.objects.filter(pk__in=person_ids, last_login__isnull=False).count()
