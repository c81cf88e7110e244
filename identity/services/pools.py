"""A node gives owners their codes, and pools to register in: consecutively, and never again."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.errors import InvalidInput, NotFound, Refusal
from identity.identifiers import kinds, profiles
from identity.models import IdentifierProfile, Organization
from identity.register_models import OwnerCode, Pool
from identity.services.resources import Allotted

POOL_PROFILE: Final = "2"
CODE_LENGTH: Final = 4
RESOURCES_IN_POOL_MAX: Final = 1_000_000


class PoolUnknown(NotFound):
    """There is no such pool of this organisation (another's looks alike)."""

    code = "pool_unknown"
    sentence = _("You have no pool with this prefix.")


class LimitsExceeded(Refusal):
    """A range is full."""

    code = "limits_exceeded"
    status = 422
    sentence = _("The range is full: a wider one has to be allotted first.")


def allot_pool(
    *, organization_id: UUID, name: str, resources_max: int, now: datetime, node: str = ""
) -> Pool:
    """
    Give an organisation the next pool of its own, and its owner's code with the first.

    :raises NotFound: if there is no such organisation
    :raises InvalidInput: if the pool would hold nothing, or too much
    :raises LimitsExceeded: if all codes of four characters are given
    """
    node = node or settings.SUANPAN_NODE_CODE
    if not 0 < resources_max <= RESOURCES_IN_POOL_MAX:
        raise InvalidInput(field="resources_max")
    profile = profiles.layout(IdentifierProfile.objects.get(version=POOL_PROFILE).definition)
    profile.field("node").require(node, None)
    with transaction.atomic(), tenancy.acting_as_platform():
        if not Organization.objects.filter(pk=organization_id).exists():
            raise NotFound
        _lock(f"allot {node}")
        owner = _owner_code(node, organization_id, now)
        code = _next(list(owner.pools.values_list("code", flat=True)))
        parts = {"node": node, "owner": owner.code, "pool": code}
        return Pool.objects.create(
            owner_code=owner,
            organization_id=organization_id,
            profile_id=POOL_PROFILE,
            code=code,
            prefix=profile.prefix_of_serials(parts),
            name=name,
            resources_max=resources_max,
            allotted_at=now,
        )


def allotted_to(*, prefix: str, provider_id: UUID) -> Allotted:
    """
    Return what a pool's codes begin with, for resources that are registered in it.

    :raises PoolUnknown: if the provider has no such pool
    """
    pool = (
        Pool.objects.filter(prefix=prefix, organization_id=provider_id)
        .select_related("owner_code")
        .first()
    )
    if pool is None:
        raise PoolUnknown(field="pool")
    owner = pool.owner_code
    return Allotted(pool.profile_id, {"node": owner.node, "owner": owner.code, "pool": pool.code})


def _owner_code(node: str, organization_id: UUID, now: datetime) -> OwnerCode:
    given = OwnerCode.objects.filter(node=node)
    found = given.filter(organization_id=organization_id).first()
    if found is not None:
        return found
    code = _next(list(given.values_list("code", flat=True)))
    return OwnerCode.objects.create(
        node=node, code=code, organization_id=organization_id, allotted_at=now
    )


def _next(given: list[str]) -> str:
    """Return the code after the highest, in the alphabet of digits and capitals."""
    number = max((int(code, 36) for code in given), default=0) + 1
    if number >= 36**CODE_LENGTH:
        raise LimitsExceeded
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = kinds.ALPHABET[digit] + digits
    return digits.rjust(CODE_LENGTH, "0")


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [name])
