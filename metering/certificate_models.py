"""What is attested of a resource's capacity, and of which model where it is tokens."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value

from common import recorded
from common.ids import uuid7
from metering.contracts import (
    MODEL_NAME_MAX,
    TOKENS_A_SECOND,
    Assessment,
    ComputePath,
    Density,
    Precision,
)


class CapacityCertificate(models.Model):
    """A stated capacity of one unit of a resource: how much, of what, by whom, until when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+"
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    precision = models.CharField(max_length=4, choices=Precision.choices)
    density = models.CharField(max_length=6, choices=Density.choices)
    path = models.CharField(max_length=6, choices=ComputePath.choices)
    value = models.DecimalField(max_digits=18, decimal_places=6, help_text="of one capacity unit")
    unit = models.CharField(max_length=8, default="TFLOPS")
    assessment = models.CharField(max_length=9, choices=Assessment.choices)
    model = models.CharField(
        max_length=MODEL_NAME_MAX, db_default="", blank=True, help_text="what answers the tokens"
    )
    aliases = models.JSONField(
        db_default=Value([], models.JSONField()), help_text="its other names, in small letters"
    )
    source = models.TextField()
    verifier = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    verifier_person = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(help_text="exclusive")
    certified_at = models.DateTimeField()
    recorded_in = recorded.in_transaction()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(value__gt=0), name="certificate_value_positive"),
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from")), name="certificate_period"
            ),
            models.CheckConstraint(
                condition=~Q(provider=F("verifier")), name="certificate_by_another"
            ),
            models.CheckConstraint(
                condition=Q(precision__in=Precision.values)
                & Q(density__in=Density.values)
                & Q(path__in=ComputePath.values)
                & Q(assessment__in=Assessment.values),
                name="certificate_kinds_known",
            ),
            models.CheckConstraint(
                condition=Q(unit=TOKENS_A_SECOND, model__gt="") | Q(model="", aliases=[]),
                name="certificate_of_a_model",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["recorded_in", "id"], name="certificate_in_order"),
            models.Index(fields=["resource", "valid_from"], name="certificate_by_resource"),
            models.Index(
                fields=["model", "resource"],
                condition=Q(unit=TOKENS_A_SECOND, assessment=Assessment.MEASURED),
                name="certificate_of_model",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} {self.unit} {self.precision} {self.density} {self.path}"
