"""
What control says of a claim: by the rules in force, with what is known and what is not.

Nobody is accused by what is unknown: it is said, and a person looks. What blocks is a case of
surveillance that people opened and did not close as unfounded or explained.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from common import tenancy
from marketplace.assurance import selectors as assurance_selectors
from marketplace.claims.models import ClaimLine, ReimbursementLine
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import CheckOutcome
from marketplace.vouchers.control_contracts import OF_CLAIMS, ControlCode, ControlSeverity
from metering import selectors as metering_selectors
from metering.energy import selectors as energy_selectors
from metering.energy.contracts import EnergyBasis

Lines = Sequence[ClaimLine] | Sequence[ReimbursementLine]


@dataclass(frozen=True, slots=True)
class ClaimControl:
    """What one rule of control says of what is claimed; `trades` are those that it is about."""

    code: ControlCode
    version: int
    severity: str
    outcome: CheckOutcome
    count: int
    trades: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Return whether what it names may not be accepted meanwhile."""
        return self.outcome == CheckOutcome.NOT_MET and self.severity == ControlSeverity.BLOCK


def controls_of(
    lines: Sequence[ClaimLine], *, asks_power: bool, at: datetime
) -> list[ClaimControl]:
    """Return a line for each rule about claims, in the order of the rules."""
    with tenancy.acting_as_platform():
        rules = [each for each in vouchers_selectors.control_rules(at=at) if each.code in OF_CLAIMS]
        cases = under_case(lines)
        charges = settlement_selectors.charges().filter(
            contract_id__in={each.contract_id for each in lines}
        )
        used = metering_selectors.usage_past(0).filter(pk__in=charges.order_by().values("usage_id"))
        powerless = _without_power(charges) if asks_power else 0
        unsigned = used.filter(meter__agent__isnull=True).order_by().count()
    said = {
        ControlCode.WASH_TRADES: (CheckOutcome.NOT_MET, len(cases), tuple(cases)),
        ControlCode.UNSIGNED_READINGS: (CheckOutcome.UNKNOWN, unsigned, ()),
        ControlCode.POWER_NOT_MEASURED: (CheckOutcome.UNKNOWN, powerless, ()),
    }
    found = []
    for each in rules:
        outcome, count, trades = said[ControlCode(each.code)]
        outcome = outcome if count else CheckOutcome.MET
        found.append(
            ClaimControl(
                ControlCode(each.code), each.version, each.severity, outcome, count, trades
            )
        )
    return found


def _without_power(charges: QuerySet[Any]) -> int:
    """Return for how much of the use nobody measured electricity."""
    used = charges.filter(usage__isnull=False)
    ids = set(used.order_by().values_list("usage_id", flat=True))
    found = energy_selectors.energy_of(ids)
    measured = {pk for pk, each in found.items() if each.emission.basis == EnergyBasis.MEASURED}
    return len(ids - measured)


def under_case(lines: Lines) -> list[str]:
    """Return the trades that a case of surveillance rests on which people did not dismiss."""
    cases = assurance_selectors.patterns_by_order()
    return sorted(each.trade_record.number for each in lines if each.contract.order_id in cases)


def blocked(lines: Lines, *, at: datetime) -> list[str]:
    """Return the trades that may not be accepted now, by the rule in force."""
    rules = {each.code: each for each in vouchers_selectors.control_rules(at=at)}
    rule = rules.get(ControlCode.WASH_TRADES)
    return under_case(lines) if rule is not None and rule.severity == ControlSeverity.BLOCK else []
