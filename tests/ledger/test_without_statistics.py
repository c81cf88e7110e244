"""
A ledger that grew faster than PostgreSQL's statistics is read along its indexes all the same.

The tests' cluster never gathers statistics by itself, so every plan here is made from none.
"""

import time
from dataclasses import replace

import pytest
from django.db import connection, transaction

from common import tenancy
from common.ids import uuid7
from ledger import account_pages, sealing, selectors
from ledger import services as ledger
from ledger.contracts import AccountSpec, Op, Transfer, TransferRefused
from ledger.models import Account
from tests import databases
from tests.ledger.conftest import install_small_chart, move, rows_read

TRANSFERS = "ledger_transfer%"


@pytest.fixture(scope="module")
def grown(committed_database) -> None:
    """Five thousand transfers, none of which is sealed or paged."""
    install_small_chart()
    for _ in range(5):
        ledger.post(transfers=[move("bank", "acme", 1, "deposit") for _ in range(1_000)])
    with tenancy.acting_as_platform():
        for _ in range(3_000):
            if len(sealing.entries(after=sealing.LogPosition(), limit=10_000)) > 5_000:
                return
            time.sleep(0.1)  # older transactions of other databases hold it up
    pytest.fail("another transaction of the cluster ran for five minutes")


@pytest.fixture
def platform(grown):
    with tenancy.acting_as_platform():
        yield


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("sealable", [True, False])
def test_a_page_of_the_log_is_all_that_is_read_for_it(sealable):
    def read(after: sealing.LogPosition) -> list[sealing.LogEntry]:
        return sealing.entries(after=after, limit=10, sealable=sealable)

    first = read(sealing.LogPosition())
    middle = list(sealing.every_entry())[3_000].position

    assert len(first) == 10
    assert rows_read(TRANSFERS, lambda: read(middle)) <= 30


@pytest.mark.usefixtures("platform")
def test_a_step_of_paging_reads_what_it_pages():
    paged = [account_pages.extend(limit=1_000)]

    read = rows_read(TRANSFERS, lambda: paged.append(account_pages.extend(limit=100)))

    assert paged == [1_000, 100]
    assert read <= 300


@pytest.mark.usefixtures("platform")
def test_what_is_newer_than_the_pages_is_all_that_is_read_for_it():
    while account_pages.extend():
        pass
    acme = Account.objects.get(code="acme").pk
    ledger.post(transfers=[move("bank", "acme", 1, "deposit") for _ in range(7)])

    assert len(account_pages.history(account_id=acme)[1]) == 7
    assert rows_read(TRANSFERS, lambda: account_pages.history(account_id=acme)) <= 30
    assert selectors.balances(["acme"])["acme"].posted == 5_007


@pytest.mark.usefixtures("platform")
def test_a_repeated_or_refused_transfer_is_looked_up_by_its_key():
    again = move("bank", "acme", 1, "deposit")
    ledger.post(transfers=[again])

    assert rows_read(TRANSFERS, lambda: ledger.post(transfers=[again])) <= 60


def test_one_of_many_holds_is_found_by_its_key_in_a_session_that_knew_few(
    grown, committed_database
):
    def held() -> Transfer:
        return move("acme", "provider", 1, "order", op=Op.HOLD)

    def capture(hold: Transfer) -> Transfer:
        return replace(hold, id=uuid7(), op=Op.CAPTURE, hold_id=hold.id)

    first, *many = [held() for _ in range(3_000)]
    ledger.post(transfers=[first])
    with databases.admin(committed_database) as admin:
        admin.execute("VACUUM ANALYZE ledger_hold")
    ledger.post(transfers=[capture(first)])
    ledger.post(transfers=many)

    read = rows_read("ledger_hold", lambda: ledger.post(transfers=[capture(many[1_500])]))

    assert read <= 20


def test_thousands_of_captures_in_one_batch_take_no_longer_each(grown):
    """Any way to pair so many with their holds but by key takes tens of millions of steps."""
    holds = [move("acme", "provider", 1, "order", op=Op.HOLD) for _ in range(8_000)]
    captures = [replace(one, id=uuid7(), op=Op.CAPTURE, hold_id=one.id) for one in holds]
    short = move("acme", "provider", 10**12, "order")
    ledger.post(transfers=[move("bank", "acme", 8_000, "deposit"), *holds])

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5s'")  # a quarter of a second is enough
        with pytest.raises(TransferRefused) as refusal:
            ledger.post(transfers=[*captures, short])
        ledger.post(transfers=captures)

    assert refusal.value.refused.account == "acme"


def test_a_short_account_is_named_without_reading_all_balances(grown):
    """In a session that was refused something when there were few accounts."""
    with pytest.raises(TransferRefused):
        ledger.post(transfers=[move("acme", "provider", 10**12, "order")])
    ledger.open_accounts(
        specs=[AccountSpec(f"cash:late:{number}", "CNY", "cash") for number in range(3_000)]
    )

    def refused() -> None:
        with pytest.raises(TransferRefused):
            ledger.post(transfers=[move("cash:late:7", "provider", 1, "order")])

    assert rows_read("ledger_balance", refused) <= 10


def test_a_reversal_finds_what_it_takes_back_by_its_key(grown):
    done = move("bank", "acme", 1, "deposit")
    ledger.post(transfers=[done])
    back = move("acme", "bank", 1, "correction", reverses=done.id)

    assert rows_read(TRANSFERS, lambda: ledger.post(transfers=[back])) <= 60
