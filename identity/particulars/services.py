"""Recording where an organisation is, and ending it."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import tenancy
from identity import services as identity_services
from identity.events import services as events
from identity.identifiers import regions
from identity.particulars.contracts import (
    NAME_MAX,
    TEXT_MAX,
    InvalidPlace,
    PlaceEnded,
    PlaceHeld,
    PlaceKind,
    PlaceNotFound,
)
from identity.particulars.event_names import ParticularsEvent
from identity.particulars.models import Place


@transaction.atomic
def record_place(
    *,
    organization_id: UUID,
    kind: PlaceKind,
    address: str,
    valid_from: date,
    person_id: int,
    now: datetime,
    name: str = "",
    name_en: str = "",
    address_en: str = "",
    region: str = "",
) -> Place:
    """
    Record an address, or a branch, from a day on.

    :raises InvalidPlace: if it has no address, a branch no name, or the region is none
    :raises PlaceHeld: if the organisation has one of the kind that lasts
    :raises OrganizationClosed: if it was closed
    """
    identity_services.require_open(organization_id)
    texts = [each.strip() for each in (name, name_en, address, address_en)]
    called, called_en, said, said_en = texts
    is_long = max(len(called), len(called_en)) > NAME_MAX or max(map(len, texts)) > TEXT_MAX
    if not said or is_long or (kind == PlaceKind.BRANCH and not called):
        raise InvalidPlace(field="name" if said else "address")
    known = regions.regions().get(region)
    if region and (known is None or not known.is_valid_on(valid_from)):
        raise InvalidPlace(field="region")
    try:
        with tenancy.acting_as_platform(), transaction.atomic():
            made = Place.objects.create(
                organization_id=organization_id,
                kind=kind,
                name=called,
                name_en=called_en,
                address=said,
                address_en=said_en,
                region=region,
                valid_from=valid_from,
                recorded_at=now,
                recorded_by_id=person_id,
            )
            _record(ParticularsEvent.RECORDED, made)
    except IntegrityError as error:
        raise PlaceHeld(field="kind") from error
    return made


@transaction.atomic
def end_place(*, organization_id: UUID, place_id: UUID, valid_to: date, person_id: int) -> Place:
    """
    Give a place its end, the first day on which it is none any more.

    :raises PlaceNotFound: if there is none, or it is another organisation's
    :raises PlaceEnded: if it has one
    :raises InvalidPlace: if it would end before it begins
    """
    with tenancy.acting_as_platform():
        mine = Place.objects.filter(pk=place_id, organization_id=organization_id)
        place = mine.select_for_update(no_key=True).first()
        if place is None:
            raise PlaceNotFound
        if place.valid_to is not None:
            raise PlaceEnded
        if valid_to <= place.valid_from:
            raise InvalidPlace(field="valid_to")
        place.valid_to, place.ended_by_id = valid_to, person_id
        place.save(update_fields=["valid_to", "ended_by"])
        _record(ParticularsEvent.ENDED, place)
    return place


def _record(name: ParticularsEvent, place: Place) -> None:
    event = events.Event(
        name=name,
        object_kind="place",
        object_id=place.pk,
        object_label=place.name or place.address[:200],
        concerns=[place.organization_id],
        facts={"kind": place.kind},
    )
    events.record([event])
