"""Writes of measured facts."""

from datetime import datetime
from typing import Any

from django.db import transaction

from common import canonical
from identity.events import services as events
from metering import definitions, selectors
from metering.contracts import InvalidRule, RuleFacts, RuleVersionConflict
from metering.event_names import MeteringEvent
from metering.models import MeasurementRule, MeasurementRuleVersion, Metric


@transaction.atomic
def publish_rule_version(
    *,
    code: str,
    version: int,
    name: str,
    name_en: str,
    definition: dict[str, Any],
    source: str,
    valid_from: datetime,
    now: datetime,
) -> RuleFacts:
    """
    Publish a version of a measurement rule; the same again changes nothing.

    :raises InvalidRule: if the definition breaks its form
    :raises RuleVersionConflict: if the version was published with other content
    """
    parsed = definitions.parse(definition)
    if not Metric.objects.filter(code=parsed.metric).exists():
        raise InvalidRule(reason="unknown metric")
    content_hash = canonical.content_hash(
        {"code": code, "version": version, "definition": definition}
    )
    rule, _ = MeasurementRule.objects.get_or_create(
        code=code, defaults={"name": name, "name_en": name_en}
    )
    published, is_new = MeasurementRuleVersion.objects.get_or_create(
        rule=rule,
        version=version,
        defaults={
            "metric_id": parsed.metric,
            "window_seconds": parsed.window_seconds,
            "grace_seconds": parsed.grace_seconds,
            "definition": definition,
            "content_hash": content_hash,
            "source": source,
            "valid_from": valid_from,
            "published_at": now,
        },
    )
    if published.content_hash != content_hash:
        raise RuleVersionConflict
    if is_new:
        event = events.Event(
            name=MeteringEvent.RULE_PUBLISHED,
            object_kind="measurement_rule_version",
            object_id=published.pk,
            object_label=f"{code} {version}",
            facts={"valid_from": valid_from, "content_hash": content_hash},
        )
        events.record([event])
    return selectors.facts_of(published)


@transaction.atomic
def install_shipped_rules(*, now: datetime) -> list[RuleFacts]:
    """Publish the metrics and rule versions that come with Suanpan; safe to repeat."""
    Metric.objects.bulk_create(
        [Metric(**metric) for metric in definitions.shipped_metrics()], ignore_conflicts=True
    )
    return [
        publish_rule_version(
            now=now, **(rule | {"valid_from": datetime.fromisoformat(rule["valid_from"])})
        )
        for rule in definitions.shipped_rules()
    ]
