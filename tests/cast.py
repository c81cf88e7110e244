"""The people and organisations that tests play with. Every figure can be read off the call."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from common import seals
from identity.contracts import Role
from identity.models import ComputeResource, MeteringAgent, Organization, User
from tests import factories
from tests.factories import NOW, officer, uscc

__all__ = [
    "NOW",
    "agent",
    "leaves",
    "member",
    "officer",
    "organization",
    "resource",
    "signed_in",
    "somebody",
    "uscc",
]


def organization(name: str = "Acme", **fields: str) -> Organization:
    return factories.OrganizationFactory(stem=name, **fields)


def member(
    organization: Organization, *roles: Role, email: str = "", second_factor: bool = True
) -> User:
    """Return a person who holds the roles in the organisation. No password: see `signed_in`."""
    facts = {"email": email} if email else {}
    return factories.PersonFactory(
        organization=organization, roles=roles, second_factor=second_factor, **facts
    )


def somebody() -> User:
    """Return a person who belongs to no organisation."""
    return factories.PersonFactory()


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
    return factories.ResourceFactory(provider=provider, chip=chip, cards=cards, **facts)


def agent(provider: Organization, key: Ed25519PrivateKey | None = None) -> MeteringAgent:
    """Return a metering agent; with a key of one's own it can sign."""
    return factories.AgentFactory(provider=provider, **({"key": key} if key else {}))
