"""Scenes in versions that two operators agreed on, and templates that buyers keep."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from common.ids import uuid7
from marketplace.drivers.scene_contracts import CODE_LENGTH_MAX, TITLE_LENGTH_MAX


class OrderScene(models.Model):
    """A version of what is usually ordered; never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=CODE_LENGTH_MAX)
    version = models.PositiveIntegerField()
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="order_scene_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class OrderTemplate(models.Model):
    """What a buyer keeps of an order, under a name of its own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=TITLE_LENGTH_MAX)
    content = models.JSONField(help_text="how much, how long, and the job if it runs one")
    listing = models.ForeignKey(
        "catalog.Listing", on_delete=models.PROTECT, related_name="+", null=True
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="order_template_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
