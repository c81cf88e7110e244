"""What the end of a contract comes to by its plan is charged once, when all else is measured."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from common.period import Period
from marketplace.budgets import services as budgets_services
from marketplace.settlement import folding, locks, selectors
from marketplace.settlement.models import Contract, EarlyEnd
from marketplace.settlement.services.charging import post_and_store
from marketplace.settlement.services.recording import contracts_to_record
from metering import selectors as metering_selectors
from pricing import selectors as pricing_selectors


def charge_ends(
    contracts: Sequence[Contract], *, now: datetime
) -> tuple[list[Contract], dict[UUID, str]]:
    """
    Charge the ends of contracts about to settle, of which nothing is missing any more.

    Those are prepaid hours that nobody used and that are owed from the start, and what early ends
    ask and give back. The fee is taken from what is still held, and what comes back goes the way of
    a correction: cash to cash, vouchers to vouchers. Return the contracts as they stand then, and
    which of them the ledger refused, with the reasons. Whoever asks holds their rows.
    """
    ends = list(EarlyEnd.objects.filter(contract__in=contracts))
    planned = selectors.planned_ends(contracts, ends)
    if not planned:
        return list(contracts), {}
    budgets_services.lock([each.order_id for each in contracts])  # Before accounts, as in clearing.
    orders = [each.order_id for each in contracts if each.pk in planned]
    closing = locks.contracts_of_orders(orders)
    cards = pricing_selectors.rate_cards({each.plan_version_id for each in closing})
    folded = [
        folding.fold_end(
            account,
            planned[contract.pk],
            card=cards[contract.plan_version_id],
            window=_last_window(contract),
        )
        for contract, account in zip(closing, selectors.accounts_of(closing), strict=True)
    ]
    _charges, refused = post_and_store([each for each in folded if each.drafts], now=now)
    moved = contracts_to_record([each.pk for each in contracts if each.pk not in refused])
    return [moved[each.pk] for each in contracts if each.pk in moved], refused


def _last_window(contract: Contract) -> Period:
    """Return the last window of a contract's rule that lies in its time."""
    windows = {rule.id: rule.window_seconds for rule in metering_selectors.rule_versions()}
    length = timedelta(seconds=windows[contract.rule_version_id])
    return Period(max(contract.ends_at - length, contract.starts_at), contract.ends_at)
