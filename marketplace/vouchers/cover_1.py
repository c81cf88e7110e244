"""
The cover rule `cover-1`: which vouchers pay how much of a purchase. Pure, and frozen.

Rounds were cleared by it: it is never changed. Another way to cover is another file.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

from common.money import EXACT
from marketplace.vouchers.contracts import (
    ANY,
    Cover,
    CoverLimit,
    CoverPlan,
    Mode,
    PayableLine,
    ProgrammeRules,
    Purchase,
    Purse,
    Unfit,
)

NAME: Final = "cover-1"


def cover(
    purchase: Purchase,
    purses: Iterable[Purse],
    *,
    at: datetime,
    entity_year_left: Mapping[str, int],
) -> CoverPlan:
    """
    Choose the vouchers that pay for one purchase: those that expire first come first.

    A programme pays its rate of the eligible lines, less what other programmes already pay, within
    its caps. `entity_year_left` maps a programme's code to what its yearly cap leaves the holder.
    """
    covers: list[Cover] = []
    payers: list[Purse] = []
    unfit: list[tuple[UUID, Unfit]] = []
    for purse in sorted(purses, key=lambda purse: (purse.expires_at, purse.number)):
        reason = why_unfit(purse, purchase, at=at) or _why_not_combined(purse, payers)
        answer = reason or _cover_by(purse, purchase, covers, entity_year_left)
        if isinstance(answer, Cover):
            covers.append(answer)
            payers.append(purse)
        else:
            unfit.append((purse.voucher_id, answer))
    return CoverPlan(covers=tuple(covers), unfit=tuple(unfit))


def why_unfit(purse: Purse, purchase: Purchase, *, at: datetime) -> Unfit | None:
    """Return why a voucher cannot pay for a purchase, whatever the amounts; None if it can."""
    rules = purse.rules
    suppliers = rules.suppliers
    tests = (
        (at >= purse.expires_at, Unfit.EXPIRED),
        (at < purse.valid_from, Unfit.NOT_YET_VALID),
        (purse.available_minor <= 0, Unfit.EMPTY),
        (rules.mode is not Mode.OFFSET, Unfit.EX_POST),
        (
            purchase.is_related or purchase.holder_id == purchase.supplier_id,
            Unfit.RELATED_PARTY,
        ),
        (
            rules.orders_from is not None and purchase.ordered_at < rules.orders_from,
            Unfit.ORDER_TOO_EARLY,
        ),
        (
            rules.requires_sme_certificate and not purchase.holder_is_certified,
            Unfit.NO_CERTIFICATE,
        ),
        (suppliers is not None and purchase.supplier_uscc not in suppliers, Unfit.SUPPLIER),
        (rate_for(rules, purse.beneficiary, purchase.resource_class) is None, Unfit.NO_RATE),
    )
    return next((reason for is_hit, reason in tests if is_hit), None)


def rate_for(rules: ProgrammeRules, beneficiary: str, resource_class: str) -> Decimal | None:
    """Return the best rate that the beneficiary gets for a class of compute, if there is one."""
    return max(
        (
            rate.share
            for rate in rules.rates
            if rate.beneficiary in (beneficiary, ANY)
            and rate.resource_class in (resource_class, ANY)
        ),
        default=None,
    )


def eligible_base_minor(rules: ProgrammeRules, lines: Sequence[PayableLine]) -> int:
    """Return the part of a price that the programme supports, line by line; never below zero."""
    return max(0, sum(line.amount_minor for line in lines if line.kind in rules.eligible_lines))


def subsidy_minor(base_minor: int, rate: Decimal) -> int:
    """Return a rate's share of an amount, rounded once, half up, to the minor unit."""
    raw = EXACT.multiply(Decimal(base_minor), rate)
    return int(raw.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT))


def _why_not_combined(purse: Purse, payers: Sequence[Purse]) -> Unfit | None:
    """Return the refusal if the programme, or one that pays already, stands alone."""
    others = [payer for payer in payers if payer.programme_code != purse.programme_code]
    stands_alone = not all(each.rules.combines for each in (purse, *others))
    return Unfit.NOT_COMBINABLE if others and stands_alone else None


def _cover_by(
    purse: Purse,
    purchase: Purchase,
    covers: Sequence[Cover],
    entity_year_left: Mapping[str, int],
) -> Cover | Unfit:
    """Return what one fit voucher adds to those before it, or why it adds nothing."""
    code, rules = purse.programme_code, purse.rules
    same = sum(c.amount_minor for c in covers if c.programme_code == code)
    others = sum(c.amount_minor for c in covers if c.programme_code != code)
    base_minor = eligible_base_minor(rules, purchase.lines)
    if base_minor == 0:
        return Unfit.NOT_ELIGIBLE
    base_minor = max(0, base_minor - others)
    rate = rate_for(rules, purse.beneficiary, purchase.resource_class) or Decimal(0)
    limits = [(subsidy_minor(base_minor, rate) - same, CoverLimit.RATE)]
    if rules.per_order_cap_minor is not None:
        limits.append((rules.per_order_cap_minor - same, CoverLimit.PER_ORDER_CAP))
    if code in entity_year_left:
        limits.append((entity_year_left[code] - same, CoverLimit.ENTITY_YEAR_CAP))
    limits.append((purse.available_minor, CoverLimit.BALANCE))
    amount_minor, limited_by = min(limits, key=lambda limit: limit[0])
    if amount_minor <= 0:
        is_capped = limited_by == CoverLimit.ENTITY_YEAR_CAP and same == 0
        return Unfit.ENTITY_YEAR_CAP if is_capped else Unfit.FULLY_COVERED
    return Cover(
        order_id=purchase.order_id,
        voucher_id=purse.voucher_id,
        voucher_number=purse.number,
        programme_code=code,
        programme_version=purse.programme_version,
        amount_minor=amount_minor,
        rate=rate,
        base_minor=base_minor,
        limited_by=limited_by,
    )
