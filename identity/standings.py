"""Where organisations of the register stand, and who acts for them."""

from collections.abc import Collection

from django.db.models import QuerySet

from identity.contracts import OrganizationStanding
from identity.models import Organization, User


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


def signed_in_once(person_ids: Collection[int]) -> int:
    """Return how many of some people have signed in at least once."""
    return User.objects.filter(pk__in=person_ids, last_login__isnull=False).count()
