"""Versions of forms, what was begun, and what was answered."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from identity.forms.contracts import CODE_LENGTH_MAX, SUBJECT_LENGTH_MAX


class FormVersion(models.Model):
    """A version of a form as an operator published it; never edited, only followed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=CODE_LENGTH_MAX)
    version = models.PositiveIntegerField()
    definition = models.JSONField()
    content_hash = models.CharField(max_length=64)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="form_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="form_version_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class FormDraft(models.Model):
    """What an organisation has begun to answer: one a form and subject."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(max_length=CODE_LENGTH_MAX)
    about = models.CharField(max_length=SUBJECT_LENGTH_MAX, blank=True)
    answers = models.JSONField(default=dict)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    kept_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "code", "about"], name="form_draft_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.about}"


class FormSubmission(models.Model):
    """What was answered to a version of a form, and the words that were agreed to."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(max_length=CODE_LENGTH_MAX)
    version = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64, help_text="of the questions")
    about = models.CharField(max_length=SUBJECT_LENGTH_MAX, blank=True)
    answers = models.JSONField(default=dict)
    files = models.JSONField(default=dict, help_text="name and SHA-256 of files, by question")
    consent_hash = models.CharField(max_length=64, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "code", "-id"], name="submission_by_organization"),
            models.Index(fields=["code", "-id"], name="submission_by_form"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(version__gte=1), name="form_submission_of_version"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"
