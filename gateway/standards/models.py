"""What operators enter in the directory: each code and version once, for good."""

from django.db import models

from common.ids import uuid7
from gateway.standards.contracts import (
    CODE_LENGTH_MAX,
    NOTE_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    VERSION_LENGTH_MAX,
    DirectoryKind,
    SupportKind,
)


class DirectoryEntry(models.Model):
    """A version of a standard, policy or technology, and what this node does by it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=DirectoryKind.choices)
    code = models.CharField(max_length=CODE_LENGTH_MAX)
    version = models.CharField(max_length=VERSION_LENGTH_MAX)
    title = models.CharField(max_length=TITLE_LENGTH_MAX)
    title_en = models.CharField(max_length=TITLE_LENGTH_MAX, default="", blank=True)
    support = models.CharField(max_length=6, choices=SupportKind.choices)
    note = models.CharField(max_length=NOTE_LENGTH_MAX, default="", blank=True)
    url = models.CharField(max_length=300, default="", blank=True)
    clause = models.CharField(max_length=80, default="", blank=True)
    rule = models.CharField(max_length=80, default="", blank=True, help_text="kind/version")
    decision = models.CharField(max_length=80, default="", blank=True)
    entered_at = models.DateTimeField()
    entered_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version", "clause"], name="directory_entry_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"
