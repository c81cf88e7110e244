"""What a decision on a cover says beyond its amount: each line, each cut, each rule."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from marketplace.vouchers.contracts import Cover, CoverPlan
from marketplace.vouchers.terms import Clause


class Verdict(TextChoices):
    """What came of looking at one rule."""

    MET = "MET", _("Met")
    NOT_MET = "NOT_MET", _("Not met")
    UNKNOWN = "UNKNOWN", _("Not known")


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule of a programme, looked at; `member` is its path in the rules."""

    member: str
    verdict: Verdict
    clause: Clause | None


@dataclass(frozen=True, slots=True)
class Cut:
    """A limit that made a cover smaller, from one amount to another."""

    limit: str
    before_minor: int
    after_minor: int
    clause: Clause | None


@dataclass(frozen=True, slots=True)
class LineCover:
    """What one voucher pays of one line: the part that others left, the share, the amount."""

    line: int
    kind: str
    base_minor: int
    rate: Decimal
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ExplainedCover(Cover):
    """A cover with its lines, what cut it, and the clause of its share."""

    lines: tuple[LineCover, ...]
    cuts: tuple[Cut, ...]
    clause: Clause | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found of the rules of one voucher's programme."""

    programme_code: str
    voucher_number: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ExplainedPlan(CoverPlan):
    """The combination that pays most, and what plain order of expiry would have paid."""

    looked: tuple[Looked, ...]
    by_expiry_minor: int

    @property
    def gain_minor(self) -> int:
        """Return how much more this pays than the vouchers in plain order of their expiry."""
        return self.total_minor - self.by_expiry_minor
