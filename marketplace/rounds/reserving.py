"""What of a round's listings stays its own from the seal to the carrying out. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any
from uuid import UUID, uuid5

from common.period import Period
from marketplace.catalog.contracts import AllocationRequest
from marketplace.rounds.contracts import SLOT


def reserved(
    round_id: UUID, sealed: Mapping[str, Any], *, delivers_from: datetime
) -> list[AllocationRequest]:
    """
    Return what is set aside of each listing: what it has in each hour, as far as it is asked for.

    The same figures give the same requests under the same identifiers, so they are taken back by
    computing them again.
    """
    if not sealed["puzzle"]["bins"]:
        return []
    wanted = _wanted(sealed["puzzle"])
    found = []
    for listing, bin_ in zip(sealed["listings"], sealed["puzzle"]["bins"], strict=True):
        much = [min(free, most) for free, most in zip(bin_["free"], wanted, strict=True)]
        found += [
            AllocationRequest(
                order_id=uuid5(round_id, f"{listing['listing']}/{first}"),
                listing_id=UUID(listing["listing"]),
                period=Period(delivers_from + first * SLOT, delivers_from + last * SLOT),
                milli=milli,
            )
            for first, last, milli in _stretches(much)
        ]
    return found


def _wanted(puzzle: Mapping[str, Any]) -> list[int]:
    """Return how much all orders could take at most in each hour."""
    steps = [0] * (len(puzzle["bins"][0]["free"]) + 1)
    for order in puzzle["orders"]:
        choices = order["choices"]
        if choices:
            most = max(each["most"] for each in choices)
            steps[min(each["first"] for each in choices)] += most
            steps[max(each["last"] for each in choices)] -= most
    return list(accumulate(steps[:-1]))


def _stretches(much: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches of hours of which equally much is set aside, and something is."""
    first = 0
    for hour in range(1, len(much) + 1):
        if hour == len(much) or much[hour] != much[first]:
            if much[first]:
                yield first, hour, much[first]
            first = hour
