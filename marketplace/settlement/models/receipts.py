"""Receipts of what came to nothing."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common import recorded
from common.ids import uuid7


class EmptyReceipt(models.Model):
    """
    That nothing was delivered of an order, why, and so that nothing is due; append-only.

    It has no lines and a sum of nothing. The names of the parties are copied: it says the same for
    ever.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    order_number = models.CharField(max_length=24)
    delivery = models.OneToOneField(
        "fulfilment.ComputeDelivery", on_delete=models.PROTECT, related_name="+"
    )
    buyer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    buyer_uscc = models.CharField(max_length=18)
    buyer_name = models.CharField(max_length=120)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    provider_uscc = models.CharField(max_length=18)
    provider_name = models.CharField(max_length=120)
    identifier = models.CharField(max_length=96, help_text="of the resource")
    units_milli = models.BigIntegerField()
    starts_at = models.DateTimeField(help_text="of the order")
    ends_at = models.DateTimeField(help_text="of the order")
    reason = models.CharField(max_length=24, help_text="of the delivery, of its fixed list")
    failed_at = models.DateTimeField(help_text="when it had failed")
    issued_at = models.DateTimeField()
    content_hash = models.CharField(max_length=64)
    recorded_in = recorded.in_transaction()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="empty_receipt_says_why"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["recorded_in", "id"], name="empty_receipt_in_order"),
        ]

    def __str__(self) -> str:
        return self.number
