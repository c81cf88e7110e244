"""What this node cosigned of others' logs, what contradicts it, and who cosigned its own log."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7
from gateway.witness.rules import NAME_LENGTH_MAX


class ConflictKind(models.TextChoices):
    """How a log contradicts what a witness holds of it."""

    FORKED = "FORKED", _("two roots of one size, both signed")
    UNPROVEN = "UNPROVEN", _("not shown to continue what was cosigned")


class WitnessedLog(models.Model):
    """The newest checkpoint of a log that this node has cosigned; it never goes back (trigger)."""

    origin = models.CharField(primary_key=True, max_length=NAME_LENGTH_MAX)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    cosigned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size__gte=0), name="witnessed_size_is_none_or_more")
        ]

    def __str__(self) -> str:
        return f"{self.origin} {self.size}"


class LogConflict(models.Model):
    """A signed checkpoint that does not continue what this node cosigned, and what it held."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    origin = models.CharField(max_length=NAME_LENGTH_MAX)
    kind = models.CharField(max_length=8, choices=ConflictKind.choices)
    held_size = models.BigIntegerField()
    held_note = models.TextField()
    offered_size = models.BigIntegerField()
    offered_root = models.BinaryField()
    offered_note = models.TextField()
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(
        null=True, help_text="when the same checkpoint was shown to continue after all"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "offered_size", "offered_root"], name="log_conflict_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ConflictKind.values), name="log_conflict_kind_known"
            ),
            # Two roots of one size: nothing that comes later can settle that.
            models.CheckConstraint(
                condition=~Q(kind="FORKED")
                | Q(held_size=F("offered_size"), settled_at__isnull=True),
                name="log_fork_is_for_good",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin} {self.offered_size} {self.kind}"


class Cosignature(models.Model):
    """A witness's line under a checkpoint of this node's own ledger; append-only."""

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField()
    witness = models.CharField(max_length=NAME_LENGTH_MAX)
    line = models.TextField()
    signed_at = models.DateTimeField(help_text="as the witness says")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["size", "witness"], name="cosigned_once_a_size")
        ]
        indexes = [models.Index(fields=["witness", "-size"], name="cosignature_newest")]

    def __str__(self) -> str:
        return f"{self.witness} {self.size}"


class WitnessStanding(models.Model):
    """Where one of this log's witnesses stands: what it cosigned, and what it answered last."""

    witness = models.CharField(primary_key=True, max_length=NAME_LENGTH_MAX)
    size = models.BigIntegerField(default=0, help_text="that it has cosigned, as far as is known")
    cosigned_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(help_text="when it was asked last")
    refusal = models.CharField(max_length=40, blank=True, help_text="a code; empty: none")
    behind_since = models.DateTimeField(null=True, help_text="since when it misses a checkpoint")
    told = models.PositiveSmallIntegerField(default=0, help_text="1: a minute, 2: ten minutes")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(behind_since__isnull=False) | Q(told=0),
                name="witness_told_while_behind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.witness} {self.size}"
