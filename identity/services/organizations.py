"""Legal entities and the people who act for them."""

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common import moments, seals, tenancy
from common.errors import InvalidInput, NotFound, Refusal
from identity import letters
from identity.contracts import Role
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.identifiers import industries, regions
from identity.models import Membership, Organization, User
from identity.services.standing import require_open
from identity.uscc import require_uscc

FIRST_OPERATORS: Final = 2  # As many as it takes to approve each further one.
LOCK_CLASS: Final = 13


class OrganizationExists(Refusal):
    """The register holds this code already."""

    code = "organization_exists"
    sentence = _("An organisation with this unified social credit code is registered already.")


class InvalidRegion(InvalidInput):
    """No GB/T 2260 code in force."""

    code = "invalid_region"
    sentence = _("This region code is not in force.")


class UnknownZone(InvalidInput):
    """A person wants to read times in a zone that there is not."""

    code = "unknown_time_zone"
    sentence = _("No time zone is called so. Write one such as Asia/Shanghai or Europe/Berlin.")


class InvalidIndustry(InvalidInput):
    """No GB/T 4754 code."""

    code = "invalid_industry"
    sentence = _("This industry code is unknown.")


class OperatorsThere(Refusal):
    """The market has its first operators."""

    code = "operators_there"
    sentence = _("The market has two operators: one proposes another one, the other approves.")


class TooFewOperators(Refusal):
    """What two operators agree on could be decided by nobody any more."""

    code = "too_few_operators"
    sentence = _("Two other operators must be left: appoint one first, which two agree on.")


def create_organization(
    *,
    uscc: str,
    name: str,
    on: date,
    name_en: str = "",
    region: str = "",
    industry: str = "",
) -> Organization:
    """
    Enter a legal entity into the register.

    :raises InvalidUscc, InvalidRegion, InvalidIndustry: if a code is wrong
    :raises OrganizationExists: if the unified social credit code is taken
    """
    require_uscc(uscc)
    _require_region(region, on)
    _require_industry(industry)
    organization = Organization(
        uscc=uscc, name=name, name_en=name_en, region=region, industry=industry
    )
    try:
        with transaction.atomic():
            organization.save(force_insert=True)
            _record(IdentityEvent.ORGANIZATION_ENTERED, organization)
    except IntegrityError as error:
        raise OrganizationExists(field="uscc") from error
    return organization


def _record(name: IdentityEvent, organization: Organization, **facts: object) -> None:
    event = events.Event(
        name=name,
        object_kind="organization",
        object_id=organization.pk,
        object_label=organization.name,
        concerns=[organization.pk],
        facts=facts,
    )
    events.record([event])


def _require_region(code: str, on: date) -> None:
    region = regions.regions().get(code)
    if code and (region is None or not region.is_valid_on(on)):
        raise InvalidRegion(field="region")


def _require_industry(code: str) -> None:
    if code and not industries.is_industry(code):
        raise InvalidIndustry(field="industry")


@transaction.atomic
def update_organization(
    *, organization_id: UUID, on: date, changes: dict[str, str]
) -> Organization:
    """
    Change how an organisation is called, and where and in which industry it works.

    :raises NotFound: if there is none
    :raises InvalidRegion, InvalidIndustry: if a code is wrong
    :raises OrganizationClosed: if it was closed
    """
    require_open(organization_id)
    organization = (
        Organization.objects.select_for_update(no_key=True).filter(pk=organization_id).first()
    )
    if organization is None:
        raise NotFound
    if changes.keys() - {"name", "name_en", "region", "industry"}:
        raise InvalidInput
    _require_region(changes.get("region", ""), on)
    _require_industry(changes.get("industry", ""))
    for field, value in changes.items():
        setattr(organization, field, value)
    organization.save(update_fields=list(changes))
    _record(IdentityEvent.ORGANIZATION_CHANGED, organization, changed=sorted(changes))
    return organization


def add_member(*, organization_id: UUID, user_id: int, role: Role) -> Membership:
    """
    Give a person a role in an organisation; a role held already stays as it is.

    :raises OrganizationClosed: if it was closed
    """
    with tenancy.acting_as_platform():
        require_open(organization_id)
        membership, created = Membership.objects.get_or_create(
            organization_id=organization_id, user_id=user_id, role=role
        )
        if created:
            _record_of(IdentityEvent.MEMBER_ADDED, membership)
    return membership


def _record_of(name: IdentityEvent, membership: Membership) -> None:
    """Record something of a role. Not whose it is: an invitation tells nobody who is known."""
    event = events.Event(
        name=name,
        object_kind="membership",
        object_id=membership.pk,
        concerns=[membership.organization_id],
        facts={"role": membership.role},
    )
    events.record([event])


@transaction.atomic
def invite_member(*, organization_id: UUID, email: str, role: Role) -> Membership:
    """
    Give a role to the person with an e-mail address, and tell them by a letter.

    Someone new gets an account without a password: it opens by the link of "forgot password". The
    letter is the same for everyone, and so is the way: an invitation tells nobody who is known.
    """
    address = email.strip().lower()
    user = User.objects.filter(email=address).first() or User.objects.create_user(address)
    membership = add_member(organization_id=organization_id, user_id=user.pk, role=role)
    letters.invite(email=address, organization=membership.organization)
    _record_of(IdentityEvent.MEMBER_INVITED, membership)
    return membership


@transaction.atomic
def appoint_operator(*, email: str, uscc: str, name: str, on: date) -> Membership:
    """
    Make a person one of the first operators, for an organisation that is entered if it is new.

    From the second operator on, one proposes further ones and another approves them.

    :raises InvalidUscc: if the code is wrong
    :raises OperatorsThere: if two others are operators already
    """
    _require_first(email)
    organization = Organization.objects.filter(uscc=uscc).first()
    if organization is None:
        organization = create_organization(uscc=uscc, name=name, on=on)
    return invite_member(organization_id=organization.pk, email=email, role=Role.OPERATOR)


def _require_first(email: str) -> None:
    """Let whoever runs the machine appoint the first two operators alone; they take turns."""
    _take_turns()
    with tenancy.acting_as_platform():
        found = holders(Role.OPERATOR).exclude(user__email=email.strip().lower())
        count = found.values("user_id").distinct().count()
    if count >= FIRST_OPERATORS:
        raise OperatorsThere


def _take_turns() -> None:
    """Let one transaction at a time change how many operators there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [LOCK_CLASS])


def holders(role: Role) -> QuerySet[Membership]:
    """Return who holds a role, in whichever organisation, and may sign in; asked for the market."""
    return Membership.objects.filter(role=role, user__is_active=True)


def update_person(*, user_id: int, changes: dict[str, str]) -> None:
    """
    Change what a person is called, and how pages and letters are for them.

    :raises InvalidInput: if anything else is to be changed
    :raises UnknownZone: if no zone is called so
    """
    if changes.keys() - {"name", "language", "zone", "theme"}:
        raise InvalidInput
    if changes.get("zone") and changes["zone"] not in moments.zones():
        raise UnknownZone(field="zone")
    if changes:
        User.objects.filter(pk=user_id).update(**changes)
        _record_persons(IdentityEvent.PERSON_CHANGED, [user_id], changed=sorted(changes))


def remember_organization(*, user_id: int, organization_id: UUID) -> None:
    """Keep for which organisation a person acts when they sign in next."""
    User.objects.filter(pk=user_id).update(acts_for=organization_id)


def close_accounts(*, emails: Collection[str]) -> int:
    """
    Let people with these addresses sign in no more; return how many could until now.

    Their sessions and API keys end at once: both ask whether the person is active.
    """
    with seals.signing_in():
        found = User.objects.filter(email__in=emails, is_active=True)
        open_until_now = list(found.select_for_update(no_key=True).values_list("pk", flat=True))
        closed = found.filter(pk__in=open_until_now).update(is_active=False)
        _record_persons(IdentityEvent.PERSON_CLOSED, open_until_now)
        return closed


def create_person(*, email: str, name: str, password: str | None = None) -> User:
    """Register a person; without a password, one who cannot sign in by password."""
    return User.objects.create_user(email, password, name=name)


def open_account(*, user_id: int, password: str) -> None:
    """Let a person sign in, again or at last, with a password."""
    with seals.signing_in():
        User.objects.filter(pk=user_id).update(is_active=True, password=make_password(password))
        _record_persons(IdentityEvent.PERSON_OPENED, [user_id])


def _record_persons(name: IdentityEvent, persons: Collection[int], **facts: object) -> None:
    """Record something of persons, for the market alone: no organisation is told of it."""
    events.record(
        events.Event(name=name, object_kind="person", object_id=person, facts=facts)
        for person in persons
    )


def remove_member(*, organization_id: UUID, user_id: int, role: Role) -> None:
    """
    Take a role from a person; from the next request on it is gone, in their API keys as well.

    :raises NotFound: if the person does not hold it there
    """
    with tenancy.acting_as_platform():
        found = Membership.objects.filter(
            organization_id=organization_id, user_id=user_id, role=role
        )
        membership = found.first()
        if membership is None or not found.delete()[0]:  # Somebody else was quicker.
            raise NotFound
        _record_of(IdentityEvent.MEMBER_REMOVED, membership)


@transaction.atomic
def take_role(*, organization_id: UUID, user_id: int, role: Role) -> None:
    """
    Take a role from a person as somebody decided, and tell the person by a letter.

    :raises NotFound: if the person does not hold it there
    :raises TooFewOperators: if fewer than two operators were left
    """
    with tenancy.acting_as_platform():
        if role == Role.OPERATOR:
            _take_turns()
            here = Q(organization_id=organization_id, user_id=user_id)
            # Who belongs to a suspended or closed organisation looks after nothing meanwhile.
            able = holders(role).filter(
                organization__suspended_at=None, organization__closed_at=None
            )
            left = able.exclude(here).values("user_id").distinct().count()
            if left < FIRST_OPERATORS:
                raise TooFewOperators(field="role")
        remove_member(organization_id=organization_id, user_id=user_id, role=role)
        person = User.objects.get(pk=user_id)
        letters.role_taken(
            email=person.email,
            language=person.language,
            organization=Organization.objects.get(pk=organization_id),
            role=role,
        )
