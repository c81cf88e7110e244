"""Reads of price groups. Who is in one is known to its provider, the buyer and the platform."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from identity.contracts import Actor, Role
from pricing.group_contracts import GroupAsked, GroupEntryNotFound, GroupKnown, GroupsKnown
from pricing.models import PriceGroupEntry

KNOWN_IN = """
    SELECT asked.place, known.entry, known.name
    FROM unnest(%s::integer[], %s::uuid[], %s::uuid[], %s::text[], %s::boolean[], %s::timestamptz[])
        AS asked (place, provider, buyer, project, is_related, moment)
    CROSS JOIN LATERAL pricing_group_of(
        asked.provider, asked.buyer, asked.project, asked.is_related, asked.moment) known
"""


def group_entries_for(actor: Actor) -> QuerySet[PriceGroupEntry]:
    """Return the entries that an actor may read: a provider's own, those about it, or all."""
    rows = PriceGroupEntry.objects.select_related("buyer", "provider").order_by("-id")
    if actor.spans_tenants:
        return rows
    own = actor.organization_id
    if actor.has_role(Role.PROVIDER):
        return rows.filter(provider_id=own) | rows.filter(buyer_id=own)
    return rows.filter(buyer_id=own)


def entries_of_provider(provider_id: UUID) -> QuerySet[PriceGroupEntry]:
    """Return whom a provider entered, newest first."""
    rows = PriceGroupEntry.objects.select_related("buyer", "provider")
    return rows.filter(provider_id=provider_id).order_by("-id")


def entries_about(buyer_id: UUID) -> QuerySet[PriceGroupEntry]:
    """Return the groups that a buyer is or was in, newest first."""
    rows = PriceGroupEntry.objects.select_related("buyer", "provider")
    return rows.filter(buyer_id=buyer_id).order_by("-id")


def group_entry(entry_id: UUID, *, provider_id: UUID) -> PriceGroupEntry:
    """
    Return an entry of a provider's.

    :raises GroupEntryNotFound: if there is none, or it is someone else's
    """
    found = entries_of_provider(provider_id).filter(pk=entry_id).first()
    if found is None:
        raise GroupEntryNotFound(field="entry_id")
    return found


def groups_known(asked: Collection[GroupAsked]) -> GroupsKnown:
    """Return in which groups buyers are, in one query; who is in none is left out."""
    wanted = list(dict.fromkeys(asked))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            KNOWN_IN,
            [
                list(range(len(wanted))),
                [each.provider_id for each in wanted],
                [each.buyer_id for each in wanted],
                [each.project_code for each in wanted],
                [each.is_related for each in wanted],
                [each.at for each in wanted],
            ],
        )
        rows = cursor.fetchall()
    return {wanted[place]: GroupKnown(name, entry) for place, entry, name in rows}
