"""What the market publishes about itself."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common import recorded
from common.ids import uuid7
from identity.contracts import ResourceClass
from marketplace.bulletin.board_contracts import LABEL_LENGTH_MAX, LINK_DAYS_MAX, BoardKind
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


class Board(models.Model):
    """Figures that are shown in large: the newest of each kind, each written over by the next."""

    kind = models.CharField(primary_key=True, max_length=6, choices=BoardKind.choices)
    taken_at = models.DateTimeField()
    content = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=BoardKind.values), name="board_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.taken_at:%Y-%m-%d %H:%M:%S}"


class WallLink(models.Model):
    """A link that shows the big screen to whoever has it, until it ends or is revoked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    label = models.CharField(max_length=LABEL_LENGTH_MAX, help_text="where the screen hangs")
    link_hash = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at"))
                & Q(expires_at__lte=F("issued_at") + timedelta(days=LINK_DAYS_MAX)),
                name="wall_link_ends",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="wall_link_revoked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(link_hash__regex=r"^[0-9a-f]{64}$"), name="wall_link_keeps_a_hash"
            ),
        ]

    def __str__(self) -> str:
        return self.label
