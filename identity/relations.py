"""Reads of how the parties of trades are related, for the rooms above."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from common.errors import NotFound
from identity.contracts import Actor, Relation
from identity.models import Membership, OrganizationTie
from identity.ties import Tie, Ties


def relations(
    *, buyer_ids: Collection[UUID], provider_ids: Collection[UUID], on: date
) -> dict[tuple[UUID, UUID], Relation]:
    """
    Return how buyers and providers are related on a day; strangers are left out.

    The caller acts for the platform: it asks about members and ties of others.
    """
    found: dict[tuple[UUID, UUID], Relation] = {}
    # What tells more replaces what tells less.
    people = _people({*buyer_ids, *provider_ids})
    found |= dict.fromkeys(_meeting(people, buyer_ids, provider_ids), Relation.SAME_PERSON)
    if ties := ties_in_force(on=on):
        stakes = {each: ties.stakeholders(each) for each in {*buyer_ids, *provider_ids}}
        found |= dict.fromkeys(_meeting(stakes, buyer_ids, provider_ids), Relation.RELATED)
    return found | {
        (each, each): Relation.OWN for each in set(buyer_ids).intersection(provider_ids)
    }


def _meeting(
    circles: Mapping[UUID, Collection[Hashable]],
    buyer_ids: Collection[UUID],
    provider_ids: Collection[UUID],
) -> Iterator[tuple[UUID, UUID]]:
    """Yield the buyers and providers of whom somebody stands in both circles."""
    buyers: dict[Hashable, list[UUID]] = defaultdict(list)
    for buyer_id in buyer_ids:
        for member in circles.get(buyer_id, ()):
            buyers[member].append(buyer_id)
    for provider_id in provider_ids:
        for member in circles.get(provider_id, ()):
            for buyer_id in buyers.get(member, ()):
                if buyer_id != provider_id:
                    yield buyer_id, provider_id


def ties_in_force(*, on: date) -> Ties | None:
    """Return the ties of a day, or nothing if there are none."""
    rows = OrganizationTie.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on), valid_from__lte=on
    ).values_list("holder_id", "held_id", "kind", "share")
    known = [Tie(*row) for row in rows]
    return Ties(known, share_that_counts=settings.IDENTITY_RELATED_SHARE) if known else None


def ties_for(actor: Actor) -> QuerySet[OrganizationTie]:
    """Return the ties that an actor may see, newest first: its own, or all."""
    found = OrganizationTie.objects.select_related("holder", "held").order_by("-id")
    if actor.spans_tenants:
        return found
    return found.filter(Q(holder=actor.organization_id) | Q(held=actor.organization_id))


def ties_of(organization_id: UUID, *, on: date) -> QuerySet[OrganizationTie]:
    """Return the ties of an organisation on a day, to both sides; the caller may see all."""
    return (
        OrganizationTie.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=on),
            Q(holder=organization_id) | Q(held=organization_id),
            valid_from__lte=on,
        )
        .select_related("holder", "held")
        .order_by("id")
    )


def open_tie_for(actor: Actor, tie_id: UUID) -> OrganizationTie:
    """
    Return a tie without an end that an actor may see.

    :raises NotFound: if there is none
    """
    found = ties_for(actor).filter(pk=tie_id, valid_to__isnull=True).first()
    if found is None:
        raise NotFound
    return found


def _people(organization_ids: Collection[UUID]) -> dict[UUID, set[int]]:
    people: dict[UUID, set[int]] = defaultdict(set)
    rows = Membership.objects.filter(organization_id__in=organization_ids)
    for organization_id, user_id in rows.values_list("organization_id", "user_id"):
        people[organization_id].add(user_id)
    return people
