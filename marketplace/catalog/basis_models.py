"""For which listings prices must name a document: versioned, and never changed."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from pricing.basis import BasisGround


class BasisRule(models.Model):
    """A version of the rule of documents under prices; it comes with a release of the market."""

    name = models.CharField(max_length=20, primary_key=True)
    starts_at = models.DateTimeField(unique=True)
    grounds = ArrayField(
        models.CharField(max_length=9, choices=BasisGround.choices),
        help_text="for what a document and its clause are demanded, the first that holds",
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(grounds__contained_by=BasisGround.values), name="basis_grounds_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
