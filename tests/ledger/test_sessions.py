"""Posting from sessions that wait for each other, keep an old snapshot, or were cut off."""

import time
from collections.abc import Callable, Sequence
from threading import Thread

import psycopg
import pytest
from django.db import connection, connections, transaction

from common import tenancy
from ledger import numbers, selectors
from ledger import services as ledger
from ledger.contracts import Op, Transfer, TransferRefused
from ledger.models import Account
from tests import databases
from tests.ledger.conftest import install_small_chart, move

BALANCE = "SELECT FROM ledger_balance WHERE account_id = %s FOR UPDATE NOWAIT"


@pytest.fixture(scope="module", autouse=True)
def rich(committed_database) -> None:
    install_small_chart()
    ledger.post(transfers=[move("bank", code, 100, "deposit") for code in ("acme", "globex")])


def elsewhere(act: Callable[[], object]) -> Thread:
    """Do something in a session of its own, until it is done or the test ends."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


def wait_for_a_waiter(admin: psycopg.Connection) -> None:
    for _ in range(500):
        waiting = admin.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        )
        if waiting.rowcount:
            return
        time.sleep(0.02)
    pytest.fail("nobody waits")


def both_ways(**option: Op) -> list[Transfer]:
    return [
        move("acme", "globex", 1, "gift", **option),
        move("globex", "acme", 1, "gift", **option),
    ]


@pytest.mark.parametrize(
    "transfers",
    [
        *([one] for one in both_ways()),
        *([one] for one in both_ways(op=Op.HOLD)),
        both_ways(),
        both_ways(op=Op.HOLD),
    ],
    ids=["there", "back", "hold there", "hold back", "both", "both held"],
)
def test_who_waits_for_an_account_holds_no_account_of_a_higher_number(
    committed_database, transfers: Sequence[Transfer]
):
    with tenancy.acting_as_platform():
        lower, higher = sorted(
            Account.objects.filter(code__in=["acme", "globex"]).values_list("id", flat=True)
        )
    with databases.admin(committed_database) as first, databases.admin(committed_database) as other:
        with first.transaction():
            first.execute(BALANCE, [lower])
            posting = elsewhere(lambda: ledger.post(transfers=transfers))
            wait_for_a_waiter(other)
            other.execute(BALANCE, [higher])
        posting.join(timeout=10)

    with tenancy.acting_as_platform():
        assert set(selectors.transfers_by_id({one.id for one in transfers})) == {
            one.id for one in transfers
        }


def test_who_would_take_the_higher_number_first_would_be_noticed(committed_database):
    """The negative control of the test above."""
    with tenancy.acting_as_platform():
        lower, higher = sorted(
            Account.objects.filter(code__in=["acme", "globex"]).values_list("id", flat=True)
        )

    def careless() -> None:
        with databases.admin(committed_database) as session, session.transaction():
            session.execute(BALANCE, [higher])
            session.execute(BALANCE.removesuffix(" NOWAIT"), [lower])

    with databases.admin(committed_database) as first, databases.admin(committed_database) as other:
        with first.transaction():
            first.execute(BALANCE, [lower])
            waiting = elsewhere(careless)
            wait_for_a_waiter(other)
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute(BALANCE, [higher])
        waiting.join(timeout=10)


def test_what_an_old_snapshot_cannot_see_is_not_taken_for_posted(committed_database):
    deposit = move("bank", "acme", 1, "deposit")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM ledger_asset")
        elsewhere(lambda: ledger.post(transfers=[deposit])).join(timeout=10)

        with pytest.raises(TransferRefused) as refusal:
            ledger.post(transfers=[deposit])

    assert refusal.value.refused.transfer_id == deposit.id
    assert ledger.post(transfers=[deposit]).duplicates == (deposit.id,)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_posting_reads_what_is_committed_or_is_refused(level):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        with pytest.raises(TransferRefused) as refusal:
            ledger.post(transfers=[move("bank", "acme", 1, "deposit")])

    assert refusal.value.code == "invalid_transfer"


def test_sessions_of_a_pool_keep_what_each_has_looked_up(committed_database):
    """A pool hands a thread now this session, now that one."""
    transfers = [move("bank", "acme", 1, "deposit") for _ in range(6)]
    with (
        databases.application(committed_database) as one,
        databases.application(committed_database) as other,
    ):
        own = connection.connection
        try:
            for transfer, session in zip(transfers, [one, other] * 3, strict=True):
                connection.connection = session
                ledger.post(transfers=[transfer])
            remembered = [numbers.of_this_session()]
            connection.connection = one
            remembered.append(numbers.of_this_session())
        finally:
            connection.connection = own

    assert remembered[0] is not remembered[1]
    assert not any(memory.is_fresh for memory in remembered)
    assert all("acme" in memory.accounts for memory in remembered)


def test_a_session_that_was_cut_off_is_replaced_before_names_are_looked_up(committed_database):
    ledger.open_accounts(specs=[ledger.AccountSpec("unseen", "CNY", "cash")])
    deposit = move("bank", "unseen", 1, "deposit")
    with databases.admin(committed_database) as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    # As at the start of a request.
    connection.health_check_enabled, connection.health_check_done = True, False

    assert ledger.post(transfers=[deposit]).posted == (deposit.id,)
