"""A small chart of accounts, and a bank that money comes from."""

from uuid import UUID

import pytest

from common.ids import uuid7
from ledger import services as ledger
from ledger.contracts import AccountSpec, Transfer

ACME = UUID("01900000-0000-7000-8000-00000000acce")
GLOBEX = UUID("01900000-0000-7000-8000-0000000010be")


def install_small_chart() -> None:
    ledger.define_asset(code="CNY", scale=2, asset_class="money")
    ledger.define_asset(code="VCH-1", scale=2, asset_class="voucher")
    for name, rule, deferred in [
        ("bank", "N", False),
        ("cash", "D", False),
        ("payable", "N", False),
        ("fee", "N", True),
        ("stock", "C", False),
        ("budget", "N", False),
        ("pool", "D", False),
        ("voucher", "D", False),
        ("claim", "N", False),
    ]:
        ledger.define_kind(name=name, rule=rule, deferred=deferred)
    for asset, debit_kind, credit_kind, reason in [
        ("CNY", "bank", "cash", "deposit"),
        ("CNY", "cash", "bank", "withdrawal"),
        ("CNY", "cash", "bank", "correction"),
        ("CNY", "cash", "payable", "order"),
        ("CNY", "cash", "cash", "gift"),
        ("CNY", "payable", "cash", "correction"),
        ("CNY", "payable", "fee", "fee"),
        ("CNY", "stock", "bank", "buy_in"),
        ("CNY", "bank", "stock", "sell_off"),
        ("*voucher", "budget", "pool", "budget"),
        ("*voucher", "pool", "voucher", "issue"),
        ("*voucher", "voucher", "claim", "order"),
        ("*voucher", "voucher", "pool", "expire"),
    ]:
        ledger.allow_flow(
            asset=asset, debit_kind=debit_kind, credit_kind=credit_kind, reason=reason
        )
    ledger.open_accounts(
        specs=[
            AccountSpec("bank", "CNY", "bank"),
            AccountSpec("acme", "CNY", "cash", ACME),
            AccountSpec("globex", "CNY", "cash", GLOBEX),
            AccountSpec("provider", "CNY", "payable", GLOBEX),
            AccountSpec("fee", "CNY", "fee"),
            AccountSpec("stock", "CNY", "stock"),
            AccountSpec("budget", "VCH-1", "budget"),
            AccountSpec("pool", "VCH-1", "pool"),
            AccountSpec("voucher", "VCH-1", "voucher", ACME),
            AccountSpec("claim", "VCH-1", "claim", GLOBEX),
        ]
    )


def move(debit, credit, amount, reason, **more) -> Transfer:
    """Return a transfer of yuan's hundredths under a new identifier."""
    more.setdefault("asset", "CNY")
    more.setdefault("id", uuid7())
    return Transfer(debit=debit, credit=credit, amount=amount, reason=reason, **more)


@pytest.fixture
def chart(db) -> None:
    install_small_chart()


@pytest.fixture
def funded(chart) -> None:
    """Acme paid in 1,000.00 yuan."""
    ledger.post(transfers=[move("bank", "acme", 100_000, "deposit")])
