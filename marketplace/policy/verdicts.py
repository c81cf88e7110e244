"""
What rules say of a contract, whatever the amounts: a share, or a refusal by its clause. Pure.

The rule that decides orders is asked, with one line and a purse that nothing bounds. What no
source tells yet (years without an entry of dishonesty, the size of suppliers) is taken as met, and
the result says so: a run asks what rules would do, not what is missing in the market.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from common.moments import market_date
from common.money import AMOUNT_MINOR_MAX
from identity.contracts import SME_KINDS
from marketplace.policy.inputs import TriedApplication, TriedContract, TriedParty
from marketplace.vouchers import cover_2_checks
from marketplace.vouchers import rules as vouchers_rules
from marketplace.vouchers.contracts import (
    ANY,
    LineKind,
    Mode,
    PayableLine,
    ProgrammeRules,
    Purchase,
    Purse,
)
from marketplace.vouchers.explained import ExplainedPlan, TermVerdict
from marketplace.vouchers.terms import HolderFacts, PayMode, SupplierFacts

BUYER: Final = UUID(int=1)
SUPPLIER: Final = UUID(int=2)
PURSE: Final = UUID(int=3)
FIRST: Final = datetime(1971, 1, 1, tzinfo=UTC)
LAST: Final = datetime(2999, 1, 1, tzinfo=UTC)
NEVER: Final = date(2999, 12, 31)
CLEAN_YEARS: Final = 99
LARGE: Final = 10**9
ASSUMED: Final = ("beneficiaries.clean_years", "suppliers.size")


@dataclass(frozen=True, slots=True)
class WorkbenchVerdict:
    """A share as a fraction, or why there is none; and until which day that holds."""

    numerator: int = 0
    denominator: int = 1
    reason: str = ""
    clause: str = ""
    until: date = NEVER


class Judge:
    """One version of rules, asked about contracts and applications."""

    def __init__(self, code: str, data: dict[str, Any], parsed: ProgrammeRules) -> None:
        self.code, self.parsed = code, parsed
        self.is_ex_post = (
            parsed.mode is Mode.EX_POST
            if parsed.terms is None
            else parsed.terms.mode == PayMode.EX_POST
        )
        clauses = data.get("clauses")
        self._clauses: dict[str, Any] = clauses if isinstance(clauses, dict) else {}
        scope = parsed.terms.scope if parsed.terms else None
        paid = (scope.paid_from, scope.paid_until) if scope else ()
        self._turning_days = frozenset(market_date(each) for each in paid if each)
        signed = (scope.contracts_from, scope.contracts_until) if scope else (parsed.orders_from,)
        self._signed = tuple(each for each in signed if each)
        self._paid = tuple(each for each in paid if each)
        self._lists_suppliers = parsed.suppliers is not None
        self._told: dict[tuple[object, ...], WorkbenchVerdict] = {}

    @property
    def assumed(self) -> list[str]:
        """Return what the rules ask that nobody can know yet, and is taken as met."""
        terms = self.parsed.terms
        if terms is None:
            return []
        asks = (
            bool(terms.beneficiaries.clean_years),
            terms.suppliers.pflops_min is not None or terms.suppliers.racks_min is not None,
        )
        return [name for name, is_asked in zip(ASSUMED, asks, strict=True) if is_asked]

    def clause(self, member: str) -> str:
        """Return the number of the clause that says a member, as far as the rules name one."""
        said = self._clauses.get(member.partition(".")[0])
        return str(said.get("number", "")) if isinstance(said, dict) else ""

    def of_contract(self, contract: TriedContract, at: datetime, day: date) -> WorkbenchVerdict:
        """Return what the rules say of a contract at a moment."""
        alike = self._alike(contract, at, day)
        told = self._told.get(alike)
        if told is None:
            told = self._told[alike] = self._asked(contract, at, day)
        return replace(told, until=self._until(contract.buyer, day))

    def _asked(self, contract: TriedContract, at: datetime, day: date) -> WorkbenchVerdict:
        purchase = self._purchase(contract.buyer, day, contract, at)
        purse = self._purse(contract.buyer.beneficiary(day))
        plan = vouchers_rules.cover(purchase, [purse], at=at, entity_year_left={})
        if plan.covers:
            return WorkbenchVerdict(*plan.covers[0].rate.as_integer_ratio())
        reason = _why(plan)
        return WorkbenchVerdict(reason=reason, clause=self.clause(reason))

    def _alike(self, contract: TriedContract, at: datetime, day: date) -> tuple[object, ...]:
        """Return all that the rule looks at: contracts that are alike in it are asked once."""
        buyer, supplier = contract.buyer, contract.supplier
        return (
            buyer.region,
            buyer.industry,
            buyer.size,
            buyer.held(day),
            buyer.key == supplier.key,
            supplier.uscc if self._lists_suppliers else "",
            contract.resource_class,
            contract.form,
            contract.is_related,
            contract.supported_by,
            tuple(each <= contract.ordered_at for each in self._signed),
            tuple(each <= at for each in self._paid),
        )

    def of_application(self, asked: TriedApplication) -> str:
        """Return the rule that an applicant does not meet; empty if it meets them."""
        if not vouchers_rules.takes_applications(self.parsed, at=asked.at):
            return "windows" if self.parsed.terms else "applications_until"
        held = asked.party.beneficiary(asked.day)
        if self.parsed.terms is None:
            certified = not SME_KINDS.isdisjoint(asked.party.held(asked.day))
            if self.parsed.requires_sme_certificate and not certified:
                return "requires_sme_certificate"
        else:
            found = cover_2_checks.findings(
                self.parsed.terms,
                self._purchase(asked.party, asked.day, None, asked.at),
                beneficiary=held,
                at=asked.at,
            )
            for each in found:
                if each.member.startswith("beneficiaries.") and each.verdict != TermVerdict.MET:
                    return each.member
        is_rated = any(each.beneficiary in (held, ANY) for each in self.parsed.rates)
        return "" if is_rated else "rates"

    def _purchase(
        self, buyer: TriedParty, day: date, contract: TriedContract | None, at: datetime
    ) -> Purchase:
        held = buyer.held(day)
        is_same = contract is not None and contract.buyer.key == contract.supplier.key
        return Purchase(
            order_id=BUYER,
            holder_id=BUYER,
            supplier_id=BUYER if is_same else SUPPLIER,
            supplier_uscc=contract.supplier.uscc if contract else "",
            resource_class=contract.resource_class if contract else "",
            ordered_at=contract.ordered_at if contract else FIRST,
            lines=(PayableLine(LineKind.COMPUTE.value, 10**12),),
            holder_is_certified=not SME_KINDS.isdisjoint(held),
            is_related=contract.is_related if contract else False,
            form=contract.form if contract else "",
            holder=HolderFacts(
                region=buyer.region or None,
                size=buyer.size or None,
                industry=buyer.industry or None,
                classes=(buyer.beneficiary(day),),
                certificates=held,
                clean_years=CLEAN_YEARS,
            ),
            supplier=SupplierFacts(LARGE, LARGE),
            is_ex_post=self.is_ex_post,
            paid_at=at,
            supported_by=tuple(
                each for each in (contract.supported_by if contract else ()) if each != self.code
            ),
        )

    def _purse(self, beneficiary: str) -> Purse:
        return Purse(
            voucher_id=PURSE,
            number=self.code,
            programme_code=self.code,
            programme_version=1,
            rules=self.parsed,
            beneficiary=beneficiary,
            valid_from=FIRST,
            expires_at=LAST,
            available_minor=AMOUNT_MINOR_MAX,
        )

    def _until(self, buyer: TriedParty, day: date) -> date:
        """Return the first day on which the answer may be another."""
        if day in self._turning_days:
            return day  # It turns within the day: nothing is kept.
        turns = {each.first for each in buyer.certificates}
        turns |= {each.last for each in buyer.certificates} | self._turning_days
        return min((each for each in turns if each > day), default=NEVER)


def _why(plan: object) -> str:
    """Return the member that a purchase does not meet, or the reason where none is told."""
    assert isinstance(plan, ExplainedPlan)
    for verdict in (TermVerdict.NOT_MET, TermVerdict.UNKNOWN):
        for each in (finding for looked in plan.looked for finding in looked.findings):
            if each.verdict == verdict:
                return each.member
    return plan.unfit[0][1].value.lower() if plan.unfit else "rates"


def expires(at: datetime, days: int) -> datetime:
    """Return when what is granted at a moment is over."""
    return at + timedelta(days=days)
