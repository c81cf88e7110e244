"""Mappings and their versions, the series that are followed, and those that nobody reads."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from metering.senders.contracts import (
    LABEL_NAME_MAX,
    NAME_LENGTH_MAX,
    Reads,
    SeriesKind,
    Unmapped,
    Via,
)
from metering.senders.naming import KEY_LENGTH


class Mapping(models.Model):
    """A provider's own word for which series count for which meters; its versions say how."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=NAME_LENGTH_MAX)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "name"], name="mapping_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="mapping_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class MappingVersion(models.Model):
    """What a mapping says from a moment on; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mapping = models.ForeignKey(
        Mapping, on_delete=models.PROTECT, related_name="versions", db_index=False
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField()
    definition = models.JSONField()
    content_hash = models.CharField(max_length=64)
    published_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    published_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mapping", "version"], name="mapping_version_once"),
            models.CheckConstraint(condition=Q(version__gt=0), name="mapping_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.mapping_id} {self.version}"


class Series(models.Model):
    """A series that counts for a meter, and the place up to which it was followed."""

    id = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    key = models.CharField(max_length=KEY_LENGTH)
    metric = models.CharField(max_length=LABEL_NAME_MAX)
    labels = models.JSONField()
    meter = models.ForeignKey("metering.Meter", on_delete=models.PROTECT, related_name="+")
    reads = models.CharField(max_length=8, choices=Reads.choices)
    # How it is read, as the mapping in force said when it last came.
    factor = models.CharField(max_length=40)
    gap_seconds = models.PositiveIntegerField()
    wait_seconds = models.PositiveIntegerField()
    subject = models.UUIDField(null=True, blank=True)
    # Its place.
    passed_at = models.DateTimeField(null=True, blank=True)
    base_at = models.DateTimeField(null=True, blank=True)
    base_value = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="when the samples that wait are followed"
    )
    # What it brought.
    samples = models.BigIntegerField(default=0)
    readings = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    refused_code = models.CharField(max_length=40, blank=True)
    behind = models.BigIntegerField(default=0)
    not_numbers = models.BigIntegerField(default=0)
    stale = models.BigIntegerField(default=0)
    resets = models.BigIntegerField(default=0)
    gaps = models.BigIntegerField(default=0)
    first_seen_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "key"], name="series_followed_once"),
            models.CheckConstraint(
                condition=Q(base_at__isnull=True) | ~Q(base_value=""), name="series_base_is_whole"
            ),
            models.CheckConstraint(condition=Q(reads__in=Reads.values), name="series_reads_known"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="series_due"
            ),
            models.Index(fields=["seen_at"], name="series_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.key[:8]}"


class WaitingSample(models.Model):
    """A sample that waits a little, lest an earlier one of its series still comes."""

    id = models.BigAutoField(primary_key=True)
    series = models.ForeignKey(
        Series, on_delete=models.CASCADE, related_name="waiting", db_index=False
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    moment = models.DateTimeField()
    value = models.CharField(max_length=40)
    began_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "moment"], name="waiting_sample_once"),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.moment.isoformat()}"


class UnmappedMetric(models.Model):
    """A metric that comes and counts for no meter: how often, and how its labels look."""

    id = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    metric = models.CharField(max_length=LABEL_NAME_MAX, blank=True, help_text="empty: all others")
    reason = models.CharField(max_length=8, choices=Unmapped.choices)
    kind = models.CharField(max_length=10, choices=SeriesKind.choices)
    labels = models.JSONField(help_text="of the series that came last")
    last_value = models.CharField(max_length=40, blank=True)
    samples = models.BigIntegerField(default=0)
    first_seen_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "metric", "reason"], name="unmapped_metric_once"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=Unmapped.values), name="unmapped_reason_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["provider"], condition=Q(told_at__isnull=True), name="unmapped_untold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.reason}"


class Sender(models.Model):
    """What came by one door of a provider, all told."""

    id = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    via = models.CharField(max_length=16, choices=Via.choices)
    requests = models.BigIntegerField(default=0)
    samples = models.BigIntegerField(default=0)
    unmapped = models.BigIntegerField(default=0)
    readings = models.BigIntegerField(default=0)
    refused = models.JSONField(default=dict, help_text="how many, by code")
    first_seen_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "via"], name="sender_once"),
            models.CheckConstraint(condition=Q(via__in=Via.values), name="sender_via_known"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.via}"
