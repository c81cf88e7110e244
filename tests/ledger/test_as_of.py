"""Balances as of any moment of effect and any moment of booking, against the sum of transfers."""

import random
from datetime import UTC, datetime, timedelta

from django.db import connection

from common import tenancy
from common.ids import uuid7
from ledger import account_pages, selectors, services
from ledger.contracts import AccountSpec, FlowSpec, KindSpec, Transfer

BEGAN = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def post(rng, count):
    services.post(
        transfers=[
            Transfer(
                id=uuid7(),
                debit=rng.choice(["asof_bank:1", "asof_bank:2"]),
                credit="asof_cash:1",
                asset="CNY",
                amount=rng.randint(1, 9_99),
                reason="asof",
                effective_at=BEGAN + timedelta(minutes=rng.randint(0, 300)),
            )
            for _n in range(count)
        ]
    )


def counted(code, effect, booked):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(t.amount) FILTER (WHERE t.debit_id = a.id), 0),"
            " coalesce(sum(t.amount) FILTER (WHERE t.credit_id = a.id), 0)"
            " FROM ledger_account a"
            " LEFT JOIN ledger_transfer t ON a.id IN (t.debit_id, t.credit_id)"
            " AND t.op IN (0, 2) AND t.effective_at < %s AND t.recorded_at < %s WHERE a.code = %s",
            [effect, booked or datetime(2999, 1, 1, tzinfo=UTC), code],
        )
        return tuple(map(int, cursor.fetchone()))


def test_any_two_moments_give_what_the_transfers_add_up_to(fresh_database):
    services.define_asset(code="CNY", scale=2, asset_class="money")
    services.define_kinds(specs=[KindSpec("asof_bank", "N"), KindSpec("asof_cash", "D")])
    services.allow_flows(specs=[FlowSpec("CNY", "asof_bank", "asof_cash", "asof")])
    services.open_accounts(
        specs=[
            AccountSpec("asof_bank:1", "CNY", "asof_bank"),
            AccountSpec("asof_bank:2", "CNY", "asof_bank"),
            AccountSpec("asof_cash:1", "CNY", "asof_cash"),
        ]
    )
    rng = random.Random(7)  # noqa: S311 - a history that is the same every time
    moments = []
    for _batch in range(4):
        post(rng, 60)
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            moments.append(cursor.fetchone()[0])
        account_pages.extend()
    post(rng, 30)  # that no page holds yet

    with tenancy.acting_as_platform():
        for booked in [None, *moments, BEGAN - timedelta(days=1)]:
            for minutes in (0, 30, 61, 150, 299, 301, 9_000):
                effect = BEGAN + timedelta(minutes=minutes)
                for code in ("asof_bank:1", "asof_bank:2", "asof_cash:1"):
                    told = selectors.balance_as_of(
                        account=code, effect_before=effect, booked_before=booked
                    )
                    assert (told.debits, told.credits) == counted(code, effect, booked)
                trial = selectors.trial_balance_as_of(effect_before=effect, booked_before=booked)
                kinds = {each.kind: (each.debits, each.credits) for each in trial}
                cash = counted("asof_cash:1", effect, booked)
                assert kinds.get("asof_cash", (0, 0)) == cash
                assert sum(each.debits - each.credits for each in trial) == 0
        assert selectors.balance_as_of(account="nobody", effect_before=BEGAN) is None
