"""The three columns of a row that was set aside, and what an index of due work leaves out."""

from datetime import datetime
from typing import Final

from django.db import models
from django.db.models import Q

from common.isolation import CODE_MAX, DETAIL_MAX

# A row that is due and was not set aside.
NOT_SET_ASIDE: Final = Q(review_code="")


class Reviewable(models.Model):
    """
    A row of work that may wait for a person.

    It keeps its state and blocks nobody; whoever looks for due rows leaves it out.
    """

    review_code = models.CharField(max_length=CODE_MAX, blank=True, default="", db_default="")
    review_detail = models.CharField(
        max_length=DETAIL_MAX, blank=True, default="", db_default="", help_text="for operators"
    )
    review_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def needs_review(self) -> bool:
        """Whether the row waits for a check."""
        return bool(self.review_code)


def reviewed_since(name: str) -> models.CheckConstraint:
    """Return the promise that what is set aside says since when, and nothing else does."""
    return models.CheckConstraint(
        condition=Q(review_code="", review_since__isnull=True)
        | (~Q(review_code="") & Q(review_since__isnull=False)),
        name=name,
    )


def set_aside(code: str, detail: str, *, at: datetime) -> dict[str, object]:
    """Return the columns of a row that is set aside."""
    return {"review_code": code, "review_detail": detail[:DETAIL_MAX], "review_since": at}


def returned() -> dict[str, object]:
    """Return the columns of a row that is tried again."""
    return {"review_code": "", "review_detail": "", "review_since": None}
