"""What was granted afterwards, as far as it counts against caps, and what they leave to grant."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from common.moments import market_date
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.vouchers import caps, programme_2, programme_rules
from marketplace.vouchers.contracts import Purse
from marketplace.vouchers.models import ProgrammeVersion, ReimbursedAmount
from marketplace.vouchers.selectors.records import granted_of_cap, issued_in_year
from marketplace.vouchers.terms import LimitKind


@dataclass(frozen=True, slots=True)
class ReimbursingRoom:
    """What a programme could grant a buyer afterwards now: a purse that is no voucher, and caps."""

    purse: Purse
    year_left_minor: int | None


def reimbursing_room(
    version: ProgrammeVersion,
    *,
    request_id: UUID,
    number: str,
    holder_id: UUID,
    beneficiary: str,
    asked_at: datetime,
    at: datetime,
) -> ReimbursingRoom:
    """
    Return what the pool and the caps of a programme leave for a buyer; the caller is the platform.

    What vouchers were granted counts as a whole: money that was promised is not promised again.
    """
    code = version.programme.code
    parsed = programme_2.cited(programme_rules.parse(version.rules))
    pool = accounts.voucher_pool(code)
    left: dict[LimitKind, int] = {}
    if not caps.has_budget(parsed, at=at):
        left[LimitKind.PROGRAMME_CAP] = 0
    for cap in caps.shared_caps(parsed, at=at, applied_at=asked_at):
        free = cap.cap_minor - granted_of_cap(programme_id=version.programme_id, cap=cap)
        left[cap.limit] = min(free, left.get(cap.limit, free))
    year = parsed.per_entity_year_cap_minor
    if year is not None:
        year -= issued_in_year(
            programme_id=version.programme_id, holder_id=holder_id, year=market_date(at).year
        )
    purse = Purse(
        voucher_id=request_id,
        number=number,
        programme_code=code,
        programme_version=version.version,
        rules=parsed,
        beneficiary=beneficiary,
        valid_from=version.valid_from,
        expires_at=at + timedelta(days=1),
        available_minor=ledger_selectors.balances([pool])[pool].available,
        programme_left_minor=left.get(LimitKind.PROGRAMME_CAP),
        window_left_minor=left.get(LimitKind.WINDOW_CAP),
        applied_at=asked_at,
    )
    return ReimbursingRoom(purse, year)


def reimbursed_in_year(*, holder_ids: Collection[UUID], year: int) -> dict[UUID, dict[str, int]]:
    """Return, by holder and programme, what was granted afterwards in a year and counts."""
    rows = (
        ReimbursedAmount.objects.filter(holder_id__in=holder_ids, entity_year=year)
        .values_list("holder_id", "programme__code")
        .annotate(total=Sum("counted_minor"))
        .order_by()
    )
    found: dict[UUID, dict[str, int]] = {}
    for holder_id, code, total in rows:
        found.setdefault(holder_id, {})[code] = int(total)
    return found
