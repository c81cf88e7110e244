"""Many groups of transfers in few statements; what the ledger refuses does not stop the rest."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from ledger import services as ledger_services
from ledger.contracts import Transfer


def post_groups(groups: Iterable[Sequence[Transfer]]) -> dict[UUID, str]:
    """Post each group wholly or not at all; return the refused groups with their reasons."""
    transfers = [transfer for group in groups for transfer in group]
    group_of = {transfer.id: transfer.group for transfer in transfers}
    refused: dict[UUID, str] = {}
    for refusal in ledger_services.post(transfers=transfers, partial=True).refused:
        group = group_of[refusal.transfer_id]
        if group is not None:
            refused.setdefault(group, refusal.code)
    return refused
