"""Which usage one run of charging takes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from uuid import UUID

from marketplace.settlement import selectors
from marketplace.settlement.folding import ChargedContract
from marketplace.settlement.models import ChargingCursor
from metering import selectors as metering_selectors
from metering.contracts import MeasuredUsage

BEHIND_MAX: Final = 2_000


@dataclass(frozen=True)
class UsageBatch:
    """
    The usage that one run takes, and how far it has then read.

    Contracts that are behind (just opened, or refused by the ledger before) are read by
    themselves: up to `reached`, or to the end if that is None.
    """

    usage: Sequence[MeasuredUsage]
    cursor: int
    behind: frozenset[UUID]
    reached: int | None
    is_full: bool

    @cached_property
    def by_subject(self) -> Mapping[UUID, Sequence[MeasuredUsage]]:
        """Return the usage of each order."""
        found: dict[UUID, list[MeasuredUsage]] = defaultdict(list)
        for record in self.usage:
            if record.subject is not None:
                found[record.subject].append(record)
        return found

    def usage_of(self, account: ChargedContract) -> list[MeasuredUsage]:
        """Return the usage that a contract is charged now."""
        found = self.by_subject[account.terms.order_id]
        return [record for record in found if self.takes(account, record)]

    def takes(self, account: ChargedContract, record: MeasuredUsage) -> bool:
        """Return whether a record of the contract's own provider and resource is its turn."""
        terms = account.terms
        if record.sequence <= account.watermark:
            return False
        if (record.provider_id, record.resource_id) != (terms.provider_id, terms.resource_id):
            return False
        if not account.is_behind:
            return True
        is_read = self.reached is None or record.sequence <= self.reached
        return terms.id in self.behind and is_read


def read(
    cursor: ChargingCursor,
    *,
    limit: int,
    order_ids: Collection[UUID] | None = None,
    is_careful: bool = False,
) -> UsageBatch:
    """
    Return usage past the cursor, and older usage of contracts that are behind.

    A careful run takes one or the other, and no more contracts than usage.
    """
    behind = selectors.contracts_behind(
        limit=min(limit, BEHIND_MAX) if is_careful else BEHIND_MAX, order_ids=order_ids
    )
    is_apart = is_careful and bool(behind) and not behind[0].refusal_code
    fresh: list[MeasuredUsage] = []
    if order_ids is None and not is_apart:
        fresh = metering_selectors.usage_after(sequence=cursor.sequence, limit=limit)
    missed: list[MeasuredUsage] = []
    if behind:
        missed = metering_selectors.usage_after(
            sequence=min(contract.watermark for contract in behind),
            limit=limit,
            subjects=[contract.order_id for contract in behind],
        )
    by_id = {record.id: record for record in [*fresh, *missed]}
    return UsageBatch(
        usage=sorted(by_id.values(), key=lambda record: record.sequence),
        cursor=fresh[-1].sequence if fresh else cursor.sequence,
        behind=frozenset(contract.pk for contract in behind),
        reached=missed[-1].sequence if len(missed) == limit else None,
        # What is stuck is tried once a ring: trying it again at once would not end.
        is_full=is_apart
        or len(fresh) == limit
        or (len(missed) == limit and not behind[0].refusal_code),
    )
