"""Files as the database knows them; their content lies in a folder, under their identifiers."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.contracts import PLATFORM_ROLES, Role
from identity.files.contracts import NAME_LENGTH_MAX, PURPOSE_LENGTH_MAX


class StoredFile(models.Model):
    """A file of an organisation. What was removed leaves its row: hash, name and who removed it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=NAME_LENGTH_MAX)
    media_type = models.CharField(max_length=100, help_text="by content")
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    purpose = models.CharField(
        max_length=PURPOSE_LENGTH_MAX, blank=True, help_text="dotted, by the room that keeps it"
    )
    relied_on_by = models.CharField(
        max_length=PURPOSE_LENGTH_MAX, blank=True, help_text="what keeps it from being removed"
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text="exclusive; empty: it stays")
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    removed_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True, help_text="since when its content is gone")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(bytes__gt=0), name="file_is_not_empty"),
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="file_is_hashed"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="file_has_a_name"),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("uploaded_at")),
                name="file_expires_later",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=False) | Q(removed_by__isnull=True),
                name="file_removed_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(swept_at__isnull=True) | Q(removed_at__isnull=False),
                name="file_swept_once_removed",
            ),
            # Evidence stays: it is neither removed nor ever over.
            models.CheckConstraint(
                condition=Q(relied_on_by="") | Q(removed_at__isnull=True, expires_at__isnull=True),
                name="file_relied_on_stays",
            ),
            # What points to a file with its owner cannot name another's.
            models.UniqueConstraint(fields=["id", "organization"], name="file_has_one_owner"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "-id"],
                condition=Q(removed_at__isnull=True),
                name="file_of_organization",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(removed_at__isnull=True, expires_at__isnull=False),
                name="file_expiring",
            ),
            models.Index(
                fields=["removed_at"],
                condition=Q(removed_at__isnull=False, swept_at__isnull=True),
                name="file_to_be_swept",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FileGrant(models.Model):
    """Who else may see a file."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="grants")
    owner = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    role = models.CharField(max_length=10, choices=Role.choices, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["file", "organization", "role"],
                nulls_distinct=False,
                name="file_granted_once",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["", *Role.values]), name="file_grant_role_known"
            ),
            # Without an organisation it is for a duty across the market.
            models.CheckConstraint(
                condition=Q(organization__isnull=False) | Q(role__in=sorted(PLATFORM_ROLES)),
                name="file_granted_to_somebody",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "file"], name="file_grant_to")]

    def __str__(self) -> str:
        return f"{self.file_id} {self.organization_id} {self.role}"


class FileAllowance(models.Model):
    """How much an organisation keeps, counted by the database, and how much it may."""

    organization = models.OneToOneField(
        "identity.Organization", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    files = models.BigIntegerField(db_default=0)
    bytes = models.BigIntegerField(db_default=0)
    files_max = models.BigIntegerField()
    bytes_max = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(files__gte=0, bytes__gte=0), name="file_allowance_is_counted"
            ),
            models.CheckConstraint(
                condition=Q(files__lte=F("files_max"), bytes__lte=F("bytes_max")),
                name="file_allowance_is_kept",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.bytes}/{self.bytes_max}"
