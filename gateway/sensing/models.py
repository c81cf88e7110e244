"""What each source told last of a resource, and what it told in the five minutes before."""

from django.db import models
from django.db.models import F, Q

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
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.source} {self.health}"


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
