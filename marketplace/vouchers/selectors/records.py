"""Applications and vouchers, one by one and in lists."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Substr

from common import moments, tenancy
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.vouchers.caps import SharedCap, opens_on
from marketplace.vouchers.contracts import ApplicationNotFound, ProgrammeRules, VoucherNotFound
from marketplace.vouchers.models import Application, ReimbursedAmount, Voucher
from marketplace.vouchers.terms import LimitKind


def applications(
    *, applicant_id: UUID | None = None, issuer_id: UUID | None = None
) -> QuerySet[Application]:
    """Return the applications of an applicant, or those that an issuer decides; newest first."""
    found = Application.objects.select_related(
        "programme_version__programme", "applicant", "voucher", "submission"
    ).order_by("-id")
    if applicant_id is not None:
        found = found.filter(applicant_id=applicant_id)
    if issuer_id is not None:
        found = found.filter(programme_version__programme__issuer_id=issuer_id)
    return found


def application(
    *, application_id: UUID, applicant_id: UUID | None = None, issuer_id: UUID | None = None
) -> Application:
    """
    Return one application of an applicant or for an issuer.

    :raises ApplicationNotFound: if it does not exist or is someone else's
    """
    found = applications(applicant_id=applicant_id, issuer_id=issuer_id)
    result = found.filter(pk=application_id).first()
    if result is None:
        raise ApplicationNotFound
    return result


def vouchers(*, holder_id: UUID | None = None, issuer_id: UUID | None = None) -> QuerySet[Voucher]:
    """Return the vouchers of a holder, or those of an issuer's programmes; newest first."""
    found = Voucher.objects.select_related("programme_version__programme", "holder").order_by("-id")
    if holder_id is not None:
        found = found.filter(holder_id=holder_id)
    if issuer_id is not None:
        found = found.filter(programme_version__programme__issuer_id=issuer_id)
    return found


def issued_by_province(programme_id: UUID) -> list[tuple[str, int, int]]:
    """Return how many enterprises of a province got vouchers of a programme, and of what worth."""
    rows = (
        vouchers()
        .filter(programme_version__programme_id=programme_id)
        .order_by()
        .annotate(province=Substr("holder__region", 1, 2))
        .values_list("province")
        .annotate(Count("holder_id", distinct=True), Sum("face_minor"))
        .order_by("province")
    )
    return [(f"{code}0000" if code else "", count, int(face)) for code, count, face in rows]


def by_state(found: QuerySet[Voucher]) -> list[tuple[str, int, int, int]]:
    """Return how many vouchers are in each state, what they were issued for and what came back."""
    rows = found.order_by("state").values_list("state")
    return list(rows.annotate(Count("id"), Sum("face_minor"), Sum("returned_minor")))


def voucher(
    *, voucher_id: UUID, holder_id: UUID | None = None, issuer_id: UUID | None = None
) -> Voucher:
    """
    Return one voucher of a holder or of an issuer's programme.

    :raises VoucherNotFound: if it does not exist or is someone else's
    """
    found = vouchers(holder_id=holder_id, issuer_id=issuer_id).filter(pk=voucher_id).first()
    if found is None:
        raise VoucherNotFound
    return found


def issued_in_year(*, programme_id: UUID, holder_id: UUID, year: int) -> int:
    """Return what a holder got in a year by a programme, either way, and has not returned."""
    return granted_in_year(programme_id=programme_id, holder_ids=[holder_id], year=year)[holder_id]


def granted_in_year(
    *, programme_id: UUID, holder_ids: Collection[UUID], year: int
) -> dict[UUID, int]:
    """Return what each holder got in a year by a programme, either way, and has not returned."""
    issued = Voucher.objects.filter(
        programme_version__programme_id=programme_id, holder_id__in=holder_ids, entity_year=year
    ).values_list("holder_id")
    afterwards = ReimbursedAmount.objects.filter(
        programme_id=programme_id, holder_id__in=holder_ids, entity_year=year
    ).values_list("holder_id")
    found = dict.fromkeys(holder_ids, 0)
    for holder_id, total in (
        *issued.annotate(total=Sum("face_minor") - Sum("returned_minor")).order_by(),
        *afterwards.annotate(total=Sum("counted_minor")).order_by(),
    ):
        found[holder_id] += int(total)
    return found


def granted_of_cap(*, programme_id: UUID, cap: SharedCap) -> int:
    """Return what was granted of a cap that all share, and has not come back."""
    found = Voucher.objects.filter(programme_version__programme_id=programme_id)
    if cap.year is not None:
        found = found.filter(entity_year=cap.year)
    if cap.year is not None and cap.quarter is not None:
        first = 3 * cap.quarter - 2
        since = moments.month_period(date(cap.year, first, 1))
        until = moments.month_period(date(cap.year, first + 2, 1))
        found = found.filter(issued_at__gte=since.starts_at, issued_at__lt=until.ends_at)
    if cap.window is not None and cap.window.opens is not None:
        found = found.filter(application__applied_at__gte=cap.window.opens)
    if cap.window is not None and cap.window.closes is not None:
        found = found.filter(application__applied_at__lt=cap.window.closes)
    total = found.aggregate(total=Sum("face_minor") - Sum("returned_minor"))["total"]
    return int(total or 0) + reimbursed_of_cap(programme_id=programme_id, cap=cap)


def reimbursed_of_cap(*, cap: SharedCap, programme_id: UUID | None = None, code: str = "") -> int:
    """Return what was granted afterwards of a cap that all share, of a programme or its code."""
    found = ReimbursedAmount.objects.order_by()
    found = (
        found.filter(programme__code=code)
        if programme_id is None
        else found.filter(programme_id=programme_id)
    )
    if cap.year is not None:
        found = found.filter(entity_year=cap.year)
    if cap.quarter is not None:
        found = found.filter(quarter=cap.quarter)
    if cap.window is not None and cap.window.opens is not None:
        found = found.filter(asked_at__gte=cap.window.opens)
    if cap.window is not None and cap.window.closes is not None:
        found = found.filter(asked_at__lt=cap.window.closes)
    return int(found.aggregate(total=Sum("counted_minor"))["total"] or 0)


@dataclass(frozen=True, slots=True)
class PeriodOfBudget:
    """A part of a programme's budget, and what of it was granted and has not come back, in fen."""

    year: int
    quarter: int | None
    opens_on: date
    amount_minor: int
    granted_minor: int

    @property
    def left_minor(self) -> int:
        """Return what it leaves; later rules may have made it smaller than what was granted."""
        return max(self.amount_minor - self.granted_minor, 0)


def budget_periods(*, programme_id: UUID, rules: ProgrammeRules) -> list[PeriodOfBudget]:
    """
    Return the parts of a programme's budget with what was granted of each, in their order.

    Two statements a part; the caller acts for the platform.
    """
    budget = () if rules.terms is None else rules.terms.budget
    found = []
    for part in sorted(budget, key=lambda it: (opens_on(it), it.quarter or 0)):
        cap = SharedCap(
            "budget", LimitKind.PROGRAMME_CAP, part.amount_minor, part.year, part.quarter
        )
        granted = granted_of_cap(programme_id=programme_id, cap=cap)
        found.append(
            PeriodOfBudget(part.year, part.quarter, opens_on(part), part.amount_minor, granted)
        )
    return found


def holders() -> int:
    """Return how many organisations have ever held a voucher."""
    return Voucher.objects.order_by().aggregate(count=Count("holder", distinct=True))["count"] or 0


def left_on(voucher_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return what is left on vouchers and not held for orders, in fen."""
    codes = {accounts.voucher(each): each for each in voucher_ids}
    with tenancy.acting_as_platform():  # The issuer owns the pool, and the holder the voucher.
        found = ledger_selectors.balances(list(codes))
    return {codes[code]: balance.available for code, balance in found.items()}
