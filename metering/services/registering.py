"""Put meters on resources."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from identity import selectors as identity_selectors
from identity.events import services as events
from metering.contracts import MeterNameTaken, MeterRefused, MetricKind, RuleVersionNotFound
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
    event = events.Event(
        name=MeteringEvent.METER_REGISTERED,
        object_kind="meter",
        object_id=meter.pk,
        object_label=meter.name,
        concerns=[provider_id],
        facts={"resource_id": resource_id, "rule_version_id": rule_version_id},
    )
    events.record([event])
    return meter


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
    is_time = rule.metric.kind == MetricKind.TIME
    if is_time and rule.metric.unit != f"{capacity_unit}-second":
        raise MeterRefused(
            field="rule_version", reason=f"the resource is counted in {capacity_unit}"
        )
    return rule
