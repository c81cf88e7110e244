"""Reads of what is allotted: grants of prefixes, and pools."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from identity.contracts import Actor, GrantLevel, GrantNotFound, GrantState
from identity.register_models import IdentifierGrant, Pool


@dataclass(frozen=True, slots=True)
class AllottedCounts:
    """How many grants of each level are current, and how many codes pools hold and may hold."""

    nodes: int
    owners: int
    pools: int
    registered: int
    resources_max: int


def all_grants() -> QuerySet[IdentifierGrant]:
    """Return what is granted now, the latest first."""
    return IdentifierGrant.objects.filter(is_current=True).order_by("-id")


def grants_for(actor: Actor) -> QuerySet[IdentifierGrant]:
    """Return the grants that hold, or did last, the latest first: one's own; to duties, all."""
    if actor.spans_tenants:
        return all_grants()
    return all_grants().filter(organization_id=actor.organization_id)


def grant_for(actor: Actor, grant_id: UUID) -> IdentifierGrant:
    """
    Return what is granted now under the prefix of a grant.

    :raises GrantNotFound: if there is none, or it is somebody else's
    """
    prefixes = IdentifierGrant.objects.filter(pk=grant_id).values("prefix")
    found = grants_for(actor).filter(prefix__in=prefixes).first()
    if found is None:
        raise GrantNotFound
    return found


def current_grants(prefixes: Collection[str]) -> QuerySet[IdentifierGrant]:
    """Return what is granted now under prefixes."""
    return IdentifierGrant.objects.filter(prefix__in=prefixes, is_current=True)


def said_of_prefix(prefix: str) -> QuerySet[IdentifierGrant]:
    """Return all that was said of a prefix, the latest first."""
    return IdentifierGrant.objects.filter(prefix=prefix).order_by("-sequence")


def grants_below(prefix: str) -> QuerySet[IdentifierGrant]:
    """Return the grants right below a prefix, the latest first."""
    return IdentifierGrant.objects.filter(is_current=True, parent_prefix=prefix).order_by("-id")


def halted_above(code: str) -> list[IdentifierGrant]:
    """Return the grants above a code that do not hold, the shortest prefix first."""
    parts = code.split("-")
    prefixes = ["-".join(parts[:count]) for count in range(1, len(parts))]
    halted = current_grants(prefixes).exclude(state=GrantState.ACTIVE)
    return list(halted.order_by("depth"))


def halted_prefixes(codes: Collection[str]) -> set[str]:
    """Return the prefixes above some codes that are granted and do not hold; one statement."""
    above = {
        "-".join(parts[:count])
        for parts in (code.split("-") for code in codes)
        for count in range(1, len(parts))
    }
    halted = current_grants(above).exclude(state=GrantState.ACTIVE)
    return set(halted.values_list("prefix", flat=True))


def pools() -> QuerySet[Pool]:
    """Return every pool, the latest first."""
    return Pool.objects.select_related("organization", "owner_code").order_by("-id")


def pools_for(actor: Actor) -> QuerySet[Pool]:
    """Return the pools that an actor may see, the latest first: one's own; to duties, all."""
    if actor.spans_tenants:
        return pools()
    return pools().filter(organization_id=actor.organization_id)


def pool_of_prefix(prefix: str) -> Pool | None:
    """Return the pool of exactly this prefix."""
    return Pool.objects.filter(prefix=prefix).first()


def counted_for(actor: Actor) -> AllottedCounts:
    """Return how much is allotted of what an actor may see: two statements."""
    by_level = dict(grants_for(actor).order_by("level").values_list("level").annotate(Count("id")))
    sums = pools_for(actor).aggregate(held=Sum("registered"), most=Sum("resources_max"))
    return AllottedCounts(
        nodes=by_level.get(GrantLevel.NODE, 0),
        owners=by_level.get(GrantLevel.OWNER, 0),
        pools=by_level.get(GrantLevel.POOL, 0),
        registered=sums["held"] or 0,
        resources_max=sums["most"] or 0,
    )
