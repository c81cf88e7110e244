"""What organisations were called, and where they are, from a day until another."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.particulars.contracts import NAME_MAX, TEXT_MAX, PlaceKind


class FormerName(models.Model):
    """What an organisation was called from a moment on; written by a trigger alone, for good."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    since = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="names_of_organization")
        ]

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """An address or a branch of an organisation; it may be given its end, once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=PlaceKind.choices)
    name = models.CharField(max_length=NAME_MAX, blank=True, help_text="of a branch")
    name_en = models.CharField(max_length=NAME_MAX, blank=True)
    address = models.CharField(max_length=TEXT_MAX)
    address_en = models.CharField(max_length=TEXT_MAX, blank=True)
    region = models.CharField(max_length=6, blank=True, help_text="GB/T 2260 code")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, help_text="exclusive; empty while it lasts")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="place_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(kind=PlaceKind.BRANCH) | ~Q(name=""), name="branch_has_a_name"
            ),
            models.UniqueConstraint(
                fields=["organization", "kind"],
                condition=Q(valid_to=None) & ~Q(kind=PlaceKind.BRANCH),
                name="place_of_a_kind_lasts_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-valid_from"], name="places_of_organization")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.address}"
