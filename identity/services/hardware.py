"""The serials of hardware that resources name: kept as hashes, each by one at a time."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.errors import InvalidInput, NotFound, Refusal
from identity.contracts import ResourceStatus
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.models import ComputeResource, HardwareSerial

SERIALS_MAX: Final = 1_024  # of one resource
LENGTH_MAX: Final = 64
FIELD: Final = "hardware_serials"


class HardwareTaken(Refusal):
    """Another resource names the same hardware."""

    code = "hardware_taken"
    sentence = _("The hardware %(serial)s is named by another resource already: %(resource)s.")


class InvalidHardwareSerial(InvalidInput):
    """A serial of hardware is no serial, or is named twice."""

    code = "invalid_hardware_serial"
    sentence = _(
        "This is no serial of hardware in plain ASCII letters, digits and signs, or it is named"
        " twice: %(serial)s"
    )


def is_plain(serial: str) -> bool:
    """Return whether a serial is written in printable ASCII; other digits only look like them."""
    return serial.isascii() and serial.isprintable()


def cleaned_serials(serials: Collection[str]) -> tuple[str, ...]:
    """
    Return serials as they are compared: without spaces around them, in capitals.

    :raises InvalidHardwareSerial: if one is empty, too long, not in plain ASCII, or named twice
    """
    if len(serials) > SERIALS_MAX:
        raise InvalidHardwareSerial(field=FIELD, serial=f"1–{SERIALS_MAX}")
    found: list[str] = []
    for serial in (each.strip().upper() for each in serials):
        if not 1 <= len(serial) <= LENGTH_MAX or not is_plain(serial) or serial in found:
            raise InvalidHardwareSerial(field=FIELD, serial=serial[:LENGTH_MAX])
        found.append(serial)
    return tuple(found)


def hash_of_serial(serial: str) -> str:
    """Return the hash under which a serial is kept; the register says it to nobody."""
    return hashlib.sha256(f"hardware\n{serial}".encode()).hexdigest()


def name_hardware(named: Mapping[UUID, Collection[str]], *, provider_id: UUID) -> None:
    """
    Keep which hardware resources of a provider are made of, beside what they named before.

    :raises HardwareTaken: if another resource, of these or of anybody, names one of them
    :raises InvalidHardwareSerial: if one is no serial
    """
    rows: dict[str, tuple[UUID, str]] = {}
    for resource_id, serials in named.items():
        for serial in cleaned_serials(serials):
            key = hash_of_serial(serial)
            if key in rows:
                raise HardwareTaken(field=FIELD, serial=serial, resource=str(_("in the same file")))
            rows[key] = (resource_id, serial)
    if not rows:
        return
    with tenancy.acting_as_platform():
        _lock()
        names = [serial for _resource_id, serial in rows.values()]
        for serial, told in hardware_named(names, provider_id=provider_id).items():
            raise HardwareTaken(field=FIELD, serial=serial, resource=told)
        HardwareSerial.objects.bulk_create(
            HardwareSerial(resource_id=resource_id, provider_id=provider_id, serial_hash=key)
            for key, (resource_id, _serial) in rows.items()
        )


def hardware_named(serials: Collection[str], *, provider_id: UUID) -> dict[str, str]:
    """Return the serials that resources name already, and which: a provider's own by identifier."""
    by_hash = {hash_of_serial(each): each for each in serials}
    with tenancy.acting_as_platform():
        held = HardwareSerial.objects.filter(serial_hash__in=by_hash, is_current=True)
        found = list(held.select_related("resource").order_by("id"))
    return {by_hash[each.serial_hash]: _told(each.resource, provider_id) for each in found}


@transaction.atomic
def change_hardware(
    *, resource_id: UUID, provider_id: UUID, serials: Collection[str]
) -> ComputeResource:
    """
    Say anew which hardware a provider's resource is made of; what it no longer names is free.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    :raises HardwareTaken, InvalidHardwareSerial: see `name_hardware`
    """
    owned = ComputeResource.objects.filter(pk=resource_id, provider_id=provider_id)
    resource = owned.select_for_update(of=("self",), no_key=True).first()
    if resource is None:
        raise NotFound
    wanted = {hash_of_serial(each): each for each in cleaned_serials(serials)}
    current = HardwareSerial.objects.filter(resource_id=resource_id, is_current=True)
    kept = set(current.values_list("serial_hash", flat=True))
    free_hardware([resource_id], but=wanted.keys())
    added = [serial for key, serial in wanted.items() if key not in kept]
    if resource.status != ResourceStatus.WITHDRAWN:
        name_hardware({resource_id: added}, provider_id=provider_id)
    if added or kept - wanted.keys():
        event = events.Event(
            name=IdentityEvent.RESOURCE_CHANGED,
            object_kind="resource",
            object_id=resource.pk,
            object_label=resource.identifier,
            concerns=[provider_id],
            facts={"changed": [FIELD]},
        )
        events.record([event])
    return resource


def free_hardware(resource_ids: Collection[UUID], *, but: Collection[str] = ()) -> None:
    """Let others name what resources named, but for some of it."""
    with tenancy.acting_as_platform():
        named = HardwareSerial.objects.filter(resource_id__in=resource_ids, is_current=True)
        named.exclude(serial_hash__in=but).update(is_current=False)


def _told(resource: ComputeResource, provider_id: UUID) -> str:
    """Return which resource it is to its own provider, and to nobody else."""
    own = resource.provider_id == provider_id
    return resource.identifier if own else str(_("another provider's"))


def _lock() -> None:
    """Let one transaction at a time name hardware: whose a serial is, is looked up first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('hardware', 11))")
