"""What pool and caps of a programme leave while applications are decided one after the other."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from common.moments import market_date
from identity.contracts import SME_KINDS
from identity.evidence import OrganizationFacts
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.vouchers import caps, checks, life, selectors
from marketplace.vouchers.caps import SharedCap
from marketplace.vouchers.contracts import (
    CertificateRequired,
    EntityYearCapReached,
    ProgrammeCapReached,
    ProgrammeExhausted,
    ProgrammeRules,
)
from marketplace.vouchers.life import S
from marketplace.vouchers.models import Application, Programme


class GrantsLeft:
    """
    What a programme leaves: each sum is read once, when it is asked for, and grants count beside.

    Exact from when the programme is held, for as many decisions as are written before the commit.
    """

    def __init__(self, programme: Programme, *, holder_ids: Collection[UUID], at: datetime) -> None:
        self._programme, self._at = programme, at
        self._holder_ids = holder_ids
        self._years: dict[UUID, int] = {}
        self._caps: dict[str, int] = {}
        self._pool: int | None = None
        self._granted: list[Application] = []

    def grant(self, application: Application) -> None:
        """Count an application as granted, before it is written."""
        self._granted.append(application)

    def of_pool(self) -> int:
        """Return what the pool holds, in fen."""
        if self._pool is None:
            code = accounts.voucher_pool(self._programme.code)
            self._pool = ledger_selectors.balances([code])[code].available
        return self._pool - sum(each.amount_minor for each in self._granted)

    def of_year(self, application: Application, parsed: ProgrammeRules) -> int | None:
        """Return what the yearly cap leaves for who applied, in fen; None without such a cap."""
        cap = parsed.per_entity_year_cap_minor
        if cap is None:
            return None
        if not self._years:
            self._years = selectors.granted_in_year(
                programme_id=self._programme.pk,
                holder_ids=self._holder_ids,
                year=market_date(self._at).year,
            )
        holder_id = application.applicant_id
        now = sum(each.amount_minor for each in self._granted if each.applicant_id == holder_id)
        return cap - self._years[holder_id] - now

    def of_cap(self, cap: SharedCap) -> int:
        """Return what a cap that all share leaves, in fen; it bounds grants of this moment."""
        if cap.key not in self._caps:
            self._caps[cap.key] = selectors.granted_of_cap(programme_id=self._programme.pk, cap=cap)
        window = cap.window
        now = sum(
            each.amount_minor
            for each in self._granted
            if window is None or caps.is_in(window, each.applied_at)
        )
        return cap.cap_minor - self._caps[cap.key] - now

    def wish(
        self, application: Application, parsed: ProgrammeRules, clean_years: int | None
    ) -> checks.VoucherWish:
        """Return what an application asks for, and what is left for it."""
        return checks.VoucherWish(
            amount_minor=application.amount_minor,
            at=self._at if application.state == S.DRAFT else application.applied_at,
            year_left_minor=self.of_year(application, parsed),
            pool_minor=self.of_pool(),
            shared_left=tuple(self._shared_left(application, parsed)),
            clean_years=clean_years,
        )

    def require_year(self, application: Application, parsed: ProgrammeRules) -> None:
        """
        Keep the yearly cap of an entity.

        :raises EntityYearCapReached: if it leaves less than the amount
        """
        left = self.of_year(application, parsed)
        if left is not None and application.amount_minor > left:
            raise EntityYearCapReached(field="amount")

    def require_caps(self, application: Application, parsed: ProgrammeRules) -> None:
        """
        Keep what a programme, a window and a period of the budget may grant together.

        :raises ProgrammeCapReached: if one of them leaves less than the amount
        """
        data = application.programme_version.rules
        if not caps.has_budget(parsed, at=self._at):
            raise ProgrammeCapReached(
                limit=caps.cap_words(None),
                clause=life.clause(data, "budget"),
                next=caps.next_words(parsed, at=self._at),
                field="amount",
            )
        for cap in caps.shared_caps(parsed, at=self._at, applied_at=application.applied_at):
            if application.amount_minor > self.of_cap(cap):
                is_budget = cap.member == "budget"
                raise ProgrammeCapReached(
                    limit=caps.cap_words(cap),
                    clause=life.clause(data, cap.member),
                    next=caps.next_words(parsed, at=self._at) if is_budget else "",
                    field="amount",
                )

    def require_pool(self, application: Application) -> None:
        """
        Keep the pool from being promised twice.

        :raises ProgrammeExhausted: if it holds less than the amount
        """
        if application.amount_minor > self.of_pool():
            raise ProgrammeExhausted

    def _shared_left(
        self, application: Application, parsed: ProgrammeRules
    ) -> Iterator[tuple[str, int]]:
        """Yield what is left of the caps that all holders of a programme share."""
        if not caps.has_budget(parsed, at=self._at):
            yield "budget.period", 0
        for cap in caps.shared_caps(parsed, at=self._at, applied_at=application.applied_at):
            yield "budget.period" if cap.member == "budget" else cap.member, self.of_cap(cap)


def written_check(
    application: Application,
    parsed: ProgrammeRules,
    facts: OrganizationFacts,
    wish: checks.VoucherWish,
) -> dict[str, Any]:
    """Return what is written of an applicant's facts and of the check of every rule."""
    lines = checks.check(application.programme_version.rules, parsed, facts, wish)
    return {
        "facts": facts.data,
        "beneficiary": checks.beneficiary(facts),
        "checks": checks.stored(lines),
    }


def require_certificate(parsed: ProgrammeRules, facts: OrganizationFacts) -> None:
    """
    Ask for the certificate that a programme needs.

    :raises CertificateRequired: if nothing of the kind is known
    """
    if parsed.requires_sme_certificate and not facts.holds(*SME_KINDS):
        raise CertificateRequired
