"""
What a programme did in a period: its performance, from the ledger and from charges alone.

The ledger says what was funded, issued, used and returned; charges say what was used for it, and
usage records what that cost in electricity and carbon. A figure that nobody knows is None.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from common.period import Period
from identity.evidence import facts_of_many
from ledger import selectors as ledger_selectors
from ledger.contracts import MovedTotal, PostedTransfer
from marketplace import accounts
from marketplace.accounts import AccountKind, TransferReason
from marketplace.policy.contracts import (
    PERIOD_DAYS_MAX,
    InvalidPolicyPeriod,
    PerformanceFigure,
)
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import selectors as vouchers_selectors
from metering.energy.selectors.usage import EmissionTotal

LINES_MAX: Final = 10_000
DIMENSIONS: Final = ("district", "class", "size")
# Which transfers make a figure up; what is corrected is taken from what was used.
REASONS: Final[Mapping[PerformanceFigure, tuple[TransferReason, ...]]] = {
    PerformanceFigure.FUNDED: (TransferReason.BUDGET,),
    PerformanceFigure.ISSUED: (TransferReason.ISSUE,),
    PerformanceFigure.USED: (TransferReason.ORDER_VOUCHER, TransferReason.CORRECTION),
    PerformanceFigure.EXPIRED: (TransferReason.EXPIRE,),
    PerformanceFigure.CLAWED_BACK: (TransferReason.CLAW_BACK,),
    PerformanceFigure.PAID: (TransferReason.CLAIM_PAID,),
    # What was granted afterwards; what came back of it unpaid, it did not grant.
    PerformanceFigure.REIMBURSED: (TransferReason.REIMBURSE, TransferReason.CLAIM_BACK),
    PerformanceFigure.REPAID: (TransferReason.ADJUSTMENT,),
}
FIGURE_OF: Final = {reason: figure for figure, its in REASONS.items() for reason in its}


@dataclass(slots=True)
class PerformanceSums:
    """Amounts by figure."""

    minor: dict[PerformanceFigure, int] = field(
        default_factory=lambda: dict.fromkeys(PerformanceFigure, 0)
    )
    holders: set[UUID] = field(default_factory=set)
    gross_minor: int = 0
    standard_hours: Decimal = Decimal(0)

    @property
    def own_minor(self) -> int:
        """Return what buyers paid themselves of what the programme supported."""
        return self.gross_minor - self.minor[PerformanceFigure.USED]


@dataclass(frozen=True, slots=True)
class PerformanceReport:
    """A programme in a period."""

    programme_id: UUID
    code: str
    asset: str
    period: Period
    total: PerformanceSums
    months: dict[str, PerformanceSums]
    groups: dict[str, dict[str, PerformanceSums]]
    unmeasured_charges: int  # of chips without a published figure: not in standard hours
    emission: EmissionTotal | None = None  # of the use that was supported

    @property
    def returned_minor(self) -> int:
        """Return what went back to the pool."""
        minor = self.total.minor
        return minor[PerformanceFigure.EXPIRED] + minor[PerformanceFigure.CLAWED_BACK]

    @property
    def leverage(self) -> Decimal | None:
        """Return how many yuan of their own enterprises spent beside each yuan of support."""
        used = self.total.minor[PerformanceFigure.USED]
        if used <= 0:
            return None
        return (Decimal(self.total.own_minor) / used).quantize(Decimal("0.01"))


def performance(
    *, programme_id: UUID, period: Period, issuer_id: UUID | None = None
) -> PerformanceReport:
    """
    Return what a programme did in a period; whoever calls reads every ledger.

    :raises ProgrammeNotFound: if there is none, or it is another issuer's
    :raises InvalidPolicyPeriod: if the period is empty or longer than a year
    """
    require_period(period)
    programme = vouchers_selectors.programme(programme_id=programme_id, issuer_id=issuer_id)
    moved = ledger_selectors.moved_totals(asset=programme.asset, period=period)
    holders = _holders(programme.pk)
    groups = _groups(programme.pk, at=period.ends_at)
    found = PerformanceReport(
        programme_id=programme.pk,
        code=programme.code,
        asset=programme.asset,
        period=period,
        total=PerformanceSums(),
        months=defaultdict(PerformanceSums),
        groups={name: defaultdict(PerformanceSums) for name in DIMENSIONS},
        unmeasured_charges=0,
    )
    for each in moved:
        _add(found, each, holders, groups)
    return _with_effect(found, groups)


def require_period(period: Period) -> None:
    """
    Refuse a period that is empty or longer than a year.

    :raises InvalidPolicyPeriod: with the number of days
    """
    longest = timedelta(days=PERIOD_DAYS_MAX)
    if not period.starts_at < period.ends_at <= period.starts_at + longest:
        raise InvalidPolicyPeriod(field="ends_on", days=PERIOD_DAYS_MAX)


def _add(
    found: PerformanceReport,
    moved: MovedTotal,
    holders: Mapping[str, UUID],
    groups: Mapping[UUID, tuple[str, ...]],
) -> None:
    """Add what moved to its figure, to its month, and to the groups of its voucher's holder."""
    figure = FIGURE_OF.get(TransferReason(moved.reason))
    if figure is None:
        return
    if not _counts(moved, accounts.voucher_pool(found.code)):
        return
    amount = -moved.amount if _is_back(moved.reason, moved.debit_kind) else moved.amount
    holder = holders.get(moved.debit) or holders.get(moved.credit)
    sums = [found.total, found.months[moved.month]]
    if holder is not None:
        sums += [
            found.groups[name][value]
            for name, value in zip(DIMENSIONS, groups[holder], strict=True)
        ]
    for each in sums:
        each.minor[figure] += amount
        if holder is not None:
            each.holders.add(holder)


def _counts(moved: MovedTotal, pool: str) -> bool:
    """Tell whether what moved for a reason belongs to its figure."""
    if moved.reason == TransferReason.CLAIM_BACK:
        return moved.credit == pool  # Otherwise a provider's claim was only struck out.
    return moved.reason != TransferReason.CORRECTION or moved.debit_kind in (
        AccountKind.VOUCHER_CLAIM,
        AccountKind.VOUCHER_CLAIMED,
    )


def _is_back(reason: str, debit_kind: str) -> bool:
    """Tell whether what moved lessens its figure."""
    return reason in (TransferReason.CORRECTION, TransferReason.CLAIM_BACK) or (
        reason == TransferReason.ADJUSTMENT and debit_kind == AccountKind.VOUCHER_POOL
    )


def _holders(programme_id: UUID) -> dict[str, UUID]:
    """Return whose voucher an account is."""
    vouchers = vouchers_selectors.vouchers().filter(programme_version__programme_id=programme_id)
    return {
        accounts.voucher(pk): holder
        for pk, holder in vouchers.order_by().values_list("pk", "holder_id")
    }


def _groups(programme_id: UUID, *, at: datetime) -> dict[UUID, tuple[str, ...]]:
    """Return district, class and size of each holder: the class is that of its last voucher."""
    vouchers = vouchers_selectors.vouchers().filter(programme_version__programme_id=programme_id)
    rows = vouchers.order_by("pk").values_list("holder_id", "beneficiary")
    classes = dict(rows)
    facts = facts_of_many(list(classes), at)
    return {
        pk: (facts[pk].region.value or "", beneficiary, str(facts[pk].size.value or ""))
        for pk, beneficiary in classes.items()
    }


def _with_effect(
    found: PerformanceReport, groups: Mapping[UUID, tuple[str, ...]]
) -> PerformanceReport:
    """Add what was bought with the vouchers: measured use, and the money of the buyers."""
    unmeasured = 0
    for row in _charges(found.asset, found.period):
        unmeasured += row["unmeasured"]
        sums = [found.total]
        if row["buyer_id"] in groups:
            sums += [
                found.groups[name][value]
                for name, value in zip(DIMENSIONS, groups[row["buyer_id"]], strict=True)
            ]
        for each in sums:
            each.gross_minor += int(row["gross"] or 0)
            each.standard_hours += row["hours"] or Decimal(0)
    return PerformanceReport(
        **{
            name: getattr(found, name)
            for name in PerformanceReport.__dataclass_fields__
            if name not in ("unmeasured_charges", "months", "groups", "emission")
        },
        months=dict(sorted(found.months.items())),
        groups={name: dict(sorted(its.items())) for name, its in found.groups.items()},
        unmeasured_charges=unmeasured,
        emission=settlement_selectors.emission_of_charges(_supported(found.asset, found.period)),
    )


def _supported(asset: str, period: Period) -> QuerySet[Any]:
    """Return the charges of contracts that an asset's vouchers paid in part."""
    supported = settlement_selectors.contracts().filter(
        funds__asset=asset, funds__voucher_id__isnull=False
    )
    return settlement_selectors.charges().filter(
        contract_id__in=supported.order_by().values("id"),
        charged_at__gte=period.starts_at,
        charged_at__lt=period.ends_at,
    )


def _charges(asset: str, period: Period) -> Iterable[dict[str, Any]]:
    """Return the charges of contracts that an asset's vouchers paid in part, by buyer."""
    charged: Any = (
        _supported(asset, period)
        .order_by()
        .values("buyer_id")
        .annotate(
            gross=Sum("gross_minor"),
            hours=Sum("standard_hours"),
            unmeasured=Count("id", filter=Q(standard_hours__isnull=True)),
        )
    )
    found: Iterable[dict[str, Any]] = charged
    return found


@dataclass(frozen=True, slots=True)
class PerformanceLine:
    """One transfer that a figure is made of."""

    transfer: PostedTransfer
    voucher_number: str
    holder: Any
    amount_minor: int

    @property
    def pk(self) -> UUID:
        """Return the identifier of the transfer."""
        return self.transfer.id


def lines_of_figure(
    *,
    programme_id: UUID,
    figure: PerformanceFigure,
    period: Period,
    issuer_id: UUID | None = None,
    limit: int = LINES_MAX,
) -> list[PerformanceLine]:
    """Return the transfers that a figure of a programme is made of, the last one in front."""
    require_period(period)
    programme = vouchers_selectors.programme(programme_id=programme_id, issuer_id=issuer_id)
    moved = ledger_selectors.moved_within(
        asset=programme.asset,
        reasons=[str(each) for each in REASONS[figure]],
        period=period,
        limit=limit,
    )
    named = {accounts.voucher(pk): pk for pk in _ids(programme.pk)}
    pool = accounts.voucher_pool(programme.code)
    sides = [account for each in moved for account in (each.debit, each.credit)]
    touched = {named[account] for account in sides if account in named}
    vouchers = vouchers_selectors.vouchers().in_bulk(list(touched)) if touched else {}
    found = []
    for each in moved:
        pk = named.get(each.debit) or named.get(each.credit)
        voucher = vouchers.get(pk) if pk else None
        if each.reason == TransferReason.CORRECTION and each.credit not in named:
            continue
        if each.reason == TransferReason.CLAIM_BACK and each.credit != pool:
            continue
        is_back = _is_back(each.reason, AccountKind.VOUCHER_POOL if each.debit == pool else "")
        found.append(
            PerformanceLine(
                transfer=each,
                voucher_number=voucher.number if voucher else "",
                holder=voucher.holder if voucher else None,
                amount_minor=-each.amount if is_back else each.amount,
            )
        )
    return found


def _ids(programme_id: UUID) -> Iterable[UUID]:
    vouchers = vouchers_selectors.vouchers().filter(programme_version__programme_id=programme_id)
    return vouchers.order_by().values_list("pk", flat=True)
