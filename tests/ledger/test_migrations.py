"""The ledger keeps its rules while its release is taken back, and when it comes again."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import connection, connections

from common import tenancy
from ledger import selectors, verification
from ledger import services as ledger
from ledger.contracts import Op, Transfer
from ledger.models import Account, Reason
from tests import databases, environment
from tests.databases import ROOT
from tests.ledger.conftest import install_small_chart, move


def migrate(database: str, to: str) -> None:
    connections.close_all()
    owner_url = environment.database_url("suanpan_owner", database)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "owner", "-v0", "ledger", to],
        cwd=ROOT,
        env=os.environ | {"DATABASE_OWNER_URL": owner_url},
        check=True,
    )


def post_as_before(transfers: list[Transfer]) -> tuple[str, str] | None:
    """Post by the statement of an earlier release; return the rule and the account of a refusal."""
    accounts = dict(Account.objects.values_list("code", "id"))
    reasons = dict(Reason.objects.values_list("name", "id"))
    columns = [
        [one.id for one in transfers],
        [accounts[one.debit] for one in transfers],
        [accounts[one.credit] for one in transfers],
        [one.amount for one in transfers],
        [reasons[one.reason] for one in transfers],
        [int(one.op) for one in transfers],
        [one.hold_id for one in transfers],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rule, account FROM ledger_post(%s::uuid[], %s::bigint[], %s::bigint[],"
            " %s::bigint[], %s::smallint[], %s::smallint[], %s::uuid[],"
            " NULL, NULL, NULL, NULL, NULL, NULL)",
            columns,
        )
        return cursor.fetchone()


@pytest.mark.parametrize("release", ["0003", "0005", "0006", "0007", "0008", "0009"])
def test_an_earlier_release_posts_before_and_after_the_tables_change(committed_database, release):
    install_small_chart()
    hold = move("acme", "provider", 60, "order")
    ledger.post(transfers=[move("bank", "acme", 100, "deposit")])
    ledger.hold(transfers=[hold])

    migrate(committed_database, release)
    with tenancy.acting_as_platform():
        short = post_as_before([move("acme", "provider", 41, "order")])
        of_nothing = post_as_before([move("acme", "provider", 0, "order")])
        to_itself = post_as_before([move("acme", "acme", 1, "gift")])
        sound = post_as_before(
            [
                move("acme", "provider", 50, "order", op=Op.CAPTURE, hold_id=hold.id),
                move("provider", "fee", 5, "fee"),
            ]
        )
    migrate(committed_database, "0009")
    ledger.post(transfers=[move("acme", "provider", 50, "order")])

    assert short == ("ledger_balance_debits_within_credits", "acme")
    assert of_nothing == ("ledger_transfer_amount_in_range", None)
    assert to_itself == ("ledger_transfer_sides_differ", None)
    assert sound is None
    with tenancy.acting_as_platform():
        assert selectors.balances(["acme"])["acme"].posted == 0
    assert verification.verify().faults == []


def until_waiting(admin: psycopg.Connection, sessions: int) -> None:
    """Wait until so many sessions of this database wait for a lock."""
    deadline = time.monotonic() + 60
    waiting = 0
    while waiting < sessions:
        assert time.monotonic() < deadline, f"{waiting} of {sessions} sessions wait"
        time.sleep(0.05)
        (waiting,) = admin.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()


@pytest.mark.parametrize(("before", "to"), [("0008", "0007"), ("0007", "0009")])
def test_a_batch_that_waits_for_a_migration_is_refused_by_its_rule(committed_database, before, to):
    """The body of its function is that of before; what it calls may be gone by then."""
    install_small_chart()
    with tenancy.acting_as_platform():
        accounts = dict(Account.objects.values_list("code", "id"))
        reasons = dict(Reason.objects.values_list("name", "id"))
    migrate(committed_database, before)
    app_url = environment.database_url("suanpan_app", committed_database)

    def post(session: psycopg.Connection, *sides: str, amount: int, reason: str) -> Any:
        one = move(*sides, amount, reason)
        columns = [[one.id], *([accounts[side]] for side in sides), [amount], [reasons[reason]]]
        statement = (
            "SELECT ledger_post_batch(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[],"
            " %s::smallint[], NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
        )
        return session.execute(statement, columns).fetchone()[0]

    with (
        psycopg.connect(app_url) as first,
        psycopg.connect(app_url, autocommit=True) as second,
        databases.admin(committed_database) as admin,
        ThreadPoolExecutor(2) as pool,
    ):
        assert post(first, "bank", "globex", amount=1, reason="deposit") is None
        migrated = pool.submit(migrate, committed_database, to)
        until_waiting(admin, 1)
        refused = pool.submit(post, second, "globex", "bank", amount=10**9, reason="withdrawal")
        until_waiting(admin, 2)
        first.commit()
        migrated.result(timeout=60)
        why = refused.result(timeout=60)
    migrate(committed_database, "0009")

    assert why["rule"] == "ledger_balance_debits_within_credits"
