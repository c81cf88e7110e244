"""How large suppliers are, as two people agreed or an audit found: what programmes ask for."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from marketplace.vouchers.supplier_contracts import REFERENCE_MAX, SizeOrigin


def _person() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class SupplierSize(models.Model):
    """What a supplier qualifies with from a moment on; the newest row counts, zero is withdrawn."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    supplier = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    pflops = models.PositiveIntegerField(null=True, help_text="null: unknown")
    racks = models.PositiveIntegerField(null=True, help_text="null: unknown")
    origin = models.CharField(max_length=9, choices=SizeOrigin.choices)
    reference = models.CharField(max_length=REFERENCE_MAX, help_text="document or audit")
    valid_from = models.DateTimeField()
    recorded_by = _person()
    agreed_by = _person()
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(pflops__isnull=False) | Q(racks__isnull=False),
                name="supplier_size_says_something",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=SizeOrigin.values), name="supplier_size_origin_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["supplier", "-valid_from", "-id"], name="supplier_size_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.pflops} PFLOPS {self.racks} racks"
