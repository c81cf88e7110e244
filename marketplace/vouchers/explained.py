"""What a decision on a cover says beyond its amount: each line, each cut, each rule."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.canonical import decimal_text
from marketplace.vouchers.contracts import Cover, CoverPlan
from marketplace.vouchers.terms import Clause


class TermVerdict(TextChoices):
    """What came of looking at one rule."""

    MET = "MET", _("Met")
    NOT_MET = "NOT_MET", _("Not met")
    UNKNOWN = "UNKNOWN", _("Not known")


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule of a programme, looked at; `member` is its path in the rules."""

    member: str
    verdict: TermVerdict
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
class Considered:
    """What was found of the rules of one voucher's programme."""

    programme_code: str
    voucher_number: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ExplainedPlan(CoverPlan):
    """The combination that pays most, and what plain order of expiry would have paid."""

    looked: tuple[Considered, ...]
    by_expiry_minor: int

    @property
    def gain_minor(self) -> int:
        """Return how much more this pays than the vouchers in plain order of their expiry."""
        return self.total_minor - self.by_expiry_minor


def as_data(cover: Cover) -> dict[str, Any]:
    """Return what a cover says beyond its amount, as it is kept; of rules before, nothing."""
    if not isinstance(cover, ExplainedCover):
        return {}
    return {
        "lines": [
            {
                "line": each.line,
                "kind": each.kind,
                "base_minor": each.base_minor,
                "rate": decimal_text(each.rate),
                "amount_minor": each.amount_minor,
            }
            for each in cover.lines
        ],
        "cuts": [
            {
                "limit": each.limit,
                "before_minor": each.before_minor,
                "after_minor": each.after_minor,
                "clause": _cited(each.clause),
            }
            for each in cover.cuts
        ],
        "clause": _cited(cover.clause),
    }


def _cited(clause: Clause | None) -> str:
    return "" if clause is None else f"{clause.source} {clause.number}"
