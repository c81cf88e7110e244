"""Organisations, people, and what they register."""

from datetime import datetime
from typing import Any

import factory
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import seals, tenancy
from identity import services as identity
from identity.contracts import PLATFORM_ROLES, CapacityUnit, ResourceClass, ResourceForm, Role
from identity.models import ComputeResource, MeteringAgent, Organization, User
from tests.factories.base import NOW, ServiceFactory, uscc


class OrganizationFactory(ServiceFactory):
    class Meta:
        model = Organization
        exclude = ("number", "stem")

    number = factory.Sequence(lambda count: count + 1)
    stem = "Acme"
    name = factory.LazyAttribute(lambda it: f"{it.stem} {it.number}")
    uscc = factory.LazyAttribute(lambda it: uscc(it.number))
    on = NOW.date()

    @classmethod
    def make(cls, **facts: Any) -> Organization:
        return identity.create_organization(**facts)


class PersonFactory(ServiceFactory):
    """A person who holds roles in an organisation; of none, if none is named. No password."""

    class Meta:
        model = User

    email = factory.Sequence(lambda count: f"person{count + 1}@test.example")
    organization = None
    roles: tuple[Role, ...] = ()
    second_factor = True

    @classmethod
    def _create(cls, model_class: type, *arguments: Any, **facts: Any) -> User:
        # People are entered before they act for anybody.
        return cls.make(**facts)

    @classmethod
    def make(
        cls, *, email: str, organization: Organization | None, roles: Any, second_factor: bool
    ) -> User:
        user = User.objects.create_user(email)
        if second_factor and PLATFORM_ROLES.intersection(roles):
            with seals.signing_in():
                TOTP.activate(user, generate_totp_secret())
        if organization is not None:
            with tenancy.acting_as_platform():
                for role in roles:
                    identity.add_member(organization_id=organization.pk, user_id=user.pk, role=role)
        return user


class ResourceFactory(ServiceFactory):
    """A registered pool of accelerator cards; with `vcpu`, of as many virtual CPUs."""

    class Meta:
        model = ComputeResource
        exclude = ("chip", "cards")

    class Params:
        vcpu = factory.Trait(
            specification=factory.LazyAttribute(lambda it: {"vcpu": it.cards}),
            resource_class=ResourceClass.GENERAL,
            capacity_unit=CapacityUnit.VCPU,
        )

    provider = factory.SubFactory(OrganizationFactory, stem="Provider")
    chip = "H100"
    cards = 8
    name = factory.LazyAttribute(lambda it: f"{it.chip} ×{it.cards}")
    region = "640500"
    resource_class = ResourceClass.AI
    form = ResourceForm.BARE_METAL
    specification = factory.LazyAttribute(lambda it: {"chip": it.chip, "cards": it.cards})
    capacity_unit = CapacityUnit.CARD
    total_milli = factory.LazyAttribute(lambda it: it.cards * 1000)
    at = NOW

    @classmethod
    def make(
        cls,
        *,
        provider: Organization,
        at: datetime,
        allotted: identity.Allotted | None = None,
        **facts: Any,
    ) -> ComputeResource:
        return identity.register_resource(
            provider_id=provider.pk,
            facts=identity.ResourceFacts(**facts),
            registered_at=at,
            allotted=allotted,
        )


class AgentFactory(ServiceFactory):
    """A metering agent; with a key of the test's own it can sign."""

    class Meta:
        model = MeteringAgent

    provider = factory.SubFactory(OrganizationFactory, stem="Provider")
    name = "agent"
    key = factory.LazyFunction(Ed25519PrivateKey.generate)

    @classmethod
    def make(cls, *, provider: Organization, name: str, key: Ed25519PrivateKey) -> MeteringAgent:
        return identity.register_agent(
            organization_id=provider.pk,
            name=name,
            public_key=key.public_key().public_bytes_raw(),
        )


def officer(organization: Organization, role: Role) -> User:
    """Return the one who holds a role in an organisation; a new member, if nobody does."""
    with tenancy.acting_as_platform():
        found = User.objects.filter(
            memberships__organization=organization, memberships__role=role
        ).first()
    return found or PersonFactory(organization=organization, roles=(role,))


def another_officer(organization: Organization, role: Role) -> User:
    """Return a second one who holds a role in an organisation; a new member, if nobody does."""
    first = officer(organization, role)
    with tenancy.acting_as_platform():
        found = (
            User.objects.filter(memberships__organization=organization, memberships__role=role)
            .exclude(pk=first.pk)
            .first()
        )
    return found or PersonFactory(organization=organization, roles=(role,))
