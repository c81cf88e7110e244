"""A node gives owners their codes, and pools to register in: consecutively, and never again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.errors import InvalidInput, NotFound, Refusal
from common.ids import uuid7
from identity.contracts import GrantLevel, GrantState
from identity.identifiers import kinds, profiles
from identity.models import IdentifierProfile, Organization
from identity.register_models import IdentifierGrant, OwnerCode, Pool
from identity.services.grants import GrantDraft, LimitsExceeded, grant_prefix
from identity.services.resources import Allotted
from identity.services.standing import require_open

POOL_PROFILE: Final = "2"
CODE_LENGTH: Final = 4
RESOURCES_IN_POOL_MAX: Final = 1_000_000


class PoolUnknown(NotFound):
    """There is no such pool of this organisation (another's looks alike)."""

    code = "pool_unknown"
    sentence = _("You have no pool with this prefix.")


class GrantHalted(Refusal):
    """A grant above the code is suspended, or ended."""

    code = "grant_halted"
    status = 403
    sentence = _("The grant of %(prefix)s does not hold: nothing is registered below it.")


def allot_pool(
    *,
    organization_id: UUID,
    name: str,
    resources_max: int,
    now: datetime,
    node: str = "",
    limits: Mapping[str, Any] | None = None,
    by_id: int | None = None,
    pool_id: UUID | None = None,
) -> Pool:
    """
    Give an organisation the next pool of its own by a grant, and its owner's code with the first.

    `limits` may narrow the pool to `regions` (beginnings of their codes) and `classes`; `pool_id`
    names the row where two people agreed on it.

    :raises NotFound: if there is no such organisation
    :raises OrganizationClosed: if it was closed
    :raises InvalidInput: if the pool would hold nothing, or too much
    :raises LimitsExceeded: if all codes of four characters are given, or the node's grant is full
    :raises GrantHalted: if a grant above it does not hold
    """
    node = node or settings.SUANPAN_NODE_CODE
    if not 0 < resources_max <= RESOURCES_IN_POOL_MAX:
        raise InvalidInput(field="resources_max")
    profile = profiles.layout(IdentifierProfile.objects.get(version=POOL_PROFILE).definition)
    profile.field("node").require(node, None)
    with transaction.atomic(), tenancy.acting_as_platform():
        require_open(organization_id)
        organization = Organization.objects.filter(pk=organization_id).first()
        if organization is None:
            raise NotFound
        _lock(f"allot {node}")
        owner = _owner_code(node, organization_id, now)
        code = _next(list(owner.pools.values_list("code", flat=True)))
        parts = {"node": node, "owner": owner.code, "pool": code}
        prefix = profile.prefix_of_serials(parts)
        require_granted(prefix)
        above, _dash, _code = prefix.rpartition("-")
        granted = GrantDraft(
            prefix=above,
            profile=POOL_PROFILE,
            level=GrantLevel.OWNER,
            issuer=node,
            organization_id=organization_id,
            name=organization.name,
        )
        grant_prefix(draft=granted, now=now, by_id=by_id)
        pool = replace(
            granted,
            prefix=prefix,
            level=GrantLevel.POOL,
            name=name,
            limits={**(limits or {}), "children": 0, "resources": resources_max},
        )
        grant_prefix(draft=pool, now=now, by_id=by_id)
        return Pool.objects.create(
            id=pool_id or uuid7(),
            owner_code=owner,
            organization_id=organization_id,
            profile_id=POOL_PROFILE,
            code=code,
            prefix=prefix,
            name=name,
            resources_max=resources_max,
            allotted_at=now,
        )


def require_granted(code: str) -> None:
    """
    Check that every grant above a code, or a prefix, holds.

    :raises GrantHalted: naming the one that does not
    """
    halted = IdentifierGrant.objects.filter(is_current=True).exclude(state=GrantState.ACTIVE)
    for prefix in halted.filter(prefix__in=_beginnings(code)).values_list("prefix", flat=True):
        raise GrantHalted(field="pool", prefix=prefix)


def _beginnings(code: str) -> list[str]:
    parts = code.split("-")
    return ["-".join(parts[:count]) for count in range(1, len(parts) + 1)]


def allotted_to(*, prefix: str, provider_id: UUID) -> Allotted:
    """
    Return what a pool's codes begin with, for resources that are registered in it.

    :raises PoolUnknown: if the provider has no such pool
    :raises GrantHalted: if a grant above it does not hold
    """
    pool = (
        Pool.objects.filter(prefix=prefix, organization_id=provider_id)
        .select_related("owner_code")
        .first()
    )
    if pool is None:
        raise PoolUnknown(field="pool")
    require_granted(prefix)
    owner = pool.owner_code
    parts = {"node": owner.node, "owner": owner.code, "pool": pool.code}
    return Allotted(pool.profile_id, parts, _limits_of(prefix))


def _limits_of(prefix: str) -> tuple[Mapping[str, Any], ...]:
    """Return the limits of every grant above a code, which all hold."""
    granted = IdentifierGrant.objects.filter(is_current=True, prefix__in=_beginnings(prefix))
    return tuple(granted.order_by("depth").values_list("limits", flat=True))


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
