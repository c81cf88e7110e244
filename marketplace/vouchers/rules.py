"""Pure rules of vouchers: what a programme's data mean, and the cover rules by version."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol

from common.money import EXACT
from common.rulebooks import Rulebook
from marketplace.vouchers import cover_1, cover_2
from marketplace.vouchers.caps import is_in
from marketplace.vouchers.contracts import (
    CoverPlan,
    Funding,
    Mode,
    ProgrammeRules,
    Purchase,
    Purse,
    VoucherState,
)
from marketplace.vouchers.terms import PayMode


class CoverRule(Protocol):
    """Chooses the vouchers that pay for one purchase."""

    def __call__(
        self,
        purchase: Purchase,
        purses: Iterable[Purse],
        *,
        at: datetime,
        entity_year_left: Mapping[str, int],
    ) -> CoverPlan:
        """Return who pays how much, and why the others pay nothing."""


# An order's round says by which clearing rule it was cleared, and that rule by which of these.
RULES: Final[Rulebook[CoverRule]] = Rulebook(
    "cover", {cover_1.NAME: cover_1.cover, cover_2.NAME: cover_2.cover}
)


def cover(
    purchase: Purchase,
    purses: Iterable[Purse],
    *,
    at: datetime,
    entity_year_left: Mapping[str, int],
) -> CoverPlan:
    """Choose the vouchers that pay for a purchase, as the newest rule does."""
    rule = RULES.rule(RULES.newest)
    return rule(purchase, purses, at=at, entity_year_left=entity_year_left)


def entity_year_left(purses: Iterable[Purse], covered: Mapping[str, int]) -> dict[str, int]:
    """Return what yearly caps leave, by programme, after what was covered in the year."""
    return {
        purse.programme_code: cap - covered.get(purse.programme_code, 0)
        for purse in purses
        if (cap := purse.rules.per_entity_year_cap_minor) is not None
    }


def split_funding(amount_minor: int, funding: Sequence[Funding]) -> dict[str, int]:
    """Split an amount over its sources by their shares; the largest remainders get the odd fen."""
    exact = [EXACT.multiply(Decimal(amount_minor), part.share) for part in funding]
    whole = [int(part) for part in exact]
    odd = amount_minor - sum(whole) if funding else 0
    by_remainder = sorted(range(len(exact)), key=lambda n: (whole[n] - exact[n], n))
    for n in by_remainder[:odd]:
        whole[n] += 1
    return {part.source: share for part, share in zip(funding, whole, strict=True)}


def takes_applications(rules: ProgrammeRules, *, at: datetime) -> bool:
    """Return whether a programme takes applications for vouchers at a moment."""
    if rules.mode is not Mode.OFFSET:
        return False
    if rules.terms is not None and rules.terms.windows:
        return any(is_in(each, at) for each in rules.terms.windows)
    is_open = rules.applications_from is None or rules.applications_from <= at
    return is_open and (rules.applications_until is None or at < rules.applications_until)


def reimburses(rules: ProgrammeRules, *, at: datetime) -> bool:
    """Return whether a programme takes requests to be reimbursed at a moment."""
    terms = rules.terms
    if terms is None:
        is_open = rules.applications_from is None or rules.applications_from <= at
        is_open = is_open and (rules.applications_until is None or at < rules.applications_until)
        return rules.mode is Mode.EX_POST and is_open
    return terms.mode != PayMode.OFFSET and (
        not terms.windows or any(is_in(each, at) for each in terms.windows)
    )


def voucher_state(
    stored: VoucherState, *, posted_minor: int, expires_at: datetime, at: datetime
) -> VoucherState:
    """Return the state that a person sees: the ledger knows first when a voucher is used up."""
    if stored != VoucherState.ACTIVE:
        return stored
    if at >= expires_at:
        return VoucherState.EXPIRED
    return VoucherState.ACTIVE if posted_minor > 0 else VoucherState.EXHAUSTED
