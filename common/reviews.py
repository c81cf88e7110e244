"""
Work that was set aside: its columns, and what a person may do about it.

A row that fails alone waits for a check and blocks nobody. Whoever looked into it has it tried
again, or closes it with a reason where that leaves money and facts sound.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import due, trace
from common.errors import NotFound, Refusal
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
    return {"review_code": code, "review_detail": with_trace(detail), "review_since": at}


def with_trace(detail: str) -> str:
    """Return a detail with the name under which logs tell of the work that failed."""
    name = trace.current().id
    told = f" (trace {name})" if name else ""
    return detail[: DETAIL_MAX - len(told)] + told


def returned() -> dict[str, object]:
    """Return the columns of a row that is tried again."""
    return {"review_code": "", "review_detail": "", "review_since": None}


REASON_MAX: Final = 300
# More rows of a kind than these are counted, and not listed.
LISTED_MAX: Final = 200


class NotClosable(Refusal):
    """Closing would lose money or facts; the row must be mended and tried again."""

    code = "review_not_closable"
    sentence = _("This cannot be closed: it must be mended and tried again.")


class ReviewNotFound(NotFound):
    """Nothing waits for a check under this name."""

    code = "review_not_found"
    sentence = _("Nothing waits for a check under this name.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that waits for a check."""

    kind: str
    id: str
    number: str
    code: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Closing:
    """Who closes a row for good, for which organisation, and why."""

    person_id: int
    organization_id: UUID
    reason: str
    now: datetime

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the record of events keeps of it."""
        return {"reason": self.reason, "closed_by": self.person_id}


@dataclass(frozen=True, slots=True)
class ReviewKind:
    """
    One kind of work that can be set aside.

    `rows` are those that wait, and `since` is the column by which they are in order. `retry` and
    `close` take a row's id and raise `NotFound` if it does not wait; `close` raises `NotClosable`
    where nobody may close it. `means` tells a person what closing does.
    """

    name: str
    label: Promise
    means: Promise
    rows: Callable[[], QuerySet[Any]]
    retry: Callable[[str], object]
    close: Callable[[str, Closing], object]
    since: str = "review_since"
    code: str = "review_code"
    detail: str = "review_detail"
    number: Callable[[Any], str] = str

    def count(self) -> due.Due:
        """Return how many wait, up to the bound, and since when the longest."""
        return due.count_rows(self.rows().order_by(self.since), self.since)

    def waiting(self, limit: int | None = LISTED_MAX) -> list[Waiting]:
        """Return what waits, the longest first; None is without a limit."""
        return [
            Waiting(
                kind=self.name,
                id=str(row.pk),
                number=self.number(row),
                code=str(getattr(row, self.code)),
                detail=str(getattr(row, self.detail, "") if self.detail else ""),
                since=getattr(row, self.since),
            )
            for row in self.rows().order_by(self.since, "pk")[:limit]
        ]
