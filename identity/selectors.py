"""Reads of the register: who a person acts for, and what an organisation owns."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from common import reminders
from common.errors import NotFound
from identity.contracts import (
    PLATFORM_ROLES,
    SME_KINDS,
    Actor,
    CertificateKind,
    Holder,
    KeyKind,
    Role,
)
from identity.identifiers import codec, profiles
from identity.identifiers.refusals import UnknownProfile
from identity.key_networks import require_network
from identity.models import (
    ApiKey,
    ComputeResource,
    HardwareSerial,
    IdentifierProfile,
    Membership,
    MeteringAgent,
    Organization,
    SignedInDevice,
    SmeCertificate,
    User,
)
from identity.register_models import Pool, ProfileUse, ResourceEvent

DEVICES_MAX: Final = 100
# Every request with a key pays for it. The roles held are those of the key's maker.
_KEY: Final = """
    SELECT key.id, key.organization_id, key.created_by_id, key.roles, key.scopes,
        ARRAY(
            SELECT held.role FROM identity_membership held
            WHERE held.user_id = key.created_by_id
                AND held.organization_id = key.organization_id
        ),
        organization.suspended_at IS NOT NULL, key.networks
    FROM identity_apikey key
    JOIN identity_user maker ON maker.id = key.created_by_id AND maker.is_active
    JOIN identity_organization organization ON organization.id = key.organization_id
    WHERE key.secret_hash = %s AND key.revoked_at IS NULL
        AND least(key.expires_at, key.ends_at) > %s
"""


@dataclass(frozen=True, slots=True)
class SmeStanding:
    """What a valid SME certificate says about its holder on one day."""

    organization_id: UUID
    kind: CertificateKind
    number: str
    valid_to: date


def member_actor(*, user_id: int, organization_id: UUID | None) -> Actor | None:
    """
    Return a person acting for an organisation: the wanted one if a member, else the first joined.

    Reads memberships of every organisation, so the transaction acts for the platform.
    """
    roles: dict[UUID, set[Role]] = {}
    suspended: set[UUID] = set()
    rows = Membership.objects.filter(user_id=user_id).order_by("id")
    facts = rows.values_list("organization_id", "role", "organization__suspended_at")
    for tenant, role, suspended_at in facts:
        roles.setdefault(tenant, set()).add(Role(role))
        if suspended_at is not None:
            suspended.add(tenant)
    if not roles:
        return None
    chosen = organization_id if organization_id in roles else next(iter(roles))
    held = frozenset(roles[chosen])
    withheld = _withheld_roles(user_id, held)
    return Actor(
        organization_id=chosen,
        roles=held - withheld,
        person_id=user_id,
        withheld_roles=withheld,
        is_suspended=chosen in suspended,
        organization_ids=frozenset(roles),
    )


def operator_named(email: str) -> Actor | None:
    """Return an operator by e-mail address; whoever asks has a shell on the market's machine."""
    held = Membership.objects.filter(user__email__iexact=email, role=Role.OPERATOR)
    found = held.order_by("id").values_list("user_id", "organization_id").first()
    if found is None:
        return None
    person_id, organization_id = found
    return Actor(organization_id, frozenset({Role.OPERATOR}), person_id)


def _withheld_roles(user_id: int, roles: frozenset[Role]) -> frozenset[Role]:
    """Return the roles that wait for a second factor; allauth asks for it at every sign-in."""
    guarded = roles & PLATFORM_ROLES
    if not guarded or not settings.SUANPAN_MFA_REQUIRED:
        return frozenset()
    return frozenset() if has_second_factor(user_id) else guarded


def has_second_factor(user_id: int) -> bool:
    """Return whether a person has set up a second factor."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_has_second_factor(%s)", [user_id])
        return bool(cursor.fetchone() == (True,))


def key_actor(*, secret: str, now: datetime, address: str = "") -> Actor | None:
    """
    Return who acts by an API key; None if the key is unknown, over or revoked.

    :raises KeyNetworkRefused: if the key is for other networks than the address is in
    """
    return hashed_key_actor(secret_hash=hash_secret(secret), now=now, address=address)


def hashed_key_actor(
    *, secret_hash: str, now: datetime, address: str = "", scopes: frozenset[str] | None = None
) -> Actor | None:
    """
    Return who acts by the key of a hash; within some of its scopes, where they are named.

    A key never outlives its maker's duties: it holds only those of its roles that the person who
    made it still holds, and with the last of them it ends. The transaction acts for the platform.

    :raises KeyNetworkRefused: if the key is for other networks than the address is in
    """
    with connection.cursor() as cursor:
        cursor.execute(_KEY, [secret_hash, now])
        key = cursor.fetchone()
    if key is None:
        return None
    key_id, organization_id, person_id, given, own_scopes, held, is_suspended, networks = key
    roles = frozenset(map(Role, held)) & frozenset(map(Role, given))
    if not roles:
        return None
    require_network(networks or (), address)
    withheld = _withheld_roles(person_id, roles)
    all_scopes = frozenset(own_scopes)
    return Actor(
        organization_id=organization_id,
        roles=roles - withheld,
        person_id=person_id,
        api_key_id=key_id,
        scopes=all_scopes if scopes is None else all_scopes & scopes,
        withheld_roles=withheld,
        is_suspended=is_suspended,
    )


def hash_secret(secret: str) -> str:
    """Return the form in which a secret is kept. It is 256 random bits, so one round is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def organization(organization_id: UUID) -> Organization:
    """
    Return an organisation of the register.

    :raises NotFound: if there is none
    """
    found = Organization.objects.filter(pk=organization_id).first()
    if found is None:
        raise NotFound
    return found


def organization_by_uscc(uscc: str) -> Organization | None:
    """Return the organisation of a unified social credit code."""
    return Organization.objects.filter(uscc=uscc).first()


def organizations(ids: Collection[UUID]) -> dict[UUID, Organization]:
    """Return organisations by id; unknown ids are left out."""
    return Organization.objects.in_bulk(list(ids))


def organization_ids_named(text: str, *, limit: int) -> list[UUID]:
    """Return some organisations whose name holds a text, or whose code begins with it."""
    words = text.strip()
    is_named = Q(name__icontains=words) | Q(name_en__icontains=words)
    found = Organization.objects.filter(is_named | Q(uscc__startswith=words.upper()))
    return list(found.order_by("id").values_list("id", flat=True)[:limit])


def organizations_of(actor: Actor) -> list[Organization]:
    """Return the organisations that a person may act for; an API key has one."""
    ids = {actor.organization_id, *actor.organization_ids}
    return list(Organization.objects.filter(pk__in=ids).order_by("id"))


def organizations_for(actor: Actor) -> QuerySet[Organization]:
    """Return the organisations that an actor may list, newest first."""
    rows = Organization.objects.order_by("-id")
    return rows if actor.spans_tenants else rows.filter(pk=actor.organization_id)


def organizations_matching(rows: QuerySet[Organization], text: str) -> QuerySet[Organization]:
    """Keep the organisations whose name holds a text, or whose code begins with it."""
    return rows.filter(
        Q(name__icontains=text) | Q(name_en__icontains=text) | Q(uscc__startswith=text.upper())
    )


def organization_for(actor: Actor, organization_id: UUID) -> Organization:
    """
    Return an organisation that an actor may see.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = organizations_for(actor).filter(pk=organization_id).first()
    if found is None:
        raise NotFound
    return found


def require_kept_by(actor: Actor, organization_id: UUID) -> None:
    """
    Let an organisation be changed by its own members and by the operator of the market.

    :raises NotFound: for everyone else; foreign organisations look like none
    """
    if organization_id != actor.organization_id and not actor.has_role(Role.OPERATOR):
        raise NotFound
    organization(organization_id)


def members_for(actor: Actor, organization_id: UUID) -> QuerySet[Membership]:
    """
    Return the roles that people hold in an organisation.

    :raises NotFound: if the organisation is not the actor's to see
    """
    organization_for(actor, organization_id)
    return (
        Membership.objects.filter(organization_id=organization_id)
        .select_related("user")
        .order_by("id")
    )


def people_of(organization_id: UUID) -> list[int]:
    """Return who may act for an organisation, each person once; asked for the market."""
    held = Membership.objects.filter(organization_id=organization_id, user__is_active=True)
    return sorted(set(held.values_list("user_id", flat=True)))


def holders(*, organization_ids: Collection[UUID], everywhere: Collection[str]) -> list[Holder]:
    """Return who holds any role in some organisations, or certain roles in whichever."""
    found = Membership.objects.filter(
        Q(organization__in=organization_ids) | Q(role__in=everywhere), user__is_active=True
    )
    rows = found.order_by("pk").values_list("user_id", "organization_id", "role")
    return [Holder(*row) for row in rows]


def operators_of_address(email: str) -> QuerySet[Membership]:
    """Return where the person under an address is operator; asked by whoever runs the machine."""
    return Membership.objects.filter(user__email__iexact=email, role=Role.OPERATOR).order_by("id")


def membership(*, organization_id: UUID, membership_id: int) -> Membership:
    """
    Return one role of one person in an organisation.

    :raises NotFound: if it does not exist there
    """
    found = Membership.objects.filter(pk=membership_id, organization_id=organization_id).first()
    if found is None:
        raise NotFound
    return found


def devices_of(user_id: int) -> list[SignedInDevice]:
    """Return the browsers in which a person is signed in, the last used first; by sign-in alone."""
    is_there = Session.objects.filter(pk=OuterRef("pk"), expire_date__gt=Now())
    found = SignedInDevice.objects.filter(Exists(is_there), user_id=user_id)
    return list(found.order_by("-last_used_at", "pk")[:DEVICES_MAX])


def person(user_id: int) -> User | None:
    """Return a person who may sign in."""
    return User.objects.filter(pk=user_id, is_active=True).first()


def addresses(persons: Collection[int], *, organization_id: UUID | None) -> dict[int, str]:
    """Return addresses of persons: of an organisation's members, or for oversight of anybody."""
    found = User.objects.filter(pk__in=persons)
    if organization_id is not None:
        members = Membership.objects.filter(organization_id=organization_id)
        found = found.filter(pk__in=members.values("user_id"))
    return dict(found.values_list("pk", "email"))


def organizations_by_id(ids: Collection[UUID]) -> dict[UUID, Organization]:
    """Return organisations by their identifiers: one query for all."""
    return Organization.objects.in_bulk(list(ids))


def person_by_email(email: str) -> User | None:
    """Return the person of an e-mail address, whether they may sign in or not."""
    return User.objects.filter(email=email.strip().lower()).first()


def desk_of(person_id: int, role: Role) -> UUID | None:
    """Return the organisation for which a person holds a role, the first joined of several."""
    held = Membership.objects.filter(user_id=person_id, role=role).order_by("id")
    return held.values_list("organization_id", flat=True).first()


def has_certificate(number: str) -> bool:
    """Return whether an SME certificate of this number is recorded."""
    return SmeCertificate.objects.filter(number=number).exists()


def api_keys(organization_id: UUID) -> QuerySet[ApiKey]:
    """Return an organisation's API keys, revoked ones included, newest first."""
    keys = ApiKey.objects.filter(organization_id=organization_id, kind=KeyKind.ORGANIZATION)
    return keys.order_by("-id")


def personal_tokens(*, person_id: int, organization_id: UUID) -> QuerySet[ApiKey]:
    """Return a person's own access tokens in an organisation, over ones included, newest first."""
    mine = ApiKey.objects.filter(
        organization_id=organization_id, created_by=person_id, kind=KeyKind.PERSONAL
    )
    return mine.order_by("-id")


def agents(organization_id: UUID) -> QuerySet[MeteringAgent]:
    """Return a provider's metering agents, revoked ones included, newest first."""
    return MeteringAgent.objects.filter(organization_id=organization_id).order_by("-id")


def certificates_for(actor: Actor) -> QuerySet[SmeCertificate]:
    """Return the SME certificates that an actor may see, newest first."""
    rows = SmeCertificate.objects.order_by("-id")
    return rows if actor.spans_tenants else rows.filter(organization_id=actor.organization_id)


def certificates_matching(rows: QuerySet[SmeCertificate], text: str) -> QuerySet[SmeCertificate]:
    """Keep the certificates whose number holds a text, or whose holder is called by it."""
    return rows.filter(
        Q(number__icontains=text)
        | Q(organization__name__icontains=text)
        | Q(organization__name_en__icontains=text)
        | Q(organization__uscc__startswith=text.upper())
    )


def certificate_for(actor: Actor, certificate_id: UUID) -> SmeCertificate:
    """
    Return an SME certificate that an actor may see.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = certificates_for(actor).filter(pk=certificate_id).first()
    if found is None:
        raise NotFound
    return found


def certificates_to_remind(today: date) -> Q:
    """Return which certificates' holders are to be reminded of their end."""
    return reminders.due("valid_to", "reminded_days", today) & Q(revoked_at=None)


def registered_resources() -> QuerySet[ComputeResource]:
    """Return the public register, newest first."""
    return ComputeResource.objects.select_related("provider").order_by("-id")


def matching(resources: QuerySet[ComputeResource], text: str) -> QuerySet[ComputeResource]:
    """Keep the resources whose name or identifier holds a text."""
    return resources.filter(
        Q(name__icontains=text) | Q(name_en__icontains=text) | Q(identifier__contains=text.upper())
    )


def identifier_profile(version: str) -> codec.Profile:
    """
    Return the layout of a version, `2`; its scheme, `SP2`, will do.

    :raises UnknownProfile: if there is none
    """
    row = IdentifierProfile.objects.filter(version=version.removeprefix("SP")).first()
    if row is None:
        raise UnknownProfile
    return profiles.layout(row.definition)


def profile_of(code: str) -> codec.Profile:
    """
    Return the layout that a code claims to follow; withdrawn profiles still read theirs.

    :raises InvalidIdentifier: if no code can be written so, or no profile knows it
    """
    codec.require_plain(code)
    return profiles.among(layouts(), code)


def layouts() -> list[codec.Profile]:
    """Return every published layout."""
    return [profiles.layout(row.definition) for row in profile_rows()]


def profile_rows() -> QuerySet[IdentifierProfile]:
    """Return the published layouts as they were published, by version."""
    return IdentifierProfile.objects.order_by("version")


def profile_uses() -> QuerySet[ProfileUse]:
    """Return which layout new codes outside of pools take from when on, the latest first."""
    return ProfileUse.objects.order_by("-from_at")


def read_identifier(code: str) -> codec.Identifier:
    """
    Return what a code says, under whichever profile it follows.

    :raises InvalidIdentifier: if the text is none: a slip is named
    """
    return codec.parse_identifier(code, profile=profile_of(code))


def require_identifier(code: str) -> None:
    """
    Check that a text is a compute identifier of a known profile.

    :raises InvalidIdentifier: naming the slip
    """
    read_identifier(code)


def resolve_identifier(code: str) -> ComputeResource:
    """
    Return the resource behind a compute identifier.

    :raises InvalidIdentifier: if the text is none: a slip is named, not answered by silence
    :raises NotFound: if nothing is registered under it
    """
    read_identifier(code)
    found = registered_resources().filter(Q(identifier=code) | Q(aliases__code=code)).first()
    if found is None:
        raise NotFound
    return found


def steps_of(resource_id: UUID) -> QuerySet[ResourceEvent]:
    """Return the steps of a resource, the latest first."""
    return ResourceEvent.objects.filter(resource_id=resource_id).order_by("-sequence")


def pools_of(organization_id: UUID) -> QuerySet[Pool]:
    """Return the pools of an organisation, the latest first."""
    return Pool.objects.filter(organization_id=organization_id).order_by("-id")


def resource(resource_id: UUID) -> ComputeResource:
    """
    Return a resource of the public register.

    :raises NotFound: if there is none
    """
    found = (
        ComputeResource.objects.filter(pk=resource_id).select_related("provider", "profile").first()
    )
    if found is None:
        raise NotFound
    return found


def resource_of_provider(*, resource_id: UUID, provider_id: UUID) -> ComputeResource:
    """
    Return a provider's resource.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = ComputeResource.objects.filter(pk=resource_id, provider_id=provider_id).first()
    if found is None:
        raise NotFound
    return found


def hardware_count(*, resource_id: UUID) -> int:
    """Return how many pieces of hardware a provider's resource names."""
    return HardwareSerial.objects.filter(resource_id=resource_id, is_current=True).count()


def hardware_counts(*, provider_id: UUID) -> dict[UUID, int]:
    """Return how many pieces of hardware resources of a provider name; none: left out."""
    named = HardwareSerial.objects.filter(provider_id=provider_id, is_current=True)
    return dict(named.order_by("resource_id").values_list("resource_id").annotate(Count("id")))


def resources(ids: Collection[UUID]) -> dict[UUID, ComputeResource]:
    """Return resources by id; unknown ids are left out."""
    return ComputeResource.objects.select_related("provider").in_bulk(ids)


def resources_by_serial(
    *, provider_id: UUID, serials: Collection[str], prefix: str
) -> dict[str, ComputeResource]:
    """Return a provider's resources within a prefix by serial; unknown ones are left out."""
    rows = ComputeResource.objects.filter(
        provider_id=provider_id, serial__in=serials, prefix=prefix
    )
    return {row.serial: row for row in rows}


def agent_of_provider(*, agent_id: UUID, provider_id: UUID) -> MeteringAgent:
    """
    Return a provider's metering agent.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = MeteringAgent.objects.filter(pk=agent_id, organization_id=provider_id).first()
    if found is None:
        raise NotFound
    return found


def signing_agent(*, key_id: str, provider_id: UUID, now: datetime) -> MeteringAgent | None:
    """Return a provider's agent by the id of its key; None if unknown, another's or ended."""
    return (
        MeteringAgent.objects.filter(key_id=key_id, organization_id=provider_id, revoked_at=None)
        .exclude(ends_at__lte=now)
        .first()
    )


def agent_by_key(*, key_id: str, provider_id: UUID) -> MeteringAgent:
    """
    Return a provider's metering agent by the id of its key, whether the key is good or not.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = MeteringAgent.objects.filter(key_id=key_id, organization_id=provider_id).first()
    if found is None:
        raise NotFound
    return found


def agent_chain(agent_id: UUID) -> UUID:
    """Return what all keys of an agent's program have in common."""
    first = MeteringAgent.objects.filter(pk=agent_id).values_list("first_id", flat=True).first()
    return first or agent_id


def agents_of_chain(chain_id: UUID) -> QuerySet[MeteringAgent]:
    """Return all keys of one program, the newest first."""
    return MeteringAgent.objects.filter(Q(pk=chain_id) | Q(first_id=chain_id)).order_by("-id")


def sme_standing(*, organization_ids: Collection[UUID], on: date) -> dict[UUID, SmeStanding]:
    """
    Return which of the organisations hold a valid SME certificate on a day.

    Of several certificates the technology one counts, then the one that runs longest.
    """
    rows = (
        SmeCertificate.objects.filter(organization_id__in=organization_ids, kind__in=SME_KINDS)
        .filter(Q(revoked_at=None), valid_from__lte=on, valid_to__gt=on)
        .order_by("organization_id", "kind", "valid_to", "id")
    )
    # Later rows replace earlier ones: SME sorts before TECHNOLOGY_SME, short before long.
    return {
        row.organization_id: SmeStanding(
            row.organization_id, CertificateKind(row.kind), row.number, row.valid_to
        )
        for row in rows
    }


def belonging_to(*, person_id: int, organization_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return to which of some organisations a person belongs, in whatever role."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT each FROM unnest(%s::uuid[]) AS each WHERE identity_belongs(%s, each)",
            [list(organization_ids), person_id],
        )
        return frozenset(row[0] for row in cursor.fetchall())
