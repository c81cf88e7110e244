"""Providers that earned something, and a finance desk of two."""

from datetime import timedelta

from common import tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import Organization
from ledger import services as ledger
from ledger.contracts import Transfer, derived_id
from marketplace import accounts
from marketplace.orders.models import Order
from marketplace.payouts import services
from marketplace.payouts.contracts import NewAccount
from marketplace.payouts.models import BankAccount, PayoutLine, PayoutRun
from marketplace.settlement.models import Contract
from tests import cast
from tests.settlement.cast import NOON, Market, balance

TODAY = NOON.date() + timedelta(days=3)
NOW = NOON + timedelta(days=3)


def account(provider: Organization, number: str = "6222000000001234", **facts) -> BankAccount:
    """Let a provider be paid to an account that has cooled."""
    person = cast.member(provider, Role.PROVIDER)
    return services.set_bank_account(
        provider_id=provider.pk,
        account=NewAccount(
            holder=provider.name,
            bank_name="ICBC",
            bank_code="102100099996",
            account_number=number,
        ),
        person_id=person.pk,
        **{"now": NOON - timedelta(days=9)} | facts,
    )


def desk() -> list[Person]:
    office = cast.organization("Desk")
    return [Person(cast.member(office, Role.FINANCE).pk, office.pk) for _n in range(2)]


def propose(by: Person, *, threshold: int = 1_00, **facts):
    return services.propose_run(
        **{"until": TODAY, "threshold_minor": threshold, "by": by, "now": NOW} | facts
    )


def approve(proposed, by: Person) -> PayoutRun:
    return services.approve_run(
        proposal_id=proposed.id, person_id=by.id, organization_id=by.organization_id, now=NOW
    )


def approved(two: list[Person], **facts) -> PayoutRun:
    _run, proposed = propose(two[0], **facts)
    return approve(proposed, two[1])


def earned(cards: str = "6") -> Market:
    """Return a market whose provider is owed ¥69.84 for six card-hours."""
    market = Market()
    market.use(market.order(cards=8, hours=2), cards)
    market.settle()
    return market


def earn_more(provider: Organization, minor: int, key: str) -> None:
    """Let a buyer pay a provider in an adjustment's way: what it is owed becomes more."""
    payer = accounts.platform_fee()
    ledger.post(
        transfers=[
            Transfer(
                id=derived_id(NOON, provider.pk, key),
                debit=payer,
                credit=accounts.provider_payable(provider.pk),
                asset=accounts.CNY,
                amount=minor,
                reason=accounts.TransferReason.ADJUSTMENT,
                effective_at=NOON,
            )
        ]
    )


def payable(provider: Organization) -> int:
    return balance(accounts.provider_payable(provider.pk)).posted


def owed(provider: Organization) -> int:
    return balance(accounts.provider_receivable(provider.pk)).posted


def lines(run: PayoutRun) -> list[PayoutLine]:
    with tenancy.acting_as_platform():
        return list(
            PayoutLine.objects.filter(run=run).select_related("movement", "account").order_by("id")
        )


__all__ = ["NOON", "NOW", "TODAY", "Contract", "Market", "Order"]
