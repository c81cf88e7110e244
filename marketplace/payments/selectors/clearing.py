"""What stands in clearing, against what is under way."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Sum

from common import tenancy
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.payments.contracts import LineState, MovementKind, MovementState
from marketplace.payments.models import BankLine, Movement

UNDER_WAY = (MovementState.APPROVED, MovementState.SENT)


@dataclass(frozen=True, slots=True)
class HeldInClearing:
    """A clearing account: what it holds, what is under way by it, and since when the oldest."""

    account: str
    held_minor: int
    under_way_minor: int
    since: datetime | None

    @property
    def is_wrong(self) -> bool:
        """Return whether it holds another sum than what is under way."""
        return self.held_minor != self.under_way_minor


def clearing() -> list[HeldInClearing]:
    """Return the clearing accounts, in one order."""
    codes = [accounts.clearing_in(), *(accounts.clearing_out(each) for each in accounts.CHANNELS)]
    with tenancy.acting_as_platform():
        balances = ledger_selectors.balances(codes)
        return [
            HeldInClearing(
                code, balances[code].posted if code in balances else 0, *_under_way(code)
            )
            for code in codes
        ]


def _under_way(code: str) -> tuple[int, datetime | None]:
    if code == accounts.clearing_in():
        lines = BankLine.objects.filter(state=LineState.UNMATCHED, amount_minor__gt=0)
        read = lines.aggregate(total=Sum("amount_minor"), since=Min("found_at"))
    else:
        rows = Movement.objects.filter(channel=code.partition(":")[2], state__in=UNDER_WAY).exclude(
            kind__in=(MovementKind.TOP_UP, MovementKind.CLAIM)
        )
        read = rows.aggregate(total=Sum("amount_minor"), since=Min("moved_at"))
    return int(read["total"] or 0), read["since"]
