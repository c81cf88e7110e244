"""The columns of what may be taken back before its time."""

from django.db import models
from django.db.models import Q

from marketplace.catalog.preemption import PREEMPTION_MINUTES_MAX, PREEMPTION_MINUTES_MIN


class Preemptible(models.Model):
    """What says by which rule, and with how much notice, it may be taken back; it stays so."""

    preemption_rule = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text="by which it may be taken back before its time; empty: never",
    )
    preemption_minutes = models.PositiveSmallIntegerField(
        null=True, help_text="of notice before it is taken back"
    )

    class Meta:
        abstract = True


def preemption_is_whole(name: str) -> models.CheckConstraint:
    """Return the constraint that a rule and its notice stand together, or neither."""
    notice = (PREEMPTION_MINUTES_MIN, PREEMPTION_MINUTES_MAX)
    return models.CheckConstraint(
        condition=Q(preemption_rule="", preemption_minutes__isnull=True)
        | Q(preemption_rule__gt="", preemption_minutes__range=notice),
        name=name,
    )
