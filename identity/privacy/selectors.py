"""Reads of this room: holds, and who saw whose data."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet

from identity.contracts import PLATFORM_ROLES, Actor, Role
from identity.models import Organization, User
from identity.privacy.contracts import HeldKind, HeldObjectNotFound, HoldNotFound
from identity.privacy.models import LegalHold, Removal, SeenRecord

USCC_LENGTH: Final = 18
REMOVALS_SHOWN: Final = 200
WATCHERS: Final = frozenset({Role.OPERATOR, Role.AUDITOR})
# Rooms above keep some of what may be held; they are asked by the name of their table alone.
HELD: Final = {
    HeldKind.FILE: ("files.StoredFile", "organization_id", "name"),
    HeldKind.METER: ("metering.Meter", "provider_id", "name"),
}


@dataclass(frozen=True, slots=True)
class HeldObject:
    """What a hold is on, and whose it is."""

    id: str
    label: str
    organization_id: UUID | None = None
    person_id: int | None = None


def held_object(kind: HeldKind, object_id: str) -> HeldObject:
    """
    Return what a hold would be on; asked for the market.

    A person is named by number or e-mail address, an organisation by identifier or credit code.

    :raises HeldObjectNotFound: if there is none
    """
    if not object_id.isascii():  # digits of other scripts would be read as numbers
        raise HeldObjectNotFound(field="object_id")
    try:
        if kind == HeldKind.PERSON:
            by_email = {"email": object_id.strip().lower()}
            named_by = by_email if "@" in object_id else {"pk": int(object_id)}
            person = User.objects.get(**named_by)
            # A person is called by number: what stays of a hold names nobody.
            return HeldObject(str(person.pk), f"#{person.pk}", person_id=person.pk)
        if kind == HeldKind.ORGANIZATION and len(object_id) == USCC_LENGTH:
            owner = Organization.objects.get(uscc=object_id.upper())
            return HeldObject(str(owner.pk), owner.name, owner.pk)
        named = UUID(object_id)
        if kind == HeldKind.ORGANIZATION:
            owner = Organization.objects.get(pk=named)
            return HeldObject(str(owner.pk), owner.name, owner.pk)
        model, column, label = HELD[kind]
        found = apps.get_model(model)._default_manager.filter(pk=named)
        of, called = found.values_list(column, label).get()
        return HeldObject(str(named), called[:200], of)
    except (ValueError, OverflowError, ObjectDoesNotExist) as error:
        raise HeldObjectNotFound(field="object_id") from error


def holds() -> QuerySet[LegalHold]:
    """Return the legal holds, the newest first; the market alone reads them."""
    return LegalHold.objects.order_by("-id")


def holds_in_force(*, kind: str, object_id: str) -> QuerySet[LegalHold]:
    """Return the hold that is on one object, if any."""
    return LegalHold.objects.filter(kind=kind, object_id=object_id, lifted_at=None)


def hold(hold_id: UUID) -> LegalHold:
    """
    Return one legal hold.

    :raises HoldNotFound: if there is none
    """
    found = holds().filter(pk=hold_id).first()
    if found is None:
        raise HoldNotFound
    return found


def seen_for(actor: Actor) -> QuerySet[SeenRecord]:
    """Return who saw what of the actor's organisation; of everybody for those who watch."""
    found = SeenRecord.objects.select_related("organization", "reader_organization")
    if not actor.has_role(*WATCHERS):
        found = found.filter(organization_id=actor.organization_id)
    return found.order_by("-id")


def seen_of_person(person_id: int) -> QuerySet[SeenRecord]:
    """Return who saw what is about a person; asked for the market, shown to the person alone."""
    found = SeenRecord.objects.select_related("organization", "reader_organization")
    return found.filter(person_id=person_id).order_by("-id")


def is_watched(actor: Actor) -> bool:
    """Return whether what an actor opens of others is written down: duties across the market."""
    return actor.has_role(*PLATFORM_ROLES)


def removals(limit: int = REMOVALS_SHOWN) -> list[Removal]:
    """Return what went at the end of its term, the latest first."""
    return list(Removal.objects.order_by("-id")[:limit])


def removal_count() -> int:
    """Return how many parts of tables went at the end of their term."""
    return Removal.objects.count()
