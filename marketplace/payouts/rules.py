"""Who is paid how much by a run; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from marketplace.payouts.contracts import Planned, Skipped


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


def plan(
    owed: Mapping[UUID, Owed],
    accounts: Mapping[UUID, PaidTo],
    *,
    threshold_minor: int,
    at: datetime,
) -> tuple[Planned, ...]:
    """Return a line for each provider that is owed anything until the run's day."""
    lines = (
        _line(provider_id, sums, accounts.get(provider_id), threshold_minor, at)
        for provider_id, sums in sorted(owed.items())
    )
    return tuple(line for line in lines if line.payable_minor)


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
