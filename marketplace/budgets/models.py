"""Caps on what organisations, projects and members spend, and what is used of them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.budgets.contracts import CAP_MINOR_MAX, THRESHOLDS, CapPeriod, CapScope


class Cap(models.Model):
    """How much cash may be held and spent in a period, and from when on a second person agrees."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    scope = models.CharField(max_length=12, choices=CapScope.choices)
    project = models.ForeignKey(
        "projects.Project", on_delete=models.PROTECT, related_name="+", null=True
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    period = models.CharField(max_length=7, choices=CapPeriod.choices)
    amount_minor = models.BigIntegerField()
    approve_from_minor = models.BigIntegerField(
        null=True, help_text="an order from this on waits for a second person"
    )
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "scope", "project", "person", "period"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="cap_once",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, amount_minor__lte=CAP_MINOR_MAX),
                name="cap_is_bounded",
            ),
            models.CheckConstraint(
                condition=Q(approve_from_minor__isnull=True) | Q(approve_from_minor__gt=0),
                name="cap_approval_from_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(period__in=CapPeriod.values), name="cap_period_known"
            ),
            models.CheckConstraint(
                condition=Q(scope=CapScope.ORGANIZATION, project__isnull=True, person__isnull=True)
                | Q(scope=CapScope.PROJECT, project__isnull=False, person__isnull=True)
                | Q(scope=CapScope.MEMBER, project__isnull=True, person__isnull=False),
                name="cap_names_whom_it_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.period} {self.amount_minor}"


class CapUse(models.Model):
    """What is used of a cap in one of its periods; never more than it allows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cap = models.ForeignKey(Cap, on_delete=models.PROTECT, related_name="uses")
    organization_id = models.UUIDField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, help_text="exclusive; none where it counts in all")
    limit_minor = models.BigIntegerField()
    used_minor = models.BigIntegerField(default=0, db_default=0)
    told_percent = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="of what people were told"
    )
    foreseen_at = models.DateTimeField(null=True, help_text="when people were told of the forecast")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cap", "starts_on"], name="cap_use_once"),
            models.CheckConstraint(
                condition=Q(used_minor__gte=0, used_minor__lte=F("limit_minor")),
                name="cap_use_within_its_limit",
            ),
            models.CheckConstraint(
                condition=Q(told_percent__in=[0, *THRESHOLDS]), name="cap_use_told_of_steps"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cap_id} {self.starts_on}: {self.used_minor}"


class CapTake(models.Model):
    """What an order, or one instalment of it, took of a cap, and what it gave back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    use = models.ForeignKey(CapUse, on_delete=models.PROTECT, related_name="takes")
    cap_id = models.UUIDField()
    organization_id = models.UUIDField()
    order_id = models.UUIDField()
    part = models.PositiveSmallIntegerField(help_text="the instalment, from 1")
    amount_minor = models.BigIntegerField()
    returned_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order_id", "part", "cap_id"], name="cap_take_once"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0)
                & Q(returned_minor__gte=0, returned_minor__lte=F("amount_minor")),
                name="cap_take_returns_what_it_took",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.part}: {self.amount_minor}"


class CapStop(models.Model):
    """That a cap stopped an order at its clearing, and what it left."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cap = models.ForeignKey(Cap, on_delete=models.PROTECT, related_name="+")
    organization_id = models.UUIDField()
    order_id = models.UUIDField()
    part = models.PositiveSmallIntegerField()
    needed_minor = models.BigIntegerField()
    left_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order_id", "part"], name="cap_stop_once"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.left_minor}"
