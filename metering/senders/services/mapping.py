"""Mappings are made, published version by version, and ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from identity.events import services as events
from metering.senders import definitions, selectors
from metering.senders.contracts import (
    MAPPINGS_MAX,
    NAME_LENGTH_MAX,
    InvalidMapping,
    MappingChanged,
    MappingEnded,
    MappingNameTaken,
    MappingNotFound,
    TooManyMappings,
)
from metering.senders.event_names import SenderEvent
from metering.senders.models import Mapping, MappingVersion


@transaction.atomic
def create_mapping(
    *, provider_id: UUID, name: str, definition: Any, by_id: int, now: datetime
) -> MappingVersion:
    """
    Make a mapping, in force from now on.

    :raises InvalidMapping: if it has no name, breaks its form, or names what is not the provider's
    :raises MappingNameTaken: if the provider has a mapping of this name
    :raises TooManyMappings: if it keeps as many as it may
    """
    name = name.strip()
    if not 0 < len(name) <= NAME_LENGTH_MAX:
        raise InvalidMapping(field="name", reason=f"a name has 1 to {NAME_LENGTH_MAX} characters")
    if Mapping.objects.filter(provider_id=provider_id).count() >= MAPPINGS_MAX:
        raise TooManyMappings(most=MAPPINGS_MAX)
    try:
        with transaction.atomic():
            mapping = Mapping.objects.create(provider_id=provider_id, name=name, created_at=now)
    except IntegrityError as error:
        raise MappingNameTaken(field="name") from error
    return _publish(mapping, 1, definition, by_id, now)


@transaction.atomic
def publish_version(
    *,
    provider_id: UUID,
    mapping_id: UUID,
    definition: Any,
    begun_from: int,
    by_id: int,
    now: datetime,
) -> MappingVersion:
    """
    Publish what a mapping says from now on; the same again changes nothing.

    `begun_from` is the version that was looked at when this one was written.

    :raises MappingNotFound: if it does not exist or is another's
    :raises MappingEnded: if it was ended
    :raises MappingChanged: if another version was published meanwhile
    :raises InvalidMapping: if it breaks its form, or names what is not the provider's
    """
    mapping = _held(provider_id, mapping_id)
    if mapping.ended_at is not None:
        raise MappingEnded
    latest = MappingVersion.objects.filter(mapping_id=mapping.pk).order_by("-version").first()
    assert latest is not None  # A mapping is made with its first version.
    if latest.content_hash == definitions.mapping_hash(definitions.parse(definition)):
        return latest
    if latest.version != begun_from:
        raise MappingChanged(version=latest.version)
    return _publish(mapping, latest.version + 1, definition, by_id, now)


def _publish(
    mapping: Mapping, version: int, definition: Any, by_id: int, now: datetime
) -> MappingVersion:
    parsed = definitions.parse(definition)
    definitions.check(parsed, selectors.directory(mapping.provider_id))
    published = MappingVersion.objects.create(
        mapping=mapping,
        provider_id=mapping.provider_id,
        version=version,
        definition=definitions.written(parsed),
        content_hash=definitions.mapping_hash(parsed),
        published_by_id=by_id,
        published_at=now,
    )
    facts = {"version": version, "rules": len(parsed.rules), "hash": published.content_hash}
    _record(SenderEvent.MAPPING_PUBLISHED, mapping, facts)
    return published


@transaction.atomic
def end_mapping(*, provider_id: UUID, mapping_id: UUID, now: datetime) -> None:
    """
    End a mapping: what it named is unread from now on. Again is no matter.

    :raises MappingNotFound: if it does not exist or is another's
    """
    mapping = _held(provider_id, mapping_id)
    if mapping.ended_at is None:
        mapping.ended_at = now
        mapping.save(update_fields=["ended_at"])
        _record(SenderEvent.MAPPING_ENDED, mapping, {})


def _held(provider_id: UUID, mapping_id: UUID) -> Mapping:
    found = Mapping.objects.filter(pk=mapping_id, provider_id=provider_id)
    mapping = found.select_for_update(no_key=True).first()
    if mapping is None:
        raise MappingNotFound
    return mapping


def _record(name: SenderEvent, mapping: Mapping, facts: dict[str, Any]) -> None:
    event = events.Event(
        name=name,
        object_kind="series_mapping",
        object_id=mapping.pk,
        object_label=mapping.name,
        concerns=[mapping.provider_id],
        facts=facts,
    )
    events.record([event])
