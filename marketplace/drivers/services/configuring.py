"""Drivers: registered, changed, tested, removed; and their secrets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from common import outbound, tenancy, vault
from common.ids import uuid7
from identity import selectors as identity_selectors
from identity.webhooks import rules as webhooks_rules
from marketplace.drivers import registry, rules, selectors, telling
from marketplace.drivers.contracts import (
    DRIVERS_MAX,
    CallState,
    DriverAddressMissing,
    DriverAddressNotNeeded,
    DriverNotCalled,
    DriverNotFound,
    DriverTaken,
    DriverWish,
    TooManyDrivers,
)
from marketplace.drivers.event_names import DriverEvent
from marketplace.drivers.models import DrivenDelivery, DriverCall, ProviderDriver

OVERLAP: Final = timedelta(hours=24)  # for which a former secret is taken beside the new one


@dataclass(frozen=True, slots=True)
class IssuedDriver:
    """A driver with the only copy of a new secret; empty if nothing calls it."""

    driver: ProviderDriver
    secret: str


@transaction.atomic
def register_driver(
    *, provider_id: UUID, person_id: int, wish: DriverWish, now: datetime
) -> IssuedDriver:
    """
    Register what carries out a provider's deliveries: of one resource, or of all others.

    :raises DriverKindUnknown: if the registry knows no such driver
    :raises UnknownRuleVersion: if there is no such rule of calls
    :raises DriverAddressMissing, DriverAddressNotNeeded: if the address does not suit the kind
    :raises OutboundRefused: if it is no address, or leads where requests must not go
    :raises NotFound: if the resource is not the provider's
    :raises DriverTaken: if another one is registered for the same
    :raises TooManyDrivers: if the organisation has as many as it may
    """
    _check(wish)
    if wish.resource_id is not None:
        identity_selectors.resource_of_provider(
            resource_id=wish.resource_id, provider_id=provider_id
        )
    with connection.cursor() as cursor:  # Two who register at once are counted one by one.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 12))", [str(provider_id)])
    own = selectors.drivers_of(provider_id)
    if own.filter(resource_id=wish.resource_id).exists():
        raise DriverTaken(field="resource_id")
    if own.count() >= DRIVERS_MAX:
        raise TooManyDrivers(limit=DRIVERS_MAX)
    made = ProviderDriver(
        id=uuid7(),
        provider_id=provider_id,
        resource_id=wish.resource_id,
        kind=wish.kind,
        rule=wish.rule or rules.STANDARD,
        url=wish.url,
        created_by_id=person_id,
        created_at=now,
    )
    secret = _new_secret(made) if wish.url else ""
    made.save(force_insert=True)
    telling.of_driver(DriverEvent.REGISTERED, made, at=now)
    return IssuedDriver(made, secret)


@transaction.atomic
def change_driver(
    *, driver_id: UUID, provider_id: UUID, url: str, rule: str, now: datetime
) -> ProviderDriver:
    """
    Change where a driver listens, and by which rule it is called; what waits goes there.

    :raises DriverNotFound: if there is none, or it is someone else's
    :raises UnknownRuleVersion, DriverAddressMissing, DriverAddressNotNeeded, OutboundRefused:
        as `register_driver` does
    """
    found = _locked(driver_id, provider_id=provider_id)
    _check(DriverWish(found.kind, url, found.resource_id, rule))
    found.url, found.rule = url, rule or rules.STANDARD
    found.failures, found.resting_until = 0, None
    found.save(update_fields=["url", "rule", "failures", "resting_until"])
    telling.of_driver(DriverEvent.CHANGED, found, at=now)
    return found


@transaction.atomic
def replace_secret(*, driver_id: UUID, provider_id: UUID, now: datetime) -> IssuedDriver:
    """
    Give a driver a new secret; for a day the former one is taken beside it.

    :raises DriverNotFound: if there is none, or it is someone else's
    :raises DriverNotCalled: if nothing calls it
    """
    found = _locked(driver_id, provider_id=provider_id)
    if not found.url:
        raise DriverNotCalled
    found.former_locked, found.former_until = found.locked, now + OVERLAP
    secret = _new_secret(found)
    found.save(update_fields=["locked", "former_locked", "former_until"])
    telling.of_driver(DriverEvent.SECRET_REPLACED, found, at=now)
    return IssuedDriver(found, secret)


@transaction.atomic
def ask_test(*, driver_id: UUID, provider_id: UUID, now: datetime) -> ProviderDriver:
    """
    Let a driver be sent a call that means nothing; how that went stands on the driver.

    :raises DriverNotFound: if there is none, or it is someone else's
    :raises DriverNotCalled: if nothing calls it
    """
    found = _locked(driver_id, provider_id=provider_id)
    if not found.url:
        raise DriverNotCalled
    found.test_due_at = found.test_due_at or now
    found.save(update_fields=["test_due_at"])
    return found


@transaction.atomic
def remove_driver(*, driver_id: UUID, provider_id: UUID, now: datetime) -> None:
    """
    Remove a driver; what it carries out is the people's again, and what waits is not sent.

    :raises DriverNotFound: if there is none, or it is someone else's
    """
    found = _locked(driver_id, provider_id=provider_id)
    found.removed_at = now
    found.save(update_fields=["removed_at"])
    with tenancy.acting_as_platform():
        waiting = DriverCall.objects.filter(driver=found, state=CallState.WAITING)
        waiting.update(state=CallState.DROPPED, ended_at=now, claim=None, claimed_until=None)
        DrivenDelivery.objects.filter(driver=found, is_over=False).update(
            is_ending=True, is_over=True, due_at=None
        )
    telling.of_driver(DriverEvent.REMOVED, found, at=now)


def driver_owner(driver_id: UUID) -> str:
    """Return what a driver's secrets are bound to."""
    return f"driver {driver_id}"


def secrets_of(driver: ProviderDriver, *, now: datetime) -> list[str]:
    """Return the secrets of a driver that hold now, the newest first."""
    held = [driver.locked]
    if driver.former_until is not None and driver.former_until > now:
        held.append(driver.former_locked)
    name = driver_owner(driver.pk)
    return [vault.unlock(bytes(each), belongs_to=name).decode() for each in held if each]


def _check(wish: DriverWish) -> None:
    kind = registry.kind(wish.kind)
    rules.CALLS.rule(wish.rule or rules.STANDARD)
    if kind.is_called and not wish.url:
        raise DriverAddressMissing(field="url")
    if not kind.is_called and wish.url:
        raise DriverAddressNotNeeded(field="url")
    if wish.url:
        outbound.check_address(wish.url)


def _new_secret(driver: ProviderDriver) -> str:
    secret = webhooks_rules.new_secret()
    driver.locked = vault.lock(secret.encode(), belongs_to=driver_owner(driver.pk))
    return secret


def _locked(driver_id: UUID, *, provider_id: UUID) -> ProviderDriver:
    found = ProviderDriver.objects.filter(
        pk=driver_id, provider_id=provider_id, removed_at__isnull=True
    )
    row = found.select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise DriverNotFound
    return row
