"""Payables have a floor: what they do not cover, their providers owe on accounts of their own."""

from collections.abc import Sequence
from uuid import UUID

from ledger import selectors as ledger_selectors
from ledger.contracts import Transfer
from marketplace import accounts
from marketplace.settlement import postings

Group = tuple[UUID, Sequence[Transfer]]  # a provider, and transfers that post together


def within_payables(groups: Sequence[Group]) -> list[Sequence[Transfer]]:
    """
    Return groups of transfers of which none takes more from a payable than there is.

    Balances are asked for only where a group takes more than it brings. They may move before the
    ledger posts: then it refuses the group, and a later run tries it again.
    """
    short = [
        postings.payable_short(transfers, accounts.provider_payable(provider_id))
        for provider_id, transfers in groups
    ]
    left = payables_left(
        [each for (each, _moves), lacks in zip(groups, short, strict=True) if lacks]
    )
    result: list[Sequence[Transfer]] = []
    for (provider_id, transfers), lacks in zip(groups, short, strict=True):
        owed = max(0, lacks - left.get(provider_id, 0))
        if lacks:
            left[provider_id] -= lacks - owed
        result.append(
            postings.within_payable(transfers, provider_id, owed_minor=owed) if owed else transfers
        )
    return result


def payables_left(provider_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return what may still leave the payables of providers; their accounts are opened."""
    if not provider_ids:
        return {}
    accounts.open_providers(provider_ids)
    codes = {accounts.provider_payable(each): each for each in provider_ids}
    found = ledger_selectors.balances(list(codes))
    return {codes[code]: max(0, balance.available) for code, balance in found.items()}
