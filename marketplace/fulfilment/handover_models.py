"""Keys of buyers, what access is asked for, and what was handed over."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value

from common.ids import uuid7
from marketplace.fulfilment.handover_contracts import (
    BARE_FORMAT,
    DOCUMENT_FORMAT,
    ENDPOINT_LENGTH_MAX,
    KEY_HINT_LENGTH,
    KEY_NAME_LENGTH_MAX,
    OVERLAP_SECONDS_MAX,
    SEALED_LENGTH_MAX,
    SSH_LENGTH_MAX,
    AccessKind,
    AccessWay,
    ErasedBecause,
    HandoverKeyKind,
    RenewalReason,
)

FINGERPRINT_LENGTH = 60


class HandoverKey(models.Model):
    """A public key of a buyer: one that is let in, or one that secrets are sealed to."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=4, choices=HandoverKeyKind.choices)
    name = models.CharField(max_length=KEY_NAME_LENGTH_MAX)
    public_key = models.CharField(max_length=SSH_LENGTH_MAX)
    fingerprint = models.CharField(max_length=FINGERPRINT_LENGTH)
    added_at = models.DateTimeField()
    added_by_id = models.BigIntegerField(null=True, help_text="the person; none for a program")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=HandoverKeyKind.values), name="handover_key_kind_known"
            ),
            models.UniqueConstraint(
                fields=["organization", "fingerprint"],
                condition=Q(withdrawn_at__isnull=True),
                name="handover_key_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-added_at", "-id"], name="handover_key_of_owner")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint}"


class HandoverRequest(models.Model):
    """Whom a buyer wants let in, and the key that secrets are sealed to; the latest one counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.ForeignKey(
        "fulfilment.ComputeDelivery", on_delete=models.PROTECT, related_name="access_requests"
    )
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    sequence = models.PositiveIntegerField()
    sealing_key = models.CharField(max_length=64, default="", db_default="", blank=True)
    sealing_fingerprint = models.CharField(
        max_length=FINGERPRINT_LENGTH, default="", db_default="", blank=True
    )
    ssh_keys = models.JSONField(default=list, help_text="lines of authorized_keys")
    way = models.CharField(
        max_length=7,
        choices=AccessWay.choices,
        default=AccessWay.SEALED,
        db_default=AccessWay.EARLIER,  # what the release before asks for
        help_text="how the endpoint comes to the buyer",
    )
    reason = models.CharField(
        max_length=8, choices=RenewalReason.choices, default="", db_default="", blank=True
    )
    asked_at = models.DateTimeField()
    asked_by_id = models.BigIntegerField(null=True, help_text="none where the market asked")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["delivery", "sequence"], name="handover_request_sequence_once"
            ),
            models.CheckConstraint(
                condition=~Q(sealing_key="", ssh_keys=[]), name="handover_request_names_a_key"
            ),
            models.CheckConstraint(
                condition=~Q(way=AccessWay.SEALED, sealing_key="") & Q(way__in=AccessWay.values),
                name="handover_request_can_be_sealed_to",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=RenewalReason.values), name="handover_request_reason_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["provider_id", "asked_at"],
                condition=Q(sequence__gt=1),
                name="handover_request_renewed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.sequence}"


class Handover(models.Model):
    """
    What a provider handed over. What was sealed is held until it is taken, and no longer.

    Of a key for a programming interface its scopes, end, rate and last characters stand beside it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.ForeignKey(
        "fulfilment.ComputeDelivery", on_delete=models.PROTECT, related_name="handovers"
    )
    request = models.ForeignKey(HandoverRequest, on_delete=models.PROTECT, related_name="+")
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    sequence = models.PositiveIntegerField()
    endpoint = models.CharField(
        max_length=ENDPOINT_LENGTH_MAX, default="", db_default="", blank=True
    )
    kind = models.CharField(
        max_length=5, choices=AccessKind.choices, default="", db_default="", blank=True
    )
    has_secret = models.BooleanField(help_text="whether something was sealed")
    format = models.PositiveSmallIntegerField(
        default=BARE_FORMAT,
        db_default=BARE_FORMAT,
        help_text="of what was sealed: 1 is a secret alone, 2 a document with the endpoint",
    )
    scopes = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    expires_at = models.DateTimeField(null=True, help_text="of a key")
    requests_a_minute = models.PositiveIntegerField(null=True)
    key_hint = models.CharField(max_length=KEY_HINT_LENGTH, default="", db_default="", blank=True)
    former_until = models.DateTimeField(
        null=True, help_text="until when the key before it counts; none: not any more"
    )
    tell_at = models.DateTimeField(null=True, help_text="when both are told that it expires")
    sealed = models.CharField(max_length=SEALED_LENGTH_MAX, null=True)  # noqa: DJ001 - gone is not empty
    sealed_digest = models.CharField(
        max_length=64, default="", db_default="", blank=True, help_text="SHA-256 of what was sealed"
    )
    handed_at = models.DateTimeField()
    handed_by_id = models.BigIntegerField(null=True, help_text="the person; none for a program")
    taken_at = models.DateTimeField(null=True)
    taken_by_id = models.BigIntegerField(null=True)
    erase_at = models.DateTimeField(null=True, help_text="when a taken secret is held no longer")
    erased_at = models.DateTimeField(null=True)
    erased_because = models.CharField(
        max_length=8, choices=ErasedBecause.choices, default="", db_default="", blank=True
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delivery", "sequence"], name="handover_sequence_once"),
            models.CheckConstraint(
                condition=Q(has_secret=True) | ~Q(endpoint="") | Q(erased_at__isnull=False),
                name="handover_is_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(format=BARE_FORMAT) | Q(format=DOCUMENT_FORMAT, endpoint=""),
                name="handover_document_holds_the_endpoint",
            ),
            models.CheckConstraint(
                condition=Q(former_until__isnull=True)
                | Q(
                    former_until__gte=F("handed_at"),
                    former_until__lte=F("handed_at") + timedelta(seconds=OVERLAP_SECONDS_MAX),
                ),
                name="handover_keys_overlap_for_a_day",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("handed_at")),
                name="handover_key_expires_later",
            ),
            models.CheckConstraint(
                condition=Q(sealed__isnull=True)
                & (Q(has_secret=False, erased_at__isnull=True) | Q(erased_at__isnull=False))
                | Q(sealed__isnull=False, has_secret=True, erased_at__isnull=True),
                name="handover_secret_is_held_or_erased",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, erased_because="")
                | (Q(erased_at__isnull=False) & ~Q(erased_because="")),
                name="handover_erased_because",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["erase_at", "id"],
                condition=Q(sealed__isnull=False, erase_at__isnull=False),
                name="handover_to_erase",
            ),
            models.Index(
                fields=["tell_at", "id"],
                condition=Q(tell_at__isnull=False),
                name="handover_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.sequence}"
