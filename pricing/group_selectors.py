"""Reads of price groups. Who is in one is known to its provider, the buyer and the platform."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from common import tenancy
from common.moments import market_date
from identity import relations
from identity.contracts import Actor, Role
from identity.projects import selectors as projects_selectors
from pricing import rules, selectors
from pricing.group_contracts import (
    GroupAsked,
    GroupEntryNotFound,
    GroupKnown,
    GroupsKnown,
    MemberGroup,
    MemberQuote,
)
from pricing.models import PriceGroupEntry
from pricing.rows import QuoteRow

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


def member_quote(quote: QuoteRow) -> MemberQuote | None:
    """
    Return what a quote's buyer is charged in its group as of the quote's moment; None without one.

    It is rated by the version and the measure that the quote froze, used whole. Nothing of it is
    part of the quote: who is shown the quote by a link reads the list price.
    """
    card = selectors.kept_cards({quote.plan_version_id})[quote.plan_version_id]
    tables = card.terms.factors if card.terms else ()
    said = {value for each in tables if each.kind == "group" for value, _by in each.values}
    if not said:
        return None
    own = group_of_buyer(
        quote.buyer_id, card.provider_id, project_id=quote.project_id, at=quote.quoted_at
    )
    if own is None or own.group not in said:
        return None
    measure = rules.in_group(rules.parse_measure(quote.measure), own.group)
    lines = rules.rate(card, measure)
    return MemberQuote(
        group=own.group,
        since=own.since,
        lines=[rules.line_json(line) for line in lines],
        gross_minor=rules.total_minor(lines),
    )


def group_of_buyer(
    buyer_id: UUID, provider_id: UUID, *, project_id: UUID | None, at: datetime
) -> MemberGroup | None:
    """Return the group of a provider that a buyer is in: for a project, its own entry first."""
    if project_id is not None:
        found = (
            entries_about(buyer_id)
            .filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), starts_at__lte=at)
            .filter(provider_id=provider_id, project_code=_code_of(project_id))
            .first()
        )
        if found is not None:
            return MemberGroup(found.price_group, found.starts_at, found.ends_at)
    return groups_of_buyer(buyer_id, at=at).get(provider_id)


def _code_of(project_id: UUID) -> Any:
    found = projects_selectors.by_ids([project_id]).get(project_id)
    return None if found is None else found.code


def groups_of_buyer(buyer_id: UUID, *, at: datetime) -> dict[UUID, MemberGroup]:
    """
    Return, by provider, the group whose prices a buyer pays at a moment whatever it orders for.

    One query, and more only where a provider entered all who are related to it.
    """
    return groups_of_projects(buyer_id, at=at).get("", {})


def groups_of_projects(buyer_id: UUID, *, at: datetime) -> dict[str, dict[UUID, MemberGroup]]:
    """
    Return whose prices a buyer pays by provider, by project: under an empty code for anything.

    Other codes are of projects that have a price of their own somewhere; elsewhere they pay what
    the buyer pays. Queries are as of `groups_of_buyer`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM pricing_groups_for(%s, %s)", [buyer_id, at])
        rows = cursor.fetchall()
    own = [row for row in rows if not row[4] and not row[5]]
    maybe = {row[0] for row in rows if row[4]} - {row[0] for row in own}
    related: set[UUID] = set()
    if maybe:
        with tenancy.acting_as_platform():
            known = relations.relations(
                buyer_ids=[buyer_id], provider_ids=maybe, on=market_date(at)
            )
        related = {provider_id for _buyer, provider_id in known}
    whole = {
        provider_id: MemberGroup(name, since, until)
        for provider_id, name, since, until, if_related, project in rows
        if not project and (not if_related or provider_id in related)
    }
    found = {"": whole}
    for provider_id, name, since, until, _related, project in rows:
        if project:
            entry = MemberGroup(name, since, until, project)
            found.setdefault(project, dict(whole))[provider_id] = entry
    return found
