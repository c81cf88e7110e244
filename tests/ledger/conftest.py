"""A small chart of accounts, and a bank that money comes from."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.db import connection, connections, transaction

from common import tenancy
from common.ids import uuid7
from ledger import sealing
from ledger import services as ledger
from ledger.contracts import AccountSpec, FlowSpec, KindSpec, Transfer
from tests import databases, environment

ACME = UUID("01900000-0000-7000-8000-00000000acce")
GLOBEX = UUID("01900000-0000-7000-8000-0000000010be")


def install_small_chart() -> None:
    ledger.define_asset(code="CNY", scale=2, asset_class="money")
    ledger.define_asset(code="VCH-1", scale=2, asset_class="voucher")
    ledger.define_kinds(
        specs=[
            KindSpec("bank", "N"),
            KindSpec("cash", "D"),
            KindSpec("payable", "N"),
            KindSpec("fee", "N", deferred=True),
            KindSpec("stock", "C"),
            KindSpec("budget", "N"),
            KindSpec("pool", "D"),
            KindSpec("voucher", "D"),
            KindSpec("claim", "N"),
        ]
    )
    ledger.allow_flows(
        specs=[
            FlowSpec("CNY", "bank", "cash", "deposit"),
            FlowSpec("CNY", "cash", "bank", "withdrawal"),
            FlowSpec("CNY", "cash", "bank", "correction"),
            FlowSpec("CNY", "cash", "payable", "order"),
            FlowSpec("CNY", "cash", "cash", "gift"),
            FlowSpec("CNY", "payable", "cash", "correction"),
            FlowSpec("CNY", "payable", "fee", "fee"),
            FlowSpec("CNY", "stock", "bank", "buy_in"),
            FlowSpec("CNY", "bank", "stock", "sell_off"),
            FlowSpec("*voucher", "budget", "pool", "budget"),
            FlowSpec("*voucher", "pool", "voucher", "issue"),
            FlowSpec("*voucher", "voucher", "claim", "order"),
            FlowSpec("*voucher", "voucher", "pool", "expire"),
        ]
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


@pytest.fixture(scope="module")
@databases.maker
def committed_database(django_db_setup, django_db_blocker) -> Iterator[str]:
    """A database of this module's own, where the tests commit one after the other."""
    with django_db_blocker.unblock():
        connections.close_all()
        databases.clone(environment.DATABASE)
        yield environment.DATABASE
        connections.close_all()
        databases.drop(environment.DATABASE)


def seal_everything() -> int:
    """Seal until nothing is left; older transactions of other databases may hold it up a while."""
    sealed = 0
    for _ in range(3_000):
        sealed += sealing.seal()
        with tenancy.acting_as_platform():
            position = sealing.last_sealed()[1]
            if not sealing.entries(after=position, limit=1, sealable=False):
                return sealed
        time.sleep(0.1)
    pytest.fail("another transaction of the cluster ran for five minutes")


def rows_read(tables: str, act: Callable[[], object]) -> int:
    """Return how many rows of tables of such names were read for an act, in one transaction."""

    def so_far() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(coalesce(idx_tup_fetch, 0) + seq_tup_read), 0)::bigint"
                " FROM pg_stat_xact_user_tables WHERE relname LIKE %s",
                [tables],
            )
            return cursor.fetchone()[0]

    with transaction.atomic():
        before = so_far()
        act()
        return so_far() - before


@contextmanager
def tampered(database: str, table: str, statement: str) -> Iterator[None]:
    """Change a table as a superuser who switches every trigger off; put it back afterwards."""
    with databases.admin(database) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table}")
        assert admin.execute(statement).rowcount > 0
        try:
            yield
        finally:
            admin.execute(f"DELETE FROM {table}")
            admin.execute(f"INSERT INTO {table} SELECT * FROM kept")
