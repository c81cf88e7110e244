"""The ledger keeps its rules while its release is taken back, and when it comes again."""

import os
import subprocess
import sys

import pytest
from django.db import connections

from common import tenancy
from ledger import selectors, verification
from ledger import services as ledger
from ledger.contracts import Op, TransferRefused
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


@pytest.mark.parametrize("release", ["0003", "0005"])
def test_a_hold_of_one_release_is_captured_under_another(committed_database, release):
    install_small_chart()
    hold = move("acme", "provider", 60, "order")
    ledger.post(transfers=[move("bank", "acme", 100, "deposit")])
    ledger.hold(transfers=[hold])

    migrate(committed_database, release)
    with pytest.raises(TransferRefused) as refusal:
        ledger.post(transfers=[move("acme", "provider", 41, "order")])
    ledger.post(
        transfers=[
            move("acme", "provider", 50, "order", op=Op.CAPTURE, hold_id=hold.id),
            move("provider", "fee", 5, "fee"),
        ]
    )
    migrate(committed_database, "0005")
    ledger.post(transfers=[move("acme", "provider", 50, "order")])

    assert (refusal.value.code, refusal.value.refused.account) == ("insufficient_funds", "acme")
    with tenancy.acting_as_platform():
        assert selectors.balances(["acme"])["acme"].posted == 0
    assert verification.verify().faults == []
