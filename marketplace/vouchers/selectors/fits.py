"""Programmes with what their rules say about somebody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from identity import evidence
from marketplace.vouchers import fitting
from marketplace.vouchers.contracts import CheckOutcome
from marketplace.vouchers.fitting import Fit
from marketplace.vouchers.selectors.programmes import ProgrammeSummary, programmes, summaries
from marketplace.vouchers.terms import HolderFacts

PROGRAMMES_MAX: Final = 2_000  # more than there are; what is beyond is not answered
ORDER: Final = (CheckOutcome.MET, CheckOutcome.UNKNOWN, CheckOutcome.NOT_MET)


@dataclass(frozen=True, slots=True)
class FittedProgramme:
    """A programme, and whether somebody may get support from it."""

    programme: ProgrammeSummary
    fit: Fit


def fits(who: HolderFacts, *, at: datetime, is_own: bool = False) -> list[FittedProgramme]:
    """Return the newest 2,000 programmes in force with what each says of somebody, fits first."""
    found = summaries(programmes()[:PROGRAMMES_MAX], at=at, left={})
    fitted = [
        FittedProgramme(each, fitting.fit(each.rules_data, each.rules, who, at=at, is_own=is_own))
        for each in found
    ]
    return sorted(fitted, key=lambda it: (ORDER.index(it.fit.outcome), it.programme.code))


def own_fits(organization_id: UUID, *, at: datetime) -> list[FittedProgramme]:
    """Return the same for an organisation, by the evidence that is known of it."""
    who = fitting.known_of(evidence.facts_of(organization_id, at))
    return fits(who, at=at, is_own=True)
