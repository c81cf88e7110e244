"""Writes of measured facts."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from common import canonical, clock, notice
from identity.events import services as events
from metering import definitions, selectors, worsening
from metering.contracts import (
    Aggregate,
    InvalidRule,
    MetricKind,
    Reads,
    RuleDefinition,
    RuleFacts,
    RuleVersionConflict,
)
from metering.event_names import MeteringEvent
from metering.models import MeasurementRule, MeasurementRuleVersion, Metric
from metering.services import tables
from metering.services.tables import Agreed, agreed_columns

ANNOUNCED_WITHIN: Final = timedelta(minutes=5)


@transaction.atomic
def publish_rule_version(
    *,
    code: str,
    version: int,
    name: str,
    name_en: str,
    definition: dict[str, Any],
    source: str,
    valid_from: datetime | None,
    now: datetime,
    agreed: Agreed | None = None,
) -> RuleFacts:
    """
    Publish a version of a measurement rule; the same again changes nothing.

    `agreed` says which two people did; the installation publishes what it brings without.
    Without a moment a version takes effect as early as it may.

    :raises InvalidRule: if the definition breaks its form, or names a table that is not in force
    :raises RuleVersionConflict: if the version was published with other content
    :raises BackDated: if the moment is past
    :raises OutOfTurn: if another version takes effect then, or later
    :raises NoticeTooShort: if it measures otherwise and would do so too soon
    """
    parsed = definitions.parse(definition)
    _require_known_metrics(parsed)
    content_hash = canonical.content_hash(
        {"code": code, "version": version, "definition": definition}
    )
    rule, _is_new = MeasurementRule.objects.get_or_create(
        code=code, defaults={"name": name, "name_en": name_en}
    )
    published = rule.versions.filter(version=version).first()
    is_new = published is None
    if published is None:
        starts_at = effective_from(
            rule.versions.order_by("-version").first(), valid_from, definition, now=now
        )
        tables.require_in_force(parsed.conversion, at=starts_at)
        published = MeasurementRuleVersion.objects.create(
            rule=rule,
            version=version,
            metric_id=parsed.metric,
            window_seconds=parsed.window_seconds,
            grace_seconds=parsed.grace_seconds,
            definition=definition,
            content_hash=content_hash,
            source=source,
            valid_from=starts_at,
            published_at=now,
            **agreed_columns(agreed),
        )
    if published.content_hash != content_hash:
        raise RuleVersionConflict
    if is_new:
        event = events.Event(
            name=MeteringEvent.RULE_PUBLISHED,
            object_kind="measurement_rule_version",
            object_id=published.pk,
            object_label=f"{code} {version}",
            facts={"valid_from": published.valid_from, "content_hash": content_hash},
        )
        events.record([event])
    return selectors.facts_of(published)


def _require_known_metrics(definition: RuleDefinition) -> None:
    named = {definition.metric, *(each.metric for each in definition.weights)}
    known = {metric.code: metric for metric in Metric.objects.filter(code__in=named)}
    if named - known.keys():
        raise InvalidRule(reason="unknown metric")
    if len({known[each.metric].unit for each in definition.weights}) < len(definition.weights):
        raise InvalidRule(reason=_("two metrics that are weighed are counted in one unit"))
    is_level = definition.reads == Reads.GAUGE and definition.aggregate == Aggregate.SUM
    if is_level and known[definition.metric].kind != MetricKind.TIME:
        raise InvalidRule(reason=_("levels add up for a metric of use over time alone"))


def effective_from(
    latest: MeasurementRuleVersion | None,
    asked: datetime | None,
    definition: dict[str, Any],
    *,
    now: datetime,
) -> datetime:
    """Return when the version after the latest one begins."""
    if latest is None:
        return notice.effective_at(asked, now=now, before=None, is_worse=False)
    return notice.effective_at(
        asked,
        now=now,
        before=latest.valid_from,
        is_worse=worsening.is_worse(latest.definition, definition),
        field="valid_from",
    )


@transaction.atomic
def install_shipped_rules(*, now: datetime) -> list[RuleFacts]:
    """
    Publish the metrics and rule versions that come with Suanpan; safe to repeat.

    A rule's first version is in force since the day that its file names. Later ones, which a
    release brings, take effect as early as they may, and are announced by the clock: where the
    installation is told to have been earlier, they wait for the next one.
    """
    Metric.objects.bulk_create(
        [Metric(**metric) for metric in definitions.shipped_metrics()], ignore_conflicts=True
    )
    for table in definitions.shipped_tables():
        tables.publish_table(now=now, **table | {"valid_from": _first_day(table)})
    is_told_late = abs(clock.now() - now) > ANNOUNCED_WITHIN
    return [
        publish_rule_version(now=now, **rule | {"valid_from": _first_day(rule)})
        for rule in definitions.shipped_rules()
        if rule["version"] == 1 or not is_told_late
    ]


def _first_day(shipped: dict[str, Any]) -> datetime | None:
    """Return since when a first version is in force; later ones, as early as they may."""
    return datetime.fromisoformat(shipped["valid_from"]) if shipped["version"] == 1 else None
