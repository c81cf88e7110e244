"""Reads of the ways in: who acts by a token, who is invited, how an organisation signs in."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from identity import selectors as identity
from identity.contracts import Actor
from identity.entry.contracts import SsoConnectionNotFound
from identity.entry.models import Invitation, SsoConnection, SsoLink

_BY_HASH: Final = """
    SELECT token.scopes, key.secret_hash
    FROM entry_accesstoken token JOIN identity_apikey key ON key.id = token.key_id
    WHERE token.token_hash = %s AND token.expires_at > %s
"""


def token_actor(*, secret: str, now: datetime, address: str) -> Actor | None:
    """
    Return who acts by an access token; None if it is unknown or over, or its key is.

    A token never outlives its key, nor the duties of the person who made that. The transaction acts
    for the platform.

    :raises KeyNetworkRefused: if the key is for other networks than the address is in
    """
    with connection.cursor() as cursor:
        cursor.execute(_BY_HASH, [identity.hash_secret(secret), now])
        found = cursor.fetchone()
    if found is None:
        return None
    scopes, key_hash = found
    return identity.hashed_key_actor(
        secret_hash=key_hash, now=now, address=address, scopes=frozenset(scopes)
    )


def invitations_for(actor: Actor, organization_id: UUID) -> QuerySet[Invitation]:
    """
    Return the invitations of an organisation, the newest first.

    :raises NotFound: if the organisation is not the actor's to see
    """
    found = identity.organization_for(actor, organization_id)
    rows = Invitation.objects.filter(organization_id=found.pk)
    return rows.select_related("user").order_by("-id")


def all_invitations(*, uscc: str = "") -> QuerySet[Invitation]:
    """Return the invitations of all, or of the organisation of a code; asked for the market."""
    rows = Invitation.objects.select_related("organization").order_by("-id")
    return rows.filter(organization__uscc=uscc) if uscc else rows


def all_connections(*, uscc: str = "") -> QuerySet[SsoConnection]:
    """Return the connections of all, or of the organisation of a code; asked for the market."""
    rows = SsoConnection.objects.select_related("organization").order_by("-id")
    return rows.filter(organization__uscc=uscc) if uscc else rows


def with_people(found: QuerySet[SsoConnection]) -> list[tuple[SsoConnection, int]]:
    """Return connections, each with how many people its provider signed in."""
    people = (
        SsoLink.objects.filter(
            organization_id=OuterRef("organization_id"), issuer=OuterRef("issuer")
        )
        .order_by()
        .values("issuer")
        .annotate(people=Count("id"))
        .values("people")
    )
    rows = found.annotate(people=Coalesce(Subquery(people), 0))
    return [(each, int(each.people)) for each in rows]


def connections_for(actor: Actor, organization_id: UUID) -> QuerySet[SsoConnection]:
    """
    Return how the people of an organisation sign in by its own provider, the newest first.

    :raises NotFound: if the organisation is not the actor's to see
    """
    found = identity.organization_for(actor, organization_id)
    return SsoConnection.objects.filter(organization_id=found.pk).order_by("-id")


def connection_of(email: str) -> SsoConnection | None:
    """Return the connection that signs in people of an address's domain; asked at signing in."""
    domain = email.strip().lower().rpartition("@")[2]
    return SsoConnection.objects.filter(domains__contains=[domain], ended_at=None).first()


def connection_by_id(connection_id: UUID) -> SsoConnection:
    """
    Return a connection that counts; asked at signing in.

    :raises SsoConnectionNotFound: if there is none, or it ended
    """
    found = SsoConnection.objects.filter(pk=connection_id, ended_at=None)
    result = found.select_related("organization").first()
    if result is None:
        raise SsoConnectionNotFound
    return result


def links_of(organization_id: UUID) -> QuerySet[SsoLink]:
    """Return who signed in by an organisation's provider, the last first."""
    rows = SsoLink.objects.filter(organization_id=organization_id).select_related("user")
    return rows.order_by("-last_used_at", "id")
