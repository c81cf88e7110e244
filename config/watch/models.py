"""What was found by whoever watches, slice by slice."""

from django.db import models


class Tally(models.Model):
    """
    How far a count of accepted readings has come, and what it found.

    A walk goes over all readings once a day. It goes no further than `until`: what had a number
    when nobody who might still write a smaller one was at work.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    accounted = models.BigIntegerField(default=0)
    missing_before = models.BigIntegerField(default=0, help_text="what the last whole walk missed")
    until = models.BigIntegerField(default=0)
    next_until = models.BigIntegerField(default=0)
    next_xid = models.BigIntegerField(default=0, help_text="transactions up to it may write yet")
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_tally"),
            models.CheckConstraint(
                condition=models.Q(accounted__lte=models.F("accepted")), name="tally_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.accounted} of {self.accepted}"

    @property
    def unaccounted(self) -> int:
        """Return how many readings the market has lost sight of; it must be none."""
        return max(self.accepted - self.accounted, self.missing_before)
