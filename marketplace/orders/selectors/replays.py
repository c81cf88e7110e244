"""Clearing rounds, computed again."""

from dataclasses import dataclass
from typing import Any

from marketplace.orders import frozen, rules
from marketplace.orders.selectors.listing import clearing_round


@dataclass(frozen=True, slots=True)
class RoundReplay:
    """What an auditor learns from computing a round again."""

    number: str
    rule_version: str
    orders: int
    input_hash: str
    input_is_intact: bool
    output_hash: str
    output_is_the_same: bool

    @property
    def is_right(self) -> bool:
        """Return whether the round says what its rule makes of its snapshot."""
        return self.input_is_intact and self.output_is_the_same


def round_file(*, number: str) -> dict[str, Any]:
    """
    Return a round as the script reads it that clears it again.

    :raises RoundNotFound: if there is no such round
    """
    stored = clearing_round(number=number)
    names = ("number", "rule_version", "seed", "input_hash", "output_hash", "result")
    told = {name: getattr(stored, name) for name in names}
    return {**told, "snapshot": stored.whole_snapshot, "late_refusals": stored.late_refusals}


def replay(*, number: str) -> RoundReplay:
    """
    Compute a round again from its stored snapshot.

    :raises RoundNotFound: if there is no such round
    """
    stored = clearing_round(number=number)
    snapshot = stored.whole_snapshot
    result = frozen.plain_snapshot(rules.clear(frozen.thawed_snapshot(snapshot)))
    return RoundReplay(
        number=stored.number,
        rule_version=stored.rule_version,
        orders=stored.order_count,
        input_hash=stored.input_hash,
        input_is_intact=frozen.hash_of(snapshot) == stored.input_hash,
        output_hash=stored.output_hash,
        output_is_the_same=(
            result == stored.result and frozen.hash_of(result) == stored.output_hash
        ),
    )
