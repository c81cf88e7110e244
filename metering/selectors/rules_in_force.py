"""Reads of measurement rules; they are public."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from metering.contracts import RuleFacts, RuleVersionNotFound
from metering.models import MeasurementRuleVersion
from metering.table_models import ConversionTableVersion


def rule_version(*, code: str, version: int | None = None) -> RuleFacts:
    """
    Return a version of a rule, by default the newest that is in force.

    :raises RuleVersionNotFound: if there is none
    """
    versions = MeasurementRuleVersion.objects.select_related("metric").filter(rule_id=code)
    if version is not None:
        versions = versions.filter(version=version)
    else:  # What is announced binds nobody yet; a first version may begin later than it was there.
        versions = versions.filter(Q(valid_from__lte=Now()) | Q(version=1))
    found = versions.order_by("-version").first()
    if found is None:
        raise RuleVersionNotFound
    return facts_of(found)


def rule_versions(*, at: datetime | None = None) -> Sequence[RuleFacts]:
    """Return the rule versions, by default all, else those in force at a moment."""
    versions = MeasurementRuleVersion.objects.select_related("metric").order_by(
        "rule_id", "version"
    )
    if at is not None:
        versions = versions.filter(valid_from__lte=at)
    return [facts_of(version) for version in versions]


def latest_definition(*, code: str) -> Mapping[str, Any] | None:
    """Return what the newest version of a rule says, announced ones included; or nothing."""
    found = MeasurementRuleVersion.objects.filter(rule_id=code).order_by("-version")
    return found.values_list("definition", flat=True).first()


def latest_table(*, name: str) -> Mapping[str, Any] | None:
    """Return what the newest version of a class's table says, or nothing."""
    found = ConversionTableVersion.objects.filter(hour_class=name).order_by("-version")
    return found.values_list("definition", flat=True).first()


def facts_of(version: MeasurementRuleVersion) -> RuleFacts:
    """Return what other rooms may know of a rule version."""
    return RuleFacts(
        id=version.id,
        code=version.rule_id,
        version=version.version,
        metric=version.metric_id,
        unit=version.metric.unit,
        window_seconds=version.window_seconds,
        grace_seconds=version.grace_seconds,
        content_hash=version.content_hash,
    )
