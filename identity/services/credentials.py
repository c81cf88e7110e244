"""What programs prove themselves with: API keys and the keys of metering agents."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import ed25519, tenancy
from common.errors import Forbidden, InvalidInput, NotFound, Refusal
from identity import letters
from identity.contracts import KeyKind, Role
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.key_networks import read_networks
from identity.models import ApiKey, Membership, MeteringAgent
from identity.selectors import hash_secret
from identity.services.standing import require_standing

KEY_LIFETIME_MAX: Final = timedelta(days=366)
KEY_PREFIXES: Final = {KeyKind.ORGANIZATION: "spn_", KeyKind.PERSONAL: "spp_"}


class InvalidExpiry(InvalidInput):
    """A credential must end, and not too late."""

    code = "invalid_expiry"
    sentence = _("The key must expire in the future, within %(days_max)s days.")


class InvalidPublicKey(InvalidInput):
    """The text is no Ed25519 public key, or one that anybody could sign for."""

    code = "invalid_public_key"
    sentence = _("Send the 32 bytes of an Ed25519 public key.")


class AgentKeyExists(Refusal):
    """The key is registered already, here or elsewhere."""

    code = "agent_key_exists"
    sentence = _("This public key is registered already.")


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new API key, with the only copy of its secret."""

    key: ApiKey
    secret: str


def create_api_key(
    *,
    organization_id: UUID,
    created_by: int,
    name: str,
    roles: Collection[Role],
    scopes: Collection[str],
    now: datetime,
    expires_at: datetime,
    networks: Collection[str] = (),
    kind: KeyKind = KeyKind.ORGANIZATION,
    replaces_id: UUID | None = None,
) -> IssuedKey:
    """
    Make a key for programs of an organisation. The secret is returned here and never again.

    `networks` are those from which it may be used, as CIDR; without any it is used from everywhere.

    :raises Forbidden: if the maker does not hold one of the roles there
    :raises InvalidExpiry: if the key would end at once, or too late
    :raises InvalidNetwork: if what was written is no network
    :raises OrganizationSuspended: while the organisation is
    """
    require_standing(organization_id)
    held = Membership.objects.filter(organization_id=organization_id, user_id=created_by)
    if not roles or set(roles) - set(held.values_list("role", flat=True)):
        raise Forbidden(field="roles")
    if not now < expires_at <= now + KEY_LIFETIME_MAX:
        raise InvalidExpiry(field="expires_at", days_max=KEY_LIFETIME_MAX.days)
    known = read_networks(networks)
    secret = KEY_PREFIXES[kind] + secrets.token_urlsafe(32)
    with tenancy.acting_as_platform():
        key = ApiKey.objects.create(
            organization_id=organization_id,
            created_by_id=created_by,
            name=name,
            prefix=secret[:10],
            secret_hash=hash_secret(secret),
            roles=sorted(roles),
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
            networks=known or None,
            kind=kind,
            replaces_id=replaces_id,
        )
        record_credential(
            IdentityEvent.KEY_CREATED, key, roles=key.roles, scopes=key.scopes, kind=key.kind
        )
        letters.key_made(
            email=key.created_by.email,
            language=key.created_by.language,
            name=key.name,
            prefix=key.prefix,
            until=key.expires_at,
        )
    return IssuedKey(key, secret)


def record_credential(name: IdentityEvent, key: ApiKey | MeteringAgent, **facts: object) -> None:
    """Record something of a credential, under the part of it that is shown to people."""
    kind, shown = (
        ("api_key", key.prefix) if isinstance(key, ApiKey) else ("metering_agent", key.key_id)
    )
    event = events.Event(
        name=name,
        object_kind=kind,
        object_id=key.pk,
        object_label=shown,
        concerns=[key.organization_id],
        facts=facts,
    )
    events.record([event])


def revoke_api_key(
    *, organization_id: UUID, key_id: UUID, now: datetime, owner_id: int | None = None
) -> ApiKey:
    """
    End a key of the organisation, or a person's own token there; twice changes nothing.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    """
    owned = ApiKey.objects.filter(
        pk=key_id, organization_id=organization_id, kind=KeyKind.ORGANIZATION
    )
    if owner_id is not None:
        owned = ApiKey.objects.filter(
            pk=key_id, organization_id=organization_id, created_by=owner_id, kind=KeyKind.PERSONAL
        )
    with tenancy.acting_as_platform():
        ended = owned.filter(revoked_at=None).update(revoked_at=now)
        key = owned.first()
        if key is None:
            raise NotFound
        if ended:
            record_credential(IdentityEvent.KEY_REVOKED, key)
    return key


@dataclass(frozen=True, slots=True)
class AgentKeyPair:
    """A new key of an agent; its secret half is in no other place."""

    public_key: bytes
    secret_pem: str


def make_agent_key() -> AgentKeyPair:
    """Make a key for an agent whose site makes none itself. Nothing of it is kept here."""
    secret = Ed25519PrivateKey.generate()
    pem = secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return AgentKeyPair(public, pem.decode())


def register_agent(
    *, organization_id: UUID, name: str, public_key: bytes, first_id: UUID | None = None
) -> MeteringAgent:
    """
    Register the Ed25519 public key by which a program at a provider's site signs readings.

    `first_id` is the first key of the same program, where this one is a later one.

    :raises InvalidPublicKey: if the bytes are no such key
    :raises AgentKeyExists: if any organisation has registered it
    """
    _require_public_key(public_key)
    agent = MeteringAgent(
        organization_id=organization_id,
        name=name,
        key_id=hashlib.sha256(public_key).hexdigest()[:16],
        public_key=public_key,
        first_id=first_id,
    )
    try:
        with tenancy.acting_as_platform():
            agent.save(force_insert=True)
            record_credential(IdentityEvent.AGENT_REGISTERED, agent)
    except IntegrityError as error:
        raise AgentKeyExists(field="public_key") from error
    return agent


def _require_public_key(public_key: bytes) -> None:
    if not ed25519.is_public_key(public_key):
        raise InvalidPublicKey(field="public_key")


def revoke_agent(*, organization_id: UUID, agent_id: UUID, now: datetime) -> MeteringAgent:
    """
    End an agent: what it signs from now on is refused. Ending it twice changes nothing.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    """
    owned = MeteringAgent.objects.filter(pk=agent_id, organization_id=organization_id)
    with tenancy.acting_as_platform():
        ended = owned.filter(revoked_at=None).update(revoked_at=now)
        agent = owned.first()
        if agent is None:
            raise NotFound
        if ended:
            record_credential(IdentityEvent.AGENT_REVOKED, agent)
    return agent


def end_agent_later(*, organization_id: UUID, agent_id: UUID, ends_at: datetime) -> None:
    """Let a replaced key be good until a moment, or until one that was said before if sooner."""
    owned = MeteringAgent.objects.filter(pk=agent_id, organization_id=organization_id)
    with tenancy.acting_as_platform():
        ended = owned.filter(Q(ends_at=None) | Q(ends_at__gt=ends_at), revoked_at=None).update(
            ends_at=ends_at
        )
        agent = owned.first()
        if ended and agent is not None:
            record_credential(IdentityEvent.AGENT_ENDS, agent, ends_at=ends_at)
