"""Many groups of transfers in few statements; what the ledger refuses does not stop the rest."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from ledger import services as ledger
from ledger.contracts import BATCH_MAX, Transfer


def post_groups(groups: Iterable[Sequence[Transfer]]) -> dict[UUID, str]:
    """Post each group wholly or not at all; return the refused groups with their reasons."""
    refused: dict[UUID, str] = {}
    for batch in batches(groups):
        group_of = {transfer.id: transfer.group for transfer in batch}
        for refusal in ledger.post(transfers=batch, partial=True).refused:
            group = group_of[refusal.transfer_id]
            if group is not None:
                refused.setdefault(group, refusal.code)
    return refused


def batches(groups: Iterable[Sequence[Transfer]]) -> Iterator[list[Transfer]]:
    """Yield as many whole groups at a time as one statement may hold."""
    batch: list[Transfer] = []
    for group in groups:
        if batch and len(batch) + len(group) > BATCH_MAX:
            yield batch
            batch = []
        batch += group
    if batch:
        yield batch
