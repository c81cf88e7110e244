"""Money on its way in and out of the market."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.payments.contracts import (
    CODE_LENGTH_MAX,
    KEY_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    MovementKind,
    MovementState,
    PayChannel,
)


class PaymentSource(models.Model):
    """
    What an organisation paid in by: a payment by card, or a bank account.

    Money goes back to its source and nowhere else, never more than came by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(max_length=10, choices=PayChannel.choices)
    reference = models.CharField(max_length=REFERENCE_LENGTH_MAX)
    holder = models.CharField(max_length=200, blank=True)
    paid_in_minor = models.BigIntegerField(default=0)
    taken_minor = models.BigIntegerField(default=0)
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "channel", "reference"], name="payment_source_once"
            ),
            models.CheckConstraint(
                condition=Q(taken_minor__gte=0, taken_minor__lte=F("paid_in_minor")),
                name="source_gives_what_it_took",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Movement(models.Model):
    """Money that enters or leaves the market, once, by one channel."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=12, choices=MovementKind.choices)
    channel = models.CharField(max_length=10, choices=PayChannel.choices)
    state = models.CharField(
        max_length=10, choices=MovementState.choices, default=MovementState.REQUESTED
    )
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    key = models.CharField(max_length=KEY_LENGTH_MAX)
    source = models.ForeignKey(
        PaymentSource, on_delete=models.PROTECT, null=True, related_name="movements"
    )
    reference = models.CharField(max_length=REFERENCE_LENGTH_MAX, blank=True)
    address = models.CharField(max_length=2000, blank=True)
    failure = models.CharField(max_length=CODE_LENGTH_MAX, blank=True)
    requested_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.ForeignKey(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    moved_at = models.DateTimeField()  # when it reached its state
    due_at = models.DateTimeField(null=True)  # when somebody has to see to it next
    tries = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="movement_is_positive"),
            models.UniqueConstraint(
                fields=["organization", "kind", "key"], name="movement_key_once"
            ),
            models.UniqueConstraint(
                fields=["channel", "kind", "reference"],
                condition=~Q(reference=""),
                name="movement_reference_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[MovementKind.REFUND, MovementKind.WITHDRAWAL])
                | Q(source__isnull=False),
                name="what_goes_back_has_a_source",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                name="movement_approved_by_another",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "id"], name="movement_of_organization"),
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="movement_is_due"
            ),
        ]

    def __str__(self) -> str:
        return self.number
