"""The ledger keeps its rules while its release is taken back, and when it comes again."""

import os
import subprocess
import sys

import pytest
from django.db import connection, connections

from common import tenancy
from ledger import selectors, verification
from ledger import services as ledger
from ledger.contracts import Op, Transfer
from ledger.models import Account, Reason
from tests import environment
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
