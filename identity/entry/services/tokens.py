"""Tokens of minutes for programs: OAuth 2.0, client credentials. A key is the client."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from common import tenancy
from identity import selectors as identity
from identity import services as identity_services
from identity.entry.contracts import (
    ACCESS_TOKEN_SECONDS,
    ACCESS_TOKENS_MAX,
    TOKEN_PREFIX,
    OAuthRefused,
)
from identity.entry.models import AccessToken
from identity.models import ApiKey

# The client keeps its name while its secrets change: it is the first key of the chain.
_CHAIN = """
    WITH RECURSIVE chain AS (
        SELECT id, replaces_id FROM identity_apikey WHERE id = %s
        UNION ALL
        SELECT former.id, former.replaces_id FROM identity_apikey former
        JOIN chain ON former.id = chain.replaces_id
    )
    SELECT array_agg(id) FROM chain
"""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token, with its only copy."""

    secret: str
    scopes: Collection[str]
    seconds: int


@transaction.atomic
def issue_token(
    *, client_id: str, client_secret: str, scope: str, address: str, now: datetime
) -> IssuedToken:
    """
    Give a program a token for its key: it may what the key may, or less, for some minutes.

    `client_id` is the identifier of the key, or of one that it replaced; `scope` the scopes that
    are wanted, apart by spaces; empty: all of the key.

    :raises OAuthRefused: `invalid_client`, `invalid_scope`, or `too_many_tokens`
    :raises KeyNetworkRefused: if the key is for other networks
    """
    with tenancy.acting_as_platform():
        actor = identity.key_actor(secret=client_secret, now=now, address=address)
        if actor is None or actor.api_key_id is None:
            raise OAuthRefused(error="invalid_client")
        if client_id not in _names_of(actor.api_key_id):
            raise OAuthRefused(error="invalid_client")
        if actor.is_suspended:
            raise OAuthRefused(error="invalid_client")
        held = actor.scopes or frozenset()
        wanted = frozenset(scope.split()) or held
        if wanted - held:
            raise OAuthRefused(error="invalid_scope")
        key = ApiKey.objects.select_for_update(no_key=True).get(pk=actor.api_key_id)
        good = AccessToken.objects.filter(key=key, expires_at__gt=now)
        if good.count() >= ACCESS_TOKENS_MAX:
            raise OAuthRefused(error="too_many_tokens")
        ends = min(
            now + timedelta(seconds=ACCESS_TOKEN_SECONDS),
            key.expires_at,
            key.ends_at or key.expires_at,
        )
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        AccessToken.objects.create(
            organization_id=key.organization_id,
            key=key,
            token_hash=identity.hash_secret(secret),
            scopes=sorted(wanted),
            issued_at=now,
            expires_at=ends,
        )
        identity_services.note_key_use(key_id=key.pk, address=address, now=now)
    return IssuedToken(secret, sorted(wanted), int((ends - now).total_seconds()))


@transaction.atomic
def revoke_token(
    *, client_id: str, client_secret: str, token: str, address: str, now: datetime
) -> None:
    """
    End a token of the client's own (RFC 7009); one that is none is no error.

    :raises OAuthRefused: `invalid_client`
    """
    with tenancy.acting_as_platform():
        actor = identity.key_actor(secret=client_secret, now=now, address=address)
        if actor is None or actor.api_key_id is None:
            raise OAuthRefused(error="invalid_client")
        names = _names_of(actor.api_key_id)
        if client_id not in names:
            raise OAuthRefused(error="invalid_client")
        mine = AccessToken.objects.filter(key_id__in=list(names))
        mine.filter(token_hash=identity.hash_secret(token)).delete()


def forget_tokens(*, now: datetime) -> int:
    """Remove tokens that are over; return how many."""
    with tenancy.acting_as_platform():
        count, _rows = AccessToken.objects.filter(expires_at__lte=now).delete()
    return count


def _names_of(key_id: UUID) -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(_CHAIN, [key_id])
        row = cursor.fetchone()
    return frozenset(map(str, row[0] if row else ()))
