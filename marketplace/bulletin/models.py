"""What the market publishes about itself."""

from django.db import models
from django.db.models import Q

from common import recorded
from common.ids import uuid7
from identity.contracts import ResourceClass
from marketplace.bulletin.contracts import RuleKind, Standing


class DailyIndex(models.Model):
    """The price index of one class of resource on one local day; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    methodology = models.PositiveSmallIntegerField()
    day = models.DateField(help_text="in the market's time zone, by the time of settlement")
    resource_class = models.CharField(max_length=8, choices=ResourceClass.choices)
    standing = models.CharField(max_length=13, choices=Standing.choices)
    price = models.DecimalField(
        max_digits=16, decimal_places=6, null=True, help_text="CNY for a standard hour"
    )
    standard_hours = models.DecimalField(max_digits=38, decimal_places=12)
    trades = models.PositiveIntegerField()
    providers = models.PositiveIntegerField()
    excluded = models.JSONField(help_text="how many records did not enter, by reason")
    inputs_hash = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    recorded_in = recorded.in_transaction()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "resource_class", "methodology"], name="index_published_once"
            ),
            models.CheckConstraint(
                condition=Q(standing=Standing.PUBLISHED, price__isnull=False)
                | Q(standing=Standing.NOT_SEPARABLE, price__isnull=True),
                name="index_price_if_separable",
            ),
        ]
        indexes = [
            models.Index(fields=["recorded_in", "id"], name="index_in_order"),
            models.Index(fields=["resource_class", "-day"], name="index_by_class"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.resource_class} {self.price or self.standing}"


class RuleChange(models.Model):
    """A version of a rule of any kind, by when it was announced; a view over the rooms' tables."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=11, choices=RuleKind.choices)
    version = models.PositiveIntegerField()
    announced_at = models.DateTimeField()
    effective_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "bulletin_rulechange"

    def __str__(self) -> str:
        return f"{self.kind} v{self.version} {self.announced_at:%Y-%m-%d}"
