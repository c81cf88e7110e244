"""Measured facts: rules, meters, readings, windows, usage, certificates. Facts are never edited."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from metering.contracts import MetricKind


class Metric(models.Model):
    """Something that can be counted, and its unit."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    unit = models.CharField(max_length=24)
    kind = models.CharField(max_length=5, choices=MetricKind.choices)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=MetricKind.values), name="metric_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.unit})"


class MeasurementRule(models.Model):
    """A way to turn readings into usage; what it says is in its versions."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.code


class MeasurementRuleVersion(models.Model):
    """What a rule says from a moment on; immutable, so that any figure can be computed again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.ForeignKey(MeasurementRule, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    window_seconds = models.PositiveIntegerField()
    grace_seconds = models.PositiveIntegerField()
    definition = models.JSONField()
    content_hash = models.CharField(max_length=64, unique=True)
    source = models.TextField()
    valid_from = models.DateTimeField()
    published_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule", "version"], name="rule_version_once"),
            models.CheckConstraint(condition=Q(version__gt=0), name="rule_version_from_one"),
            models.CheckConstraint(
                condition=Q(window_seconds__gte=1, window_seconds__lte=86_400),
                name="rule_window_within_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.version}"
