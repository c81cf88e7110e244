"""Measured facts: rules, meters, readings, windows, usage, certificates. Facts are never edited."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value

from common import recorded
from common.ids import uuid7
from metering import month_models, rules, table_models  # noqa: F401 - tables of this room
from metering.certificate_models import CapacityCertificate
from metering.contracts import (
    ChainFaultKind,
    MetricKind,
    SetAsideReason,
    Verdict,
    WindowState,
)
from metering.table_contracts import HourClass

__all__ = ["CapacityCertificate"]

HASH = r"^[0-9a-f]{64}$"
STORED_DIGITS = rules.QUANTITY_DIGITS + rules.QUANTITY_PLACES


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
    published_by = models.ForeignKey(
        "identity.User",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="empty for what the market was installed with",
    )
    approved_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule", "version"], name="rule_version_once"),
            models.CheckConstraint(
                condition=Q(proposal__isnull=True, published_by__isnull=True)
                | (Q(proposal__isnull=False) & ~Q(approved_by=F("published_by"))),
                name="rule_approved_by_another",
            ),
            models.CheckConstraint(condition=Q(version__gt=0), name="rule_version_from_one"),
            models.CheckConstraint(
                condition=Q(window_seconds__gte=1, window_seconds__lte=86_400),
                name="rule_window_within_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.version}"


class Meter(models.Model):
    """Where a provider counts one metric of one resource, and the rule that it is measured by."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=80)
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    rule_version = models.ForeignKey(
        MeasurementRuleVersion, on_delete=models.PROTECT, related_name="+"
    )
    agent = models.ForeignKey(
        "identity.MeteringAgent",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text="if named, readings must be signed with this agent's key",
    )
    is_trial = models.BooleanField(default=False, help_text="measured, but never charged")
    registered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resource", "name"], name="meter_name_once"),
            # What the trigger on readings looks meter and provider up in.
            models.UniqueConstraint(fields=["id", "provider"], name="meter_of_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.metric_id}"


class Reading(models.Model):
    """
    What a meter counted; append-only, and named for good by `(source, event_id)`.

    The table is parted by the month of `starts_at`. `metering_take_readings` alone writes rows, as
    sets, and each name once into `metering_readingname`, which keeps it when the month is gone.
    That meter and agent are the provider's is checked by a trigger once a statement: foreign keys
    are checked row by row.
    """

    id = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(
        "identity.Organization",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    meter = models.ForeignKey(
        Meter, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    source = models.CharField(max_length=200)
    event_id = models.CharField(max_length=100)
    subject = models.UUIDField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    quantity = models.DecimalField(max_digits=STORED_DIGITS, decimal_places=rules.QUANTITY_PLACES)
    unit = models.CharField(
        max_length=24, db_default="", help_text="of the part, where its rule weighs several"
    )
    state = models.CharField(
        max_length=12, db_default="", help_text="of the resource, where its rule knows states"
    )
    agent = models.ForeignKey(
        "identity.MeteringAgent",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_constraint=False,
        db_index=False,
        help_text="whose signature came with it",
    )
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gte=0), name="reading_not_negative"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="reading_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__gte=rules.EPOCH), name="reading_since_the_epoch"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["meter", "starts_at"], name="reading_by_meter"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"


class AgentChain(models.Model):
    """
    How far an agent's batches have come, by its own numbers.

    It belongs to the first key of the program and goes on over its later keys.
    """

    agent = models.OneToOneField(
        "identity.MeteringAgent", on_delete=models.PROTECT, related_name="+", primary_key=True
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    number = models.BigIntegerField(default=0, help_text="the highest that arrived")
    content_hash = models.CharField(max_length=64, help_text="of the batch of that number")
    arrived = models.BigIntegerField(default=0, help_text="how many batches did")
    faults = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(arrived__gte=0, arrived__lte=F("number")), name="chain_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.number}"


class ChainedBatch(models.Model):
    """A batch that an agent numbered, by its bytes; append-only."""

    id = models.BigAutoField(primary_key=True)
    chain = models.ForeignKey(
        AgentChain, on_delete=models.PROTECT, related_name="batches", db_index=False
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    agent = models.ForeignKey(
        "identity.MeteringAgent",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="whose key signed it",
    )
    number = models.BigIntegerField()
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the signed bytes")
    previous_hash = models.CharField(max_length=64)
    accepted = models.PositiveIntegerField()
    known = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "number"], name="chained_batch_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="chained_batch_from_one"),
            models.CheckConstraint(
                condition=Q(content_hash__regex=HASH) & Q(previous_hash__regex=HASH),
                name="chained_batch_hashes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.number}"


class ChainFault(models.Model):
    """What an agent's batches showed to be wrong, when it was noticed; append-only."""

    id = models.BigAutoField(primary_key=True)
    chain = models.ForeignKey(
        AgentChain, on_delete=models.PROTECT, related_name="known_faults", db_index=False
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=12, choices=ChainFaultKind.choices)
    first = models.BigIntegerField(help_text="number of the batch; of a gap, the first missing")
    last = models.BigIntegerField(help_text="of a gap, the last missing")
    noticed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=ChainFaultKind.values), name="chain_fault_known"
            ),
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="chain_fault_in_order"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["chain", "-id"], name="chain_fault_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.first}-{self.last}"


class Window(models.Model):
    """A fixed stretch of a meter's time. OPEN means due at `due_at`: the row is the work to do."""

    id = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=WindowState.choices, default=WindowState.OPEN)
    revision = models.PositiveIntegerField(default=0, help_text="how often it was measured")
    closed_at = models.DateTimeField(null=True, blank=True)
    set_aside_reason = models.CharField(
        max_length=24, choices=SetAsideReason.choices, blank=True, default=SetAsideReason.NONE
    )
    reading_count = models.BigIntegerField(default=0, help_text="how many were accepted into it")
    measured_count = models.BigIntegerField(
        default=0, help_text="how many of them are in its records, or were discarded"
    )
    admitted_quantity = models.DecimalField(
        max_digits=STORED_DIGITS,
        decimal_places=rules.QUANTITY_PLACES,
        null=True,
        blank=True,
        help_text="an operator admitted the readings as they were, up to this sum",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meter", "starts_at"], name="window_once"),
            models.CheckConstraint(
                condition=Q(state__in=WindowState.values), name="window_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=WindowState.SET_ASIDE) ^ Q(set_aside_reason=""),
                name="window_set_aside_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="window_ends_after_start"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"], condition=Q(state=WindowState.OPEN), name="window_due"
            ),
            models.Index(
                fields=["provider", "starts_at"],
                condition=Q(state=WindowState.SET_ASIDE),
                name="window_set_aside",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.starts_at:%Y-%m-%dT%H:%M:%SZ} {self.state}"


class ReadingSum(models.Model):
    """
    What became of a provider's readings, in sums, so that nobody has to count them all again.

    What is neither measured nor discarded waits in windows that are open or set aside.
    """

    provider = models.OneToOneField(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", primary_key=True
    )
    accepted = models.BigIntegerField(default=0, help_text="up to the place of `ReadingPlace`")
    measured = models.BigIntegerField(default=0)
    discarded = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.provider_id} {self.accepted}"


class ReadingPlace(models.Model):
    """Up to which reading `ReadingSum.accepted` counts; later ones are counted when asked."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    until = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="one_reading_place"),
        ]

    def __str__(self) -> str:
        return str(self.until)


class WindowDecision(models.Model):
    """What was decided about a window that was set aside, by whom and why; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="decisions")
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    verdict = models.CharField(max_length=7, choices=Verdict.choices)
    quantity = models.DecimalField(
        max_digits=STORED_DIGITS,
        decimal_places=rules.QUANTITY_PLACES,
        help_text="what the window's readings added up to",
    )
    reason = models.TextField()
    decided_by = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    decided_by_person = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()
    recorded_in = recorded.in_transaction()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["recorded_in", "id"], name="decision_in_order"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="decision_verdict_known"
            ),
            models.CheckConstraint(
                condition=~Q(provider=F("decided_by")), name="decision_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.window_id} {self.verdict}"


class UsageRecord(models.Model):
    """What a meter delivered to one subject in one window; append-only, later ones supersede."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="+", db_index=False)
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.UUIDField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revision = models.PositiveIntegerField()
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="superseded_by", null=True, blank=True
    )
    quantity = models.DecimalField(max_digits=STORED_DIGITS, decimal_places=rules.QUANTITY_PLACES)
    native_hours = models.DecimalField(
        max_digits=STORED_DIGITS, decimal_places=rules.QUANTITY_PLACES, null=True
    )
    standard_hours = models.DecimalField(
        max_digits=STORED_DIGITS, decimal_places=rules.QUANTITY_PLACES, null=True
    )
    hour_class = models.CharField(
        max_length=9,
        blank=True,
        db_default="",
        help_text="of the table that converted; empty: the rule's own figures, or none",
    )
    class_hours = models.DecimalField(
        max_digits=STORED_DIGITS,
        decimal_places=rules.QUANTITY_PLACES,
        null=True,
        help_text="standard hours of another class than training; another unit, never added to it",
    )
    factor = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    factor_source = models.TextField(blank=True, help_text="or why there is no factor")
    factor_row = models.CharField(max_length=500, blank=True, db_default="")
    certificate = models.ForeignKey(
        "metering.CapacityCertificate",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
    )
    rule_version = models.ForeignKey(
        MeasurementRuleVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    is_trial = models.BooleanField()
    inputs_hash = models.CharField(max_length=64)
    reading_count = models.PositiveIntegerField()
    units_max = models.DecimalField(
        max_digits=STORED_DIGITS,
        decimal_places=rules.QUANTITY_PLACES,
        null=True,
        help_text="units in use at one moment, at most; nobody knows of old records and of counts",
    )
    parts = models.JSONField(
        db_default=Value([], models.JSONField()),
        help_text="unit, quantity and weight of each metric that the quantity was weighed from",
    )
    created_at = models.DateTimeField()
    recorded_in = recorded.in_transaction()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["meter", "starts_at", "subject", "revision"],
                nulls_distinct=False,
                name="usage_revision_once",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="usage_not_negative"),
            models.CheckConstraint(condition=Q(units_max__gte=0), name="usage_units_not_negative"),
            models.CheckConstraint(
                condition=Q(revision=1, supersedes__isnull=True)
                | Q(revision__gt=1, supersedes__isnull=False),
                name="usage_revision_supersedes",
            ),
            # Hours of two classes are two units: a record has hours of one of them, by a factor.
            models.CheckConstraint(
                condition=Q(
                    standard_hours__isnull=True, class_hours__isnull=True, factor__isnull=True
                )
                | Q(
                    standard_hours__isnull=False,
                    class_hours__isnull=True,
                    factor__isnull=False,
                    hour_class__in=["", HourClass.TRAINING],
                )
                | Q(
                    standard_hours__isnull=True,
                    class_hours__isnull=False,
                    factor__isnull=False,
                    hour_class__in=[HourClass.GENERAL, HourClass.HPC, HourClass.INFERENCE],
                ),
                name="usage_hours_of_one_class",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["recorded_in", "id"], name="usage_in_order"),
            models.Index(fields=["subject", "sequence"], name="usage_by_subject"),
            models.Index(fields=["provider", "starts_at"], name="usage_by_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.starts_at:%Y-%m-%dT%H:%M:%SZ} r{self.revision}"
