"""Who is paid how much by a run; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from marketplace.payouts.contracts import Planned, ProviderKind, Skipped


@dataclass(frozen=True, slots=True)
class Owed:
    """What stands on a provider's accounts, and what of it is not to be paid."""

    available_minor: int  # on the payable, holds deducted
    later_minor: int  # of it, earned after the days that are paid for
    owed_minor: int  # what the provider owes
    frozen_minor: int | None  # None: all of it


@dataclass(frozen=True, slots=True)
class PaidTo:
    """A provider's bank account, and from when on it can be used."""

    id: UUID
    usable_from: datetime


@dataclass(frozen=True, slots=True)
class Taxed:
    """The tax rule that a provider is paid under."""

    rule_id: UUID
    rate: Decimal


def kind_of(uscc: str) -> ProviderKind:
    """Return what a provider is to the tax office, by who registered it and as what."""
    if uscc[:2] in ("91", "93"):
        return ProviderKind.ENTERPRISE
    if uscc[:2] == "92":
        return ProviderKind.SOLE_TRADER
    return ProviderKind.INSTITUTION if uscc[:1] == "1" else ProviderKind.OTHER


def tax_of(minor: int, rate: Decimal) -> int:
    """Return the tax on an amount, rounded half up to the fen."""
    return int((minor * rate).quantize(Decimal(1), ROUND_HALF_UP))


def plan(
    owed: Mapping[UUID, Owed],
    accounts: Mapping[UUID, PaidTo],
    *,
    threshold_minor: int,
    at: datetime,
    taxes: Mapping[UUID, Taxed] | None = None,
) -> tuple[Planned, ...]:
    """Return a line for each provider that is owed anything until the run's day."""
    lines = (
        _taxed(
            _line(provider_id, sums, accounts.get(provider_id), threshold_minor, at),
            (taxes or {}).get(provider_id),
        )
        for provider_id, sums in sorted(owed.items())
    )
    return tuple(line for line in lines if line.payable_minor)


def _taxed(line: Planned, tax: Taxed | None) -> Planned:
    """Return a line with what is withheld of its amount: the rest is paid."""
    if tax is None or not line.amount_minor:
        return line
    minor = min(tax_of(line.amount_minor, tax.rate), line.amount_minor - 1)
    if minor <= 0:
        return line
    return replace(
        line,
        amount_minor=line.amount_minor - minor,
        tax_minor=minor,
        tax_rule_id=tax.rule_id,
    )


def _line(
    provider_id: UUID, sums: Owed, account: PaidTo | None, threshold_minor: int, at: datetime
) -> Planned:
    payable = max(0, min(sums.available_minor, sums.available_minor - sums.later_minor))
    netted = min(payable, sums.owed_minor)
    left = payable - netted
    frozen = left if sums.frozen_minor is None else min(left, sums.frozen_minor)
    amount = left - frozen
    line = Planned(
        provider_id,
        payable_minor=payable,
        owed_minor=sums.owed_minor,
        frozen_minor=frozen,
        account_id=account.id if account else None,
        netted_minor=netted,
    )
    skipped = _skipped(left, amount, account, threshold_minor, at)
    return replace(line, skipped=skipped) if skipped else replace(line, amount_minor=amount)


def _skipped(
    left: int, amount: int, account: PaidTo | None, threshold_minor: int, at: datetime
) -> Skipped:
    if not left:
        return Skipped.OWES
    if not amount:
        return Skipped.FROZEN
    if amount < threshold_minor:
        return Skipped.BELOW_THRESHOLD
    if account is None:
        return Skipped.NO_ACCOUNT
    return Skipped.COOLING if account.usable_from > at else Skipped.NONE
