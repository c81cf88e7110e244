"""Exports: what was asked for, how far it is, what its file must hold; and cursors of the seal."""

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.audit.contracts import ExportFormat, ExportKind, ExportScope, ExportState


class SealedCursor(models.Model):
    """How far the documents of one kind were brought into the ledger's log."""

    kind = models.CharField(max_length=40, primary_key=True)
    transaction = models.BigIntegerField(default=0)
    last_id = models.UUIDField(null=True)
    documents = models.BigIntegerField(default=0)
    unreadable = models.BigIntegerField(default=0, help_text="rows that could not be hashed")
    moved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.documents}"


class Export(models.Model):
    """One file of records, built in the background from one snapshot of the database."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(
        unique=True,
        editable=False,
        db_default=models.Func(models.Value("audit_export_number"), function="nextval"),
    )
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    requested_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=ExportKind.choices)
    file_format = models.CharField(max_length=8, choices=ExportFormat.choices)
    scope = models.CharField(max_length=8, choices=ExportScope.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    party = models.CharField(max_length=18, blank=True)
    programme = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=9, choices=ExportState.choices, default=ExportState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    estimated_rows = models.BigIntegerField(default=0)
    progress_rows = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(null=True, blank=True)
    bytes = models.BigIntegerField(null=True, blank=True, help_text="of the bundle")
    sha256 = models.CharField(max_length=64, blank=True, help_text="of the data file")
    manifest = models.JSONField(null=True, blank=True)
    failure = models.CharField(max_length=200, blank=True)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="last sign of its worker")
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ExportState.values), name="export_state_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="export_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~Q(state=ExportState.READY)
                | Q(
                    rows__isnull=False,
                    bytes__isnull=False,
                    manifest__isnull=False,
                    expires_at__isnull=False,
                    sha256__regex=r"^[0-9a-f]{64}$",
                ),
                name="export_ready_is_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queued_at", "id"],
                condition=Q(state__in=[ExportState.QUEUED, ExportState.RUNNING]),
                name="export_waiting",
            ),
            models.Index(fields=["organization", "-id"], name="export_of_organization"),
            models.Index(
                fields=["expires_at"], condition=Q(state=ExportState.READY), name="export_expiring"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Return the number that people see."""
        return f"X-{self.sequence:04d}"

    @property
    def progress_percent(self) -> int:
        """Return how much of the expected rows is written; the estimate may be a little off."""
        if self.state == ExportState.READY:
            return 100
        return min(99, self.progress_rows * 100 // max(self.estimated_rows, 1))
