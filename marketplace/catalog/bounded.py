"""The columns of a listing or a book that say the least that may be ordered."""

from django.db import models
from django.db.models import Q

from marketplace.catalog.least import LEAST_MILLI_MAX, LEAST_MINOR_MAX, LEAST_SECONDS_MAX


class Bounded(models.Model):
    """A row that says the least quantity, duration and amount of an order, and their steps."""

    least_milli = models.BigIntegerField(default=1, db_default=1)
    step_milli = models.BigIntegerField(default=1, db_default=1)
    least_seconds = models.IntegerField(default=1, db_default=1)
    step_seconds = models.IntegerField(default=1, db_default=1)
    least_minor = models.BigIntegerField(
        default=1, db_default=1, help_text="what an order that is not free costs at least"
    )

    class Meta:
        abstract = True


def bounds(name: str) -> models.CheckConstraint:
    """Return the promise that each least and each step is something, and none is absurd."""
    return models.CheckConstraint(
        condition=Q(least_milli__range=(1, LEAST_MILLI_MAX))
        & Q(step_milli__range=(1, LEAST_MILLI_MAX))
        & Q(least_seconds__range=(1, LEAST_SECONDS_MAX))
        & Q(step_seconds__range=(1, LEAST_SECONDS_MAX))
        & Q(least_minor__range=(1, LEAST_MINOR_MAX)),
        name=name,
    )
