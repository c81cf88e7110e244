"""
The chart of accounts: which accounts the market keeps, and between which of them value may move.

Codes are stable text, so that any room names an account without asking the ledger for its number.
Every asset has minor units of a hundredth (fen).
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from ledger import classes
from ledger import services as ledger_services
from ledger.contracts import AccountSpec, FlowSpec, KindSpec

CNY: Final = "CNY"
CHANNELS: Final = ("BANK", "STRIPE")  # by which money leaves, each with clearing of its own


class AccountKind(StrEnum):
    """What an account is for; `KINDS` says which of them have a floor."""

    BANK = "bank"  # money outside the market; no floor
    GATEWAY = "gateway"  # money that the payment gateway keeps for the market; no floor
    CLEARING_IN = "clearing_in"  # arrived at the bank, not yet known for whom; zero in the end
    CLEARING_OUT = "clearing_out"  # sent, not yet confirmed, by channel; zero in the end
    BUYER_CASH = "buyer_cash"  # what a buyer paid in; debits may not exceed credits
    PROVIDER_PAYABLE = "provider_payable"  # what the market owes a provider; floor
    PROVIDER_RECEIVABLE = "provider_receivable"  # what a provider owes the market
    PLATFORM_FEE = "platform_fee"  # revenue; hot, no floor
    TAX_WITHHELD = "tax_withheld"  # taken at payouts, owed to the tax office; floor
    VOUCHER_BUDGET = "voucher_budget"  # where a programme's budget comes from; no floor
    VOUCHER_POOL = "voucher_pool"  # a programme's budget left to issue; floor
    VOUCHER = "voucher"  # one voucher; floor
    VOUCHER_CLAIM = "voucher_claim"  # captured vouchers that a provider may claim
    VOUCHER_CLAIMED = "voucher_claimed"  # of them, what is being claimed; floor


class TransferReason(StrEnum):
    """Why value moves; with asset and kinds it forms the white list of flows."""

    DEPOSIT = "deposit"
    STATEMENT = "statement"  # a line of the bank's statement
    WITHDRAWAL = "withdrawal"  # to a bank account
    REFUND = "refund"  # to a card or wallet
    PAYOUT = "payout"
    REMITTED = "remitted"  # what was sent has left
    RETURNED = "returned"  # what was sent came back
    ORDER_CASH = "order_cash"  # hold at clearing, capture with charges
    FEE = "fee"
    BUDGET = "budget"
    ISSUE = "issue"
    ORDER_VOUCHER = "order_voucher"
    EXPIRE = "expire"
    CLAW_BACK = "claw_back"
    CORRECTION = "correction"
    ADJUSTMENT = "adjustment"  # agreed on by two persons, without usage
    CLAIM = "claim"  # what vouchers paid is claimed from its programme
    CLAIM_BACK = "claim_back"
    CLAIM_PAID = "claim_paid"
    REIMBURSE = "reimburse"  # what a buyer paid itself is granted afterwards
    TAX = "tax"  # withheld at a payout
    NETTING = "netting"  # what a provider owes, taken from what it is owed


class AccountClass(StrEnum):
    """Where accountants look for an account in the market's books."""

    ASSETS = "assets"  # debits are positive
    LIABILITIES = "liabilities"  # credits are
    REVENUE = "revenue"  # credits are


VOUCHER_CLASS: Final = "voucher"
SCALE: Final = 2


class KindRule(NamedTuple):
    """How the ledger keeps a kind: D may not be overdrawn, C is only owed, N has no floor."""

    rule: str
    is_deferred: bool = False


class ChartFlow(NamedTuple):
    """One way in which value may move."""

    debit: AccountKind
    credit: AccountKind
    reason: TransferReason


KINDS: Final = {
    AccountKind.BANK: KindRule("N"),
    AccountKind.GATEWAY: KindRule("N", is_deferred=True),
    AccountKind.CLEARING_IN: KindRule("D"),
    AccountKind.CLEARING_OUT: KindRule("D"),
    AccountKind.BUYER_CASH: KindRule("D"),
    AccountKind.PROVIDER_PAYABLE: KindRule("D"),
    AccountKind.PROVIDER_RECEIVABLE: KindRule("C"),
    AccountKind.PLATFORM_FEE: KindRule("N", is_deferred=True),
    AccountKind.TAX_WITHHELD: KindRule("D"),
    AccountKind.VOUCHER_BUDGET: KindRule("N"),
    AccountKind.VOUCHER_POOL: KindRule("D"),
    AccountKind.VOUCHER: KindRule("D"),
    AccountKind.VOUCHER_CLAIM: KindRule("N"),
    AccountKind.VOUCHER_CLAIMED: KindRule("D"),
}

# What a programme draws its budget from, it owes the market once a provider claims it.
CLASSES: Final = dict.fromkeys(AccountKind, AccountClass.LIABILITIES) | {
    AccountKind.BANK: AccountClass.ASSETS,
    AccountKind.GATEWAY: AccountClass.ASSETS,
    AccountKind.PROVIDER_RECEIVABLE: AccountClass.ASSETS,
    AccountKind.VOUCHER_BUDGET: AccountClass.ASSETS,
    AccountKind.PLATFORM_FEE: AccountClass.REVENUE,
}

classes.register_classes({kind: each.capitalize() for kind, each in CLASSES.items()})

CASH_FLOWS: Final = (
    ChartFlow(AccountKind.BANK, AccountKind.BUYER_CASH, TransferReason.DEPOSIT),
    ChartFlow(AccountKind.BUYER_CASH, AccountKind.BANK, TransferReason.WITHDRAWAL),
    ChartFlow(AccountKind.GATEWAY, AccountKind.BUYER_CASH, TransferReason.DEPOSIT),
    ChartFlow(AccountKind.BANK, AccountKind.CLEARING_IN, TransferReason.STATEMENT),
    ChartFlow(AccountKind.CLEARING_IN, AccountKind.BUYER_CASH, TransferReason.DEPOSIT),
    ChartFlow(AccountKind.CLEARING_IN, AccountKind.BANK, TransferReason.RETURNED),
    ChartFlow(AccountKind.CLEARING_IN, AccountKind.GATEWAY, TransferReason.STATEMENT),
    ChartFlow(AccountKind.BUYER_CASH, AccountKind.CLEARING_OUT, TransferReason.WITHDRAWAL),
    ChartFlow(AccountKind.BUYER_CASH, AccountKind.CLEARING_OUT, TransferReason.REFUND),
    ChartFlow(AccountKind.PROVIDER_PAYABLE, AccountKind.CLEARING_OUT, TransferReason.PAYOUT),
    ChartFlow(AccountKind.CLEARING_OUT, AccountKind.BANK, TransferReason.REMITTED),
    ChartFlow(AccountKind.CLEARING_OUT, AccountKind.GATEWAY, TransferReason.REMITTED),
    ChartFlow(AccountKind.BANK, AccountKind.CLEARING_OUT, TransferReason.RETURNED),
    ChartFlow(AccountKind.GATEWAY, AccountKind.CLEARING_OUT, TransferReason.RETURNED),
    ChartFlow(AccountKind.CLEARING_OUT, AccountKind.BUYER_CASH, TransferReason.RETURNED),
    ChartFlow(AccountKind.CLEARING_OUT, AccountKind.PROVIDER_PAYABLE, TransferReason.RETURNED),
    ChartFlow(AccountKind.BUYER_CASH, AccountKind.PROVIDER_PAYABLE, TransferReason.ORDER_CASH),
    ChartFlow(AccountKind.PROVIDER_PAYABLE, AccountKind.PLATFORM_FEE, TransferReason.FEE),
    ChartFlow(AccountKind.PROVIDER_PAYABLE, AccountKind.BUYER_CASH, TransferReason.CORRECTION),
    ChartFlow(AccountKind.PLATFORM_FEE, AccountKind.PROVIDER_PAYABLE, TransferReason.CORRECTION),
    # What a payable does not cover, the provider owes.
    ChartFlow(AccountKind.PROVIDER_RECEIVABLE, AccountKind.PLATFORM_FEE, TransferReason.FEE),
    ChartFlow(AccountKind.PROVIDER_RECEIVABLE, AccountKind.BUYER_CASH, TransferReason.CORRECTION),
    ChartFlow(
        AccountKind.PROVIDER_PAYABLE, AccountKind.PROVIDER_RECEIVABLE, TransferReason.NETTING
    ),
    ChartFlow(AccountKind.PROVIDER_PAYABLE, AccountKind.TAX_WITHHELD, TransferReason.TAX),
    ChartFlow(AccountKind.TAX_WITHHELD, AccountKind.PROVIDER_PAYABLE, TransferReason.RETURNED),
    *(
        ChartFlow(debit, credit, TransferReason.ADJUSTMENT)
        for debit, credit in (
            (AccountKind.PLATFORM_FEE, AccountKind.BUYER_CASH),
            (AccountKind.PLATFORM_FEE, AccountKind.PROVIDER_PAYABLE),
            (AccountKind.PROVIDER_PAYABLE, AccountKind.BUYER_CASH),
            (AccountKind.PROVIDER_PAYABLE, AccountKind.PLATFORM_FEE),
            (AccountKind.PROVIDER_RECEIVABLE, AccountKind.BUYER_CASH),
            (AccountKind.PROVIDER_RECEIVABLE, AccountKind.PLATFORM_FEE),
            (AccountKind.BUYER_CASH, AccountKind.PROVIDER_PAYABLE),
            (AccountKind.BUYER_CASH, AccountKind.PLATFORM_FEE),
        )
    ),
)

# No flow leads from one voucher to another, nor from a voucher to cash: resale has no way.
VOUCHER_FLOWS: Final = (
    ChartFlow(AccountKind.VOUCHER_BUDGET, AccountKind.VOUCHER_POOL, TransferReason.BUDGET),
    ChartFlow(AccountKind.VOUCHER_POOL, AccountKind.VOUCHER, TransferReason.ISSUE),
    ChartFlow(AccountKind.VOUCHER, AccountKind.VOUCHER_CLAIM, TransferReason.ORDER_VOUCHER),
    ChartFlow(AccountKind.VOUCHER, AccountKind.VOUCHER_POOL, TransferReason.EXPIRE),
    ChartFlow(AccountKind.VOUCHER, AccountKind.VOUCHER_POOL, TransferReason.CLAW_BACK),
    ChartFlow(AccountKind.VOUCHER_CLAIM, AccountKind.VOUCHER, TransferReason.CORRECTION),
    ChartFlow(AccountKind.VOUCHER_CLAIM, AccountKind.VOUCHER_CLAIMED, TransferReason.CLAIM),
    ChartFlow(AccountKind.VOUCHER_CLAIMED, AccountKind.VOUCHER_CLAIM, TransferReason.CLAIM_BACK),
    ChartFlow(AccountKind.VOUCHER_CLAIMED, AccountKind.VOUCHER_BUDGET, TransferReason.CLAIM_PAID),
    # What is paid back for a claw-back, and what of that turned out to be too much.
    ChartFlow(AccountKind.VOUCHER_BUDGET, AccountKind.VOUCHER_POOL, TransferReason.ADJUSTMENT),
    ChartFlow(AccountKind.VOUCHER_POOL, AccountKind.VOUCHER_BUDGET, TransferReason.ADJUSTMENT),
    # Reimbursed afterwards: no voucher stands between the pool and what is claimed.
    ChartFlow(AccountKind.VOUCHER_POOL, AccountKind.VOUCHER_CLAIMED, TransferReason.REIMBURSE),
    ChartFlow(AccountKind.VOUCHER_CLAIMED, AccountKind.VOUCHER_POOL, TransferReason.CLAIM_BACK),
)


def install_chart() -> None:
    """Define the asset, the kinds, the flows and the market's own accounts; safe to repeat."""
    ledger_services.define_asset(code=CNY, scale=SCALE, asset_class="money")
    ledger_services.define_kinds(
        specs=[KindSpec(kind, kept.rule, kept.is_deferred) for kind, kept in KINDS.items()]
    )
    ledger_services.allow_flows(
        specs=[
            FlowSpec(asset, flow.debit, flow.credit, flow.reason)
            for asset, flows in ((CNY, CASH_FLOWS), (f"*{VOUCHER_CLASS}", VOUCHER_FLOWS))
            for flow in flows
        ]
    )
    ledger_services.open_accounts(
        specs=[
            AccountSpec(bank(), CNY, AccountKind.BANK),
            AccountSpec(gateway(), CNY, AccountKind.GATEWAY),
            AccountSpec(clearing_in(), CNY, AccountKind.CLEARING_IN),
            *(
                AccountSpec(clearing_out(channel), CNY, AccountKind.CLEARING_OUT)
                for channel in CHANNELS
            ),
            AccountSpec(platform_fee(), CNY, AccountKind.PLATFORM_FEE),
            AccountSpec(tax_withheld(), CNY, AccountKind.TAX_WITHHELD),
        ]
    )


def open_programme(programme_code: str, *, issuer_id: UUID) -> None:
    """Define a programme's asset and open the accounts of its budget and pool."""
    asset = programme_asset(programme_code)
    ledger_services.define_asset(code=asset, scale=SCALE, asset_class=VOUCHER_CLASS)
    ledger_services.open_accounts(
        specs=[
            AccountSpec(
                voucher_budget(programme_code), asset, AccountKind.VOUCHER_BUDGET, issuer_id
            ),
            AccountSpec(voucher_pool(programme_code), asset, AccountKind.VOUCHER_POOL, issuer_id),
        ]
    )


def open_buyers(organization_ids: Collection[UUID]) -> None:
    """Open the cash accounts of buyers that have none."""
    ledger_services.open_accounts(
        specs=[
            AccountSpec(buyer_cash(each), CNY, AccountKind.BUYER_CASH, each)
            for each in sorted(set(organization_ids))
        ]
    )


def open_providers(organization_ids: Collection[UUID]) -> None:
    """Open the accounts of what is owed to and by providers that have none."""
    ledger_services.open_accounts(
        specs=[
            AccountSpec(code(each), CNY, kind, each)
            for each in sorted(set(organization_ids))
            for kind, code in (
                (AccountKind.PROVIDER_PAYABLE, provider_payable),
                (AccountKind.PROVIDER_RECEIVABLE, provider_receivable),
            )
        ]
    )


def open_claimed(claims: Collection[tuple[str, UUID]]) -> None:
    """Open the accounts of what providers are claiming from programmes: (programme, provider)."""
    ledger_services.open_accounts(
        specs=[
            AccountSpec(
                voucher_claimed(code, provider_id),
                programme_asset(code),
                AccountKind.VOUCHER_CLAIMED,
                provider_id,
            )
            for code, provider_id in sorted(set(claims))
        ]
    )


def open_claims(claims: Collection[tuple[str, UUID]]) -> None:
    """Open the accounts of what providers may claim from programmes: (programme, provider)."""
    ledger_services.open_accounts(
        specs=[
            AccountSpec(
                voucher_claim(code, provider_id),
                programme_asset(code),
                AccountKind.VOUCHER_CLAIM,
                provider_id,
            )
            for code, provider_id in sorted(set(claims))
        ]
    )


def programme_asset(programme_code: str) -> str:
    """Return the asset of a voucher programme; vouchers of two programmes never mix."""
    return f"VCH-{programme_code}"


def programme_of(asset: str) -> str:
    """Return the code of the programme that an asset of vouchers belongs to."""
    return asset.removeprefix("VCH-")


def bank() -> str:
    """Return the code of the account for money outside the market."""
    return "bank:CNY"


def gateway() -> str:
    """Return the code of the account of money that the payment gateway keeps for the market."""
    return "gateway:CNY"


def clearing_in() -> str:
    """Return the code of the account of money that arrived and belongs to nobody known yet."""
    return "clearing_in:CNY"


def clearing_out(channel: str) -> str:
    """Return the code of the account of money that was sent by a channel and is not confirmed."""
    return f"clearing_out:{channel}"


def platform_fee() -> str:
    """Return the code of the market's fee account."""
    return "platform_fee:CNY"


def tax_withheld() -> str:
    """Return the code of the account of tax that was withheld from providers."""
    return "tax_withheld:CNY"


def buyer_cash(organization_id: UUID) -> str:
    """Return the code of a buyer's cash account."""
    return f"buyer_cash:{organization_id}"


def provider_payable(organization_id: UUID) -> str:
    """Return the code of the account of what the market owes a provider."""
    return f"provider_payable:{organization_id}"


def provider_receivable(organization_id: UUID) -> str:
    """Return the code of the account of what a provider owes the market."""
    return f"provider_receivable:{organization_id}"


def voucher_budget(programme_code: str) -> str:
    """Return the code of the account that a programme's budget is drawn from."""
    return f"voucher_budget:{programme_code}"


def voucher_pool(programme_code: str) -> str:
    """Return the code of a programme's pool."""
    return f"voucher_pool:{programme_code}"


def voucher(voucher_id: UUID) -> str:
    """Return the code of one voucher's account."""
    return f"voucher:{voucher_id}"


def voucher_claim(programme_code: str, organization_id: UUID) -> str:
    """Return the code of the account of a provider's captured vouchers of a programme."""
    return f"voucher_claim:{programme_code}:{organization_id}"


def voucher_claimed(programme_code: str, organization_id: UUID) -> str:
    """Return the code of the account of what a provider is claiming from a programme."""
    return f"voucher_claimed:{programme_code}:{organization_id}"
