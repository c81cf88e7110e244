"""Whom an organisation's provider lets in, and the roles that come and go with each sign-in."""

from datetime import datetime

from django.db import transaction

from common import seals, tenancy
from common.errors import NotFound
from identity.contracts import Role
from identity.entry import answers
from identity.entry.contracts import Unconfirmed
from identity.entry.models import SsoConnection, SsoLink
from identity.models import Membership, User
from identity.services import organizations


@transaction.atomic
def admit(*, connection: SsoConnection, proved: answers.ProvedPerson, now: datetime) -> User:
    """
    Return the person for whom a provider vouches, with the roles that it gives them now.

    Roles that it gave before and gives no more are taken away. Somebody new is entered without a
    password. Who acts for another organisation as well is let in by none of them: its provider
    would open the other's door.

    :raises SsoFailed: if the address is of another domain, no role follows, the person acts
        elsewhere, or the account is closed
    """
    answers.require_domain(proved.email, connection.domains)
    roles = answers.roles_for(proved.values, connection.roles)
    with seals.signing_in(), tenancy.acting_as_platform():
        link = _link(connection, proved)
        user = link.user if link is not None else _person(proved)
        if not user.is_active:
            raise answers.unconfirmed(Unconfirmed.CLOSED)
        elsewhere = Membership.objects.filter(user_id=user.pk).exclude(
            organization_id=connection.organization_id
        )
        if elsewhere.exists():
            raise answers.unconfirmed(Unconfirmed.ELSEWHERE)
        _give(connection, user, roles, before=frozenset(map(Role, link.roles if link else ())))
        SsoLink.objects.update_or_create(
            organization_id=connection.organization_id,
            issuer=connection.issuer,
            subject=proved.subject,
            defaults={"user": user, "roles": sorted(roles), "last_used_at": now},
            create_defaults={
                "user": user,
                "roles": sorted(roles),
                "last_used_at": now,
                "linked_at": now,
            },
        )
    return user


def has_roles(*, connection: SsoConnection, user: User) -> bool:
    """Return whether a person who was let in holds any role there."""
    with tenancy.acting_as_platform():
        held = Membership.objects.filter(
            user_id=user.pk, organization_id=connection.organization_id
        )
        return held.exists()


def _link(connection: SsoConnection, proved: answers.ProvedPerson) -> SsoLink | None:
    found = SsoLink.objects.filter(
        organization_id=connection.organization_id,
        issuer=connection.issuer,
        subject=proved.subject,
    )
    return found.select_related("user").select_for_update(of=("self",), no_key=True).first()


def _person(proved: answers.ProvedPerson) -> User:
    known = User.objects.filter(email=proved.email).first()
    return known or User.objects.create_user(proved.email, name=proved.name)


def _give(
    connection: SsoConnection, user: User, roles: frozenset[Role], *, before: frozenset[Role]
) -> None:
    organization_id = connection.organization_id
    for role in sorted(roles):
        organizations.add_member(organization_id=organization_id, user_id=user.pk, role=role)
    for role in sorted(before - roles):
        try:
            organizations.remove_member(organization_id=organization_id, user_id=user.pk, role=role)
        except NotFound:  # It was taken away before.
            continue
