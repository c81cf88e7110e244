"""Changes of the register in their order, and who follows which of them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from gateway.changes.contracts import NAME_LENGTH_MAX, ChangeKind


class RegisterChange(models.Model):
    """Something that changed; triggers write it, and the follower gives it its number."""

    id = models.BigAutoField(primary_key=True)
    number = models.BigIntegerField(null=True, unique=True, help_text="without a gap, from 1")
    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    code = models.CharField(max_length=96, help_text="of a resource, a prefix or a node")
    region = models.CharField(max_length=6, default="", db_default="", blank=True)
    resource_class = models.CharField(max_length=8, default="", db_default="", blank=True)
    form = models.CharField(max_length=10, default="", db_default="", blank=True)
    value = models.CharField(max_length=40, help_text="what it is now")
    digest = models.CharField(max_length=71, default="", db_default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number__isnull=True) | Q(number__gte=1), name="change_number_from_one"
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(number__isnull=True), name="change_unnumbered")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind} {self.code}"


class CodeSubscription(models.Model):
    """What an organisation wants to be told of; what it was told last."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=NAME_LENGTH_MAX)
    codes = ArrayField(models.CharField(max_length=96), default=list)
    prefix = models.CharField(max_length=96, default="", blank=True)
    region = models.CharField(max_length=6, default="", blank=True)
    resource_class = models.CharField(max_length=8, default="", blank=True)
    form = models.CharField(max_length=10, default="", blank=True)
    kinds = ArrayField(models.CharField(max_length=10, choices=ChangeKind.choices), default=list)
    after_number = models.BigIntegerField(help_text="where the feed was when it began")
    made_at = models.DateTimeField()
    made_by_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    told = models.PositiveIntegerField(default=0, db_default=0)
    told_number = models.BigIntegerField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["organization"], condition=Q(ended_at__isnull=True), name="follows_now"
            )
        ]

    def __str__(self) -> str:
        return self.name
