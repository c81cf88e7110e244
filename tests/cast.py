"""The people and organisations that tests play with. Every figure can be read off the call."""

from datetime import UTC, datetime
from itertools import count

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from common import seals, tenancy
from identity import services as identity
from identity.contracts import PLATFORM_ROLES, CapacityUnit, ResourceClass, ResourceForm, Role
from identity.models import ComputeResource, MeteringAgent, Organization, User

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
_numbers = count(1)

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def uscc(number: int) -> str:
    """Return the valid code of an invented firm."""
    body = f"91310000MA{number:07d}"
    total = sum(
        _USCC_ALPHABET.index(character) * weight
        for character, weight in zip(body, _USCC_WEIGHTS, strict=True)
    )
    return body + _USCC_ALPHABET[(31 - total % 31) % 31]


def organization(name: str = "Acme", **fields: str) -> Organization:
    number = next(_numbers)
    with tenancy.acting_as_platform():
        return identity.create_organization(
            uscc=uscc(number), name=f"{name} {number}", on=NOW.date(), **fields
        )


def member(
    organization: Organization, *roles: Role, email: str = "", second_factor: bool = True
) -> User:
    """Return a person who holds the roles in the organisation. No password: see `signed_in`."""
    user = User.objects.create_user(email or f"person{next(_numbers)}@test.example")
    if second_factor and PLATFORM_ROLES.intersection(roles):
        with seals.signing_in():
            TOTP.activate(user, generate_totp_secret())
    with tenancy.acting_as_platform():
        for role in roles:
            identity.add_member(organization_id=organization.pk, user_id=user.pk, role=role)
    return user


def somebody() -> User:
    """Return a person who belongs to no organisation."""
    return User.objects.create_user(f"person{next(_numbers)}@test.example")


def officer(organization: Organization, role: Role) -> User:
    """Return the one who holds a role in an organisation; a new member, if nobody does."""
    with tenancy.acting_as_platform():
        found = User.objects.filter(
            memberships__organization=organization, memberships__role=role
        ).first()
    return found or member(organization, role)


def leaves(user: User) -> None:
    """Let a person sign in no more."""
    with seals.signing_in():
        User.objects.filter(pk=user.pk).update(is_active=False)


def signed_in(user: User) -> Client:
    """Return a browser in which the person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def resource(
    provider: Organization, *, chip: str = "H100", cards: int = 8, **facts: object
) -> ComputeResource:
    """Return a registered pool of accelerator cards."""
    values: dict[str, object] = {
        "name": f"{chip} ×{cards}",
        "region": "640500",
        "resource_class": ResourceClass.AI,
        "form": ResourceForm.BARE_METAL,
        "specification": {"chip": chip, "cards": cards},
        "capacity_unit": CapacityUnit.CARD,
        "total_milli": cards * 1000,
    }
    with tenancy.acting_as_platform():
        return identity.register_resource(
            provider_id=provider.pk,
            facts=identity.ResourceFacts(**(values | facts)),
            registered_at=NOW,
        )


def agent(provider: Organization, key: Ed25519PrivateKey | None = None) -> MeteringAgent:
    """Return a metering agent; with a key of one's own it can sign."""
    public_key = (key or Ed25519PrivateKey.generate()).public_key().public_bytes_raw()
    with tenancy.acting_as_platform():
        return identity.register_agent(
            organization_id=provider.pk, name="agent", public_key=public_key
        )
