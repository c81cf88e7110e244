"""What rooms above the register know of organisations that come, and of those that leave."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from identity.onboarding import facts, leaving
from identity.onboarding.contracts import LeftOver
from identity.webhooks import services as webhooks_services
from ledger import selectors as ledger_selectors
from marketplace.accounts import AccountKind
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import ListingState
from marketplace.claims import selectors as claims_selectors
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.orders import selectors as orders_selectors
from marketplace.payouts import selectors as payouts_selectors


def _has_bank_account(organization_id: UUID, _now: datetime) -> bool:
    return payouts_selectors.bank_account(provider_id=organization_id) is not None


def _orders(organization_id: UUID, _now: datetime) -> LeftOver:
    count = orders_selectors.unfinished_count(organization_id=organization_id)
    return LeftOver("orders", _("Orders that are not settled"), count)


def _deliveries(organization_id: UUID, _now: datetime) -> LeftOver:
    count = fulfilment_selectors.running_count(organization_id=organization_id)
    return LeftOver("deliveries", _("Deliveries that are not over"), count)


def _claims(organization_id: UUID, _now: datetime) -> LeftOver:
    count = claims_selectors.open_count(organization_id=organization_id)
    return LeftOver("claims", _("Claims that are not paid or returned"), count)


def _balances(organization_id: UUID, _now: datetime) -> LeftOver:
    found = ledger_selectors.numbered(kinds=KEEP_MONEY, owner_id=organization_id)
    balances = ledger_selectors.balances([each.code for each in found]).values()
    count = sum(1 for each in balances if each.posted or each.pending or each.incoming)
    return LeftOver("balances", _("Accounts with a balance or something held"), count)


def _listings(organization_id: UUID, _now: datetime) -> LeftOver:
    offered = catalog_selectors.listings_of(organization_id)
    count = offered.exclude(state=ListingState.CLOSED).count()
    return LeftOver("listings", _("Listings that are not closed"), count, ends_with_it=True)


KEEP_MONEY: Final = (
    AccountKind.BUYER_CASH,
    AccountKind.PROVIDER_PAYABLE,
    AccountKind.PROVIDER_RECEIVABLE,
    AccountKind.VOUCHER,
    AccountKind.VOUCHER_CLAIM,
    AccountKind.VOUCHER_CLAIMED,
    AccountKind.VOUCHER_POOL,
)
FACTS: Final = {"bank_account": _has_bank_account}
LEFT: Final = (_orders, _deliveries, _claims, _balances, _listings)


def _end_offers(organization_id: UUID, now: datetime) -> None:
    catalog_services.close_all_listings(provider_id=organization_id, now=now)


def _end_webhooks(organization_id: UUID, now: datetime) -> None:
    webhooks_services.pause_all(organization_id=organization_id, now=now)


def install() -> None:
    """Make what they know known to the room of coming and leaving."""
    facts.install(FACTS)
    leaving.install(LEFT, (_end_offers, _end_webhooks))
