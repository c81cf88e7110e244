"""What each source told last of a resource, and what it told in the five minutes before."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from gateway.sensing.contracts import Health, StateSource


class SourceState(models.Model):
    """The newest word of a source about a resource; an older one never replaces it (trigger)."""

    id = models.BigAutoField(primary_key=True)
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+"
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    source = models.CharField(max_length=8, choices=StateSource.choices)
    total_milli = models.BigIntegerField(null=True)
    free_milli = models.BigIntegerField(null=True)
    health = models.CharField(max_length=8, choices=Health.choices)
    observed_at = models.DateTimeField()
    sequence = models.BigIntegerField()
    digest = models.BinaryField(help_text="SHA-256 of the signed bytes that said so")
    fresh_until = models.DateTimeField()
    received_at = models.DateTimeField()
    is_told = models.BooleanField(default=False, help_text="that it is silent")
    health_since = models.DateTimeField(
        null=True, help_text="since when it says the same without a silence; by the database"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resource", "source"], name="one_word_a_source"),
            models.CheckConstraint(
                condition=Q(free_milli__isnull=True) | Q(free_milli__gte=0),
                name="state_free_is_none_or_more",
            ),
            models.CheckConstraint(
                condition=Q(free_milli__isnull=True)
                | Q(total_milli__isnull=True)
                | Q(free_milli__lte=F("total_milli")),
                name="state_free_within_total",
            ),
            models.CheckConstraint(
                condition=Q(source__in=StateSource.values) & Q(health__in=Health.values),
                name="state_words_known",
            ),
            models.CheckConstraint(
                condition=Q(fresh_until__gt=F("observed_at")), name="state_is_fresh_for_a_while"
            ),
        ]
        indexes = [
            models.Index(
                fields=["fresh_until"], condition=Q(is_told=False), name="state_falls_silent"
            ),
            models.Index(
                fields=["fresh_until"],
                condition=Q(source=StateSource.AGENT, health=Health.DOWN),
                name="state_agent_says_down",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.source} {self.health}"


class HealthSpan(models.Model):
    """A time in which a source said the same of a resource, until it said otherwise or nothing."""

    id = models.BigAutoField(primary_key=True)
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source = models.CharField(max_length=8, choices=StateSource.choices)
    health = models.CharField(max_length=8, choices=Health.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "source", "ends_at"], name="health_span_ends_once"
            ),
            models.CheckConstraint(
                condition=Q(source__in=StateSource.values) & Q(health__in=Health.values),
                name="health_span_words_known",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="health_span_lasts"
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"],
                condition=Q(source=StateSource.AGENT, health=Health.DOWN),
                name="health_span_agent_down",
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.source} {self.health}"


class ProbeHour(models.Model):
    """How fast the address of a resource answered the market in an hour: counts by bound."""

    id = models.BigAutoField(primary_key=True)
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    hour_at = models.DateTimeField()
    probes = models.PositiveIntegerField()
    within = ArrayField(
        models.PositiveIntegerField(), help_text="answers by bound, as PROBE_BOUNDS_MS"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resource", "hour_at"], name="probe_hour_once")
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.hour_at}"


class StateHistory(models.Model):
    """What a source told in five minutes of what is free: lowest, highest, sum and count."""

    id = models.BigAutoField(primary_key=True)
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+"
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    source = models.CharField(max_length=8, choices=StateSource.choices)
    slot_at = models.DateTimeField()
    low_milli = models.BigIntegerField()
    high_milli = models.BigIntegerField()
    sum_milli = models.DecimalField(max_digits=30, decimal_places=0)
    words = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "source", "slot_at"], name="one_history_a_slot"
            ),
            models.CheckConstraint(
                condition=Q(low_milli__gte=0, high_milli__gte=F("low_milli"), words__gt=0),
                name="history_is_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.source} {self.slot_at}"


class AgentBinding(models.Model):
    """
    A program of a provider may speak for a resource of his.

    Named by the first key of the agent, so that a new key changes nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+"
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    chain_id = models.UUIDField(help_text="the first key of the agent")
    bound_at = models.DateTimeField()
    bound_by_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "chain_id"],
                condition=Q(ended_at__isnull=True),
                name="agent_bound_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("bound_at")),
                name="binding_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.resource_id}"


class ProbedEndpoint(models.Model):
    """An address of a resource that the market asks by itself, and what it found last."""

    resource = models.OneToOneField(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+", primary_key=True
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    url = models.CharField(max_length=500)
    next_at = models.DateTimeField(null=True, help_text="when it is asked next; none: not asked")
    asked_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    took_ms = models.PositiveIntegerField(null=True)
    problem = models.CharField(max_length=60, default="", db_default="", blank=True)
    failures = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(next_at__isnull=False), name="endpoint_is_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.url}"


class PathSample(models.Model):
    """What an agent measured of the way between two hubs: there and back, in microseconds."""

    id = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    chain_id = models.UUIDField(help_text="the first key of the agent")
    hub_a = models.CharField(max_length=8)
    hub_b = models.CharField(max_length=8)
    round_trip_us = models.PositiveIntegerField()
    mbps = models.PositiveIntegerField(null=True)
    observed_at = models.DateTimeField()
    digest = models.BinaryField(help_text="SHA-256 of the signed bytes that said so")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chain_id", "hub_a", "hub_b", "observed_at"], name="path_sample_once"
            ),
            models.CheckConstraint(
                condition=Q(hub_a__lt=F("hub_b")), name="path_sample_has_two_ends"
            ),
            models.CheckConstraint(
                condition=Q(round_trip_us__gt=0, round_trip_us__lte=10_000_000),
                name="path_sample_took_some_time",
            ),
        ]
        indexes = [
            models.Index(fields=["hub_a", "hub_b", "-observed_at"], name="path_samples_by_path")
        ]

    def __str__(self) -> str:
        return f"{self.hub_a} {self.hub_b} {self.round_trip_us}"
