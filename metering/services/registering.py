"""Put meters on resources, and say which agent signs for them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.events import services as events
from identity.rows import AgentRow
from metering import units
from metering.contracts import (
    MeterNameTaken,
    MeterNotFound,
    MeterRefused,
    MetricKind,
    RuleVersionNotFound,
)
from metering.event_names import MeteringEvent
from metering.models import MeasurementRuleVersion, Meter


@transaction.atomic
def register_meter(
    *,
    provider_id: UUID,
    resource_id: UUID,
    name: str,
    rule_version_id: UUID,
    now: datetime,
    agent_id: UUID | None = None,
    is_trial: bool = False,
) -> Meter:
    """
    Put a meter on a provider's own resource; from then on it takes readings.

    :raises NotFound: if the resource or the agent does not exist or is someone else's
    :raises RuleVersionNotFound: if there is no such rule version
    :raises MeterRefused: if the rule is not in force yet or counts in another unit
    :raises MeterNameTaken: if the resource has a meter of this name
    """
    resource = identity_selectors.resource_of_provider(
        resource_id=resource_id, provider_id=provider_id
    )
    agent = (
        identity_selectors.agent_of_provider(agent_id=agent_id, provider_id=provider_id)
        if agent_id is not None
        else None
    )
    rule = _rule_for(rule_version_id, capacity_unit=resource.capacity_unit, now=now)
    if agent is not None and agent.revoked_at is not None:
        raise MeterRefused(field="agent", reason="the agent's key is revoked")
    try:
        with transaction.atomic():
            meter = Meter.objects.create(
                provider_id=provider_id,
                resource=resource,
                name=name,
                metric=rule.metric,
                rule_version=rule,
                agent=agent,
                is_trial=is_trial,
                registered_at=now,
            )
    except IntegrityError as error:
        raise MeterNameTaken(field="name") from error
    facts = {"resource_id": resource_id, "rule_version_id": rule_version_id}
    _record(MeteringEvent.METER_REGISTERED, [meter], facts)
    return meter


def _record(name: MeteringEvent, meters: Iterable[Meter], facts: Mapping[str, object]) -> None:
    events.record(
        events.Event(
            name=name,
            object_kind="meter",
            object_id=meter.pk,
            object_label=meter.name,
            concerns=[meter.provider_id],
            facts=facts,
        )
        for meter in meters
    )


@transaction.atomic
def bind_agent(*, provider_id: UUID, meter_id: UUID, agent_id: UUID) -> Meter:
    """
    Let another agent of the provider's own sign for a meter from now on.

    :raises NotFound, MeterNotFound: if one does not exist or is someone else's
    :raises MeterRefused: if the agent's key is revoked
    """
    agent = identity_selectors.agent_of_provider(agent_id=agent_id, provider_id=provider_id)
    if agent.revoked_at is not None:
        raise MeterRefused(field="agent", reason="the agent's key is revoked")
    owned = Meter.objects.filter(pk=meter_id, provider_id=provider_id)
    meter = owned.select_for_update(no_key=True).first()
    if meter is None:
        raise MeterNotFound
    _bind([meter], agent_id)
    return meter


def _bind(meters: Iterable[Meter], agent_id: UUID) -> None:
    changed = [meter for meter in meters if meter.agent_id != agent_id]
    for meter in changed:
        meter.agent_id = agent_id
    Meter.objects.filter(pk__in=[meter.pk for meter in changed]).update(agent_id=agent_id)
    _record(MeteringEvent.METER_BOUND, changed, {"agent_id": agent_id})


@transaction.atomic
def rotate_agent(
    *,
    provider_id: UUID,
    agent_id: UUID,
    public_key: bytes,
    now: datetime,
    overlap: timedelta = timedelta(),
) -> AgentRow:
    """
    Give an agent a new key: its meters are signed for with it, and the former one ends.

    Both are good for the time of the overlap, so that no reading waits for the other key. Its
    batches are numbered on. A revoked agent may get a new key, too: its meters are not stranded.

    :raises NotFound: if the agent does not exist or is someone else's
    :raises InvalidPublicKey, AgentKeyExists: if the key cannot be registered
    """
    former = identity_selectors.agent_of_provider(agent_id=agent_id, provider_id=provider_id)
    agent = identity_services.register_agent(
        organization_id=provider_id,
        name=former.name,
        public_key=public_key,
        first_id=former.chain_id,
    )
    signed = Meter.objects.filter(agent_id=former.pk, provider_id=provider_id).order_by("pk")
    _bind(signed.select_for_update(no_key=True), agent.pk)
    if overlap:
        identity_services.end_agent_later(
            organization_id=provider_id, agent_id=former.pk, ends_at=now + overlap
        )
    else:
        identity_services.revoke_agent(organization_id=provider_id, agent_id=former.pk, now=now)
    return agent


@transaction.atomic
def end_agent(
    *, provider_id: UUID, agent_id: UUID, now: datetime, successor_id: UUID | None = None
) -> None:
    """
    Revoke an agent's key; its meters go to another agent, or wait until it has a new key.

    :raises NotFound: if one does not exist or is someone else's
    :raises MeterRefused: if the other agent's key is revoked
    """
    agent = identity_selectors.agent_of_provider(agent_id=agent_id, provider_id=provider_id)
    if successor_id is not None:
        other = identity_selectors.agent_of_provider(agent_id=successor_id, provider_id=provider_id)
        if other.revoked_at is not None:
            raise MeterRefused(field="successor", reason="the agent's key is revoked")
        signed = Meter.objects.filter(agent_id=agent.pk, provider_id=provider_id).order_by("pk")
        _bind(signed.select_for_update(no_key=True), other.pk)
    identity_services.revoke_agent(organization_id=provider_id, agent_id=agent.pk, now=now)


def _rule_for(
    rule_version_id: UUID, *, capacity_unit: str, now: datetime
) -> MeasurementRuleVersion:
    rule = (
        MeasurementRuleVersion.objects.select_related("metric").filter(pk=rule_version_id).first()
    )
    if rule is None:
        raise RuleVersionNotFound(field="rule_version")
    if rule.valid_from > now:
        raise MeterRefused(field="rule_version", reason="the rule is not in force yet")
    bound = units.bound_of(rule.metric.unit)
    is_bounded = rule.metric.kind == MetricKind.TIME or bound is not None
    if is_bounded and (bound is None or bound.of != capacity_unit):
        raise MeterRefused(
            field="rule_version", reason=f"the resource is counted in {capacity_unit}"
        )
    return rule
