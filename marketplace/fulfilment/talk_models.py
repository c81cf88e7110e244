"""What buyer and provider say to each other about an order, and what they ask to change."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.fulfilment.talk_contracts import (
    BODY_LENGTH_MAX,
    CHANGE_WORDS_LENGTH_MAX,
    WITH_MOMENT,
    WITH_WORDS,
    DeliveryChangeKind,
    DeliveryChangeState,
    TalkSide,
)


class DeliveryMessage(models.Model):
    """One message about an order: numbered, never altered, seen by its two parties."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(  # Leads a key of its own below.
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order_number = models.CharField(max_length=24, default="", db_default="", blank=True)
    delivery = models.ForeignKey(
        "fulfilment.ComputeDelivery",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="of the order, where it has one; by the database",
    )
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    sequence = models.PositiveIntegerField()
    side = models.CharField(max_length=8, choices=TalkSide.choices)
    body = models.CharField(max_length=BODY_LENGTH_MAX)
    attachments = models.JSONField(default=list, help_text="file_id, name and bytes of each file")
    sent_at = models.DateTimeField()
    sent_by_id = models.BigIntegerField(help_text="the person, or whose program it was")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "sequence"], name="order_message_sequence_once"
            ),
            models.CheckConstraint(
                condition=Q(side__in=TalkSide.values), name="delivery_message_side_known"
            ),
            models.CheckConstraint(
                condition=~Q(body="") & Q(sequence__gt=0), name="delivery_message_says_something"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["buyer_id", "-id"], name="delivery_message_of_buyer"),
            models.Index(fields=["provider_id", "-id"], name="delivery_message_of_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.order_number} {self.sequence}"


class TalkRead(models.Model):
    """Up to which message a side has read; it only goes forward."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(  # Leads a key of its own below.
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    delivery = models.ForeignKey(
        "fulfilment.ComputeDelivery",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="of the order, where it has one; by the database",
    )
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    side = models.CharField(max_length=8, choices=TalkSide.choices)
    sequence = models.PositiveIntegerField()
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "side"], name="order_talk_read_once_a_side"),
            models.CheckConstraint(
                condition=Q(side__in=TalkSide.values), name="talk_read_side_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.sequence}"


class DeliveryChange(models.Model):
    """What one side asks the other to agree on; answered once, or over by itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(  # Leads a key of its own below.
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order_number = models.CharField(max_length=24, default="", db_default="", blank=True)
    delivery = models.ForeignKey(
        "fulfilment.ComputeDelivery",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="of the order, where it has one; by the database",
    )
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=DeliveryChangeKind.choices)
    side = models.CharField(max_length=8, choices=TalkSide.choices, help_text="who asks")
    moment = models.DateTimeField(null=True, help_text="until when, or from when on")
    units_milli = models.BigIntegerField(null=True, help_text="of less: how much from then on")
    words = models.CharField(
        max_length=CHANGE_WORDS_LENGTH_MAX, default="", db_default="", blank=True
    )
    asked_at = models.DateTimeField()
    asked_by_id = models.BigIntegerField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=DeliveryChangeState.choices)
    answer = models.CharField(
        max_length=CHANGE_WORDS_LENGTH_MAX, default="", db_default="", blank=True
    )
    closed_at = models.DateTimeField(null=True)
    closed_by_id = models.BigIntegerField(null=True, help_text="none where it was over by itself")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "sequence"], name="order_change_sequence_once"
            ),
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=Q(state=DeliveryChangeState.OPEN),
                name="order_change_open_once_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=DeliveryChangeKind.values,
                    side__in=TalkSide.values,
                    state__in=DeliveryChangeState.values,
                ),
                name="delivery_change_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=WITH_MOMENT, moment__isnull=False)
                | (Q(moment__isnull=True) & ~Q(kind__in=WITH_MOMENT)),
                name="delivery_change_has_its_moment",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=WITH_WORDS, words="", units_milli__isnull=True),
                name="order_change_has_its_words",
            ),
            models.CheckConstraint(
                condition=Q(units_milli__isnull=True)
                | Q(units_milli__gt=0, kind=DeliveryChangeKind.SHRINK),
                name="order_change_has_its_units",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("asked_at")), name="delivery_change_expires_later"
            ),
            models.CheckConstraint(
                condition=Q(
                    state=DeliveryChangeState.OPEN,
                    closed_at__isnull=True,
                    closed_by_id__isnull=True,
                    answer="",
                )
                | (Q(closed_at__isnull=False) & ~Q(state=DeliveryChangeState.OPEN)),
                name="delivery_change_is_open_or_closed",
            ),
            models.CheckConstraint(
                condition=~Q(state=DeliveryChangeState.REFUSED, answer=""),
                name="delivery_change_refused_for_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["order"],
                condition=Q(kind=DeliveryChangeKind.END, state=DeliveryChangeState.ACCEPTED),
                name="order_change_agreed_end",
            ),
            models.Index(
                fields=["expires_at", "id"],
                condition=Q(state=DeliveryChangeState.OPEN),
                name="delivery_change_to_expire",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_number} {self.sequence} {self.kind} {self.state}"
