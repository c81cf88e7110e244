"""The automatic check of an application: a line a rule, from evidence alone. Pure."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from identity.contracts import SME_KINDS, EnterpriseClass
from identity.evidence import OrganizationFacts
from marketplace.vouchers import life, rules
from marketplace.vouchers.beneficiary_checks import asked_of
from marketplace.vouchers.contracts import ANY, CheckOutcome, ProgrammeRules

# What is decided exactly when the voucher is issued; a review may go ahead of it.
DECIDED_AT_ISSUE: Final = frozenset(
    {"per_entity_year_cap_minor", "budget", "budget.period", "limits", "windows"}
)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """What was found for one rule of a programme, named by its member."""

    rule: str
    outcome: CheckOutcome
    clause: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class VoucherWish:
    """What an application asks for, and what is left for it."""

    amount_minor: int
    at: datetime
    year_left_minor: int | None
    pool_minor: int
    # What the caps that all holders share leave, by the rule that says it.
    shared_left: tuple[tuple[str, int], ...] = ()
    clean_years: int | None = None  # since the last entry of dishonesty; None is unknown


def beneficiary(facts: OrganizationFacts) -> str:
    """Return the class that counts: what nobody proved counts as no better than any other."""
    return str(facts.standing.value or EnterpriseClass.STANDARD)


def check(
    data: dict[str, Any], parsed: ProgrammeRules, facts: OrganizationFacts, asked: VoucherWish
) -> list[CheckLine]:
    """Return a line for each rule that an application can be held against."""
    return [
        CheckLine(rule, outcome, life.clause(data, rule.partition(".")[0]), found)
        for rule, outcome, found in _lines(parsed, facts, asked)
    ]


def stored(lines: list[CheckLine]) -> list[dict[str, str]]:
    """Return lines as an application keeps them."""
    return [{name: str(value) for name, value in asdict(line).items()} for line in lines]


def _lines(
    parsed: ProgrammeRules, facts: OrganizationFacts, asked: VoucherWish
) -> Iterator[tuple[str, CheckOutcome, str]]:
    yield "applications_until", _if(rules.takes_applications(parsed, at=asked.at)), ""
    yield "rates", _rated(parsed, facts), str(facts.standing.value or "")
    if parsed.requires_sme_certificate:
        held = [each.number for each in facts.certificates if each.kind in SME_KINDS]
        yield "requires_sme_certificate", _if(bool(held)), ", ".join(held)
    if parsed.terms is not None:
        yield from asked_of(
            parsed.terms.beneficiaries,
            facts,
            held_class=beneficiary(facts),
            clean_years=asked.clean_years,
        )
    if asked.year_left_minor is not None:
        fits = asked.amount_minor <= asked.year_left_minor
        yield "per_entity_year_cap_minor", _if(fits), str(asked.year_left_minor)
    for rule, left in asked.shared_left:
        yield rule, _if(asked.amount_minor <= left), str(max(left, 0))
    yield "budget", _if(asked.amount_minor <= asked.pool_minor), str(asked.pool_minor)


def _rated(parsed: ProgrammeRules, facts: OrganizationFacts) -> CheckOutcome:
    """Tell whether the programme pays the applicant's class anything."""
    paid = {rate.beneficiary for rate in parsed.rates}
    if ANY in paid:
        return CheckOutcome.MET
    if not facts.standing.is_known:
        return CheckOutcome.UNKNOWN
    return _if(beneficiary(facts) in paid)


def _if(is_met: bool) -> CheckOutcome:
    return CheckOutcome.MET if is_met else CheckOutcome.NOT_MET
