"""The rules hold for the ORM, raw SQL and COPY alike, and the sweepers keep the tables in shape."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import psycopg
import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from common import tenancy
from common.ids import uuid7
from ledger import selectors, tasks
from ledger import services as ledger
from ledger.contracts import Balance, derived_id
from ledger.models import Account, Reason, Transfer
from ledger.models import Balance as Versions
from tests import databases
from tests.ledger.conftest import install_small_chart, move, rows_read


def a_row(debit: str, credit: str, amount: int, reason: str) -> Transfer:
    return Transfer(
        id=uuid7(),
        debit=Account.objects.get(code=debit),
        credit=Account.objects.get(code=credit),
        reason=Reason.objects.get(name=reason),
        amount=amount,
    )


def test_the_orm_posts_and_is_refused_like_anyone(funded):
    with tenancy.acting_as_platform():
        Transfer.objects.bulk_create([a_row("acme", "provider", 10, "order") for _ in range(3)])
        assert selectors.balances(["acme"])["acme"].posted == 100_000 - 30

        for row in (
            a_row("acme", "provider", 10**9, "order"),
            a_row("acme", "fee", 1, "fee"),
            a_row("acme", "acme", 1, "gift"),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                row.save(force_insert=True)
        assert selectors.balances(["acme"])["acme"].posted == 100_000 - 30


def test_copy_is_checked_too(committed_database):
    """Row-level security keeps the application from COPY; whoever may, meets the same rules."""
    install_small_chart()
    copy = "COPY ledger_transfer (id, debit_id, credit_id, amount, reason_id) FROM STDIN"
    with databases.admin(committed_database) as admin:
        row = admin.execute(
            "SELECT uuidv7()::text, d.id, c.id, 5, r.id FROM ledger_account d, ledger_account c,"
            " ledger_reason r WHERE d.code = 'bank' AND c.code = 'acme' AND r.name = 'deposit'"
        ).fetchone()
        with admin.cursor().copy(copy) as rows:
            rows.write_row(row)
        with (
            pytest.raises(psycopg.errors.CheckViolation, match="no flow"),
            admin.cursor().copy(copy) as rows,
        ):
            rows.write_row((str(uuid7()), row[2], row[1], 5, row[4]))
    with tenancy.acting_as_platform():
        assert selectors.balances(["acme"])["acme"].posted == 5


def test_a_thousand_transfers_touch_each_account_once(funded):
    """One statement writes each balance once: a hot account costs a batch one update."""

    def versions() -> list[int]:
        with tenancy.acting_as_platform():
            return [
                Versions.objects.get(account__code=code).version for code in ("acme", "provider")
            ]

    before = versions()
    ledger.post(transfers=[move("acme", "provider", 1, "order") for _ in range(1_000)])

    assert versions() == [version + 1 for version in before]


@pytest.mark.parametrize("known", [2, 40])
def test_a_session_that_knew_few_accounts_is_quick_with_many(committed_database, known):
    """No plan that was good for a small ledger walks through all accounts of a large one."""
    few = [f"cash:few:{known}:{number}" for number in range(known)]
    many = [f"cash:many:{known}:{number}" for number in range(2_000)]

    def gifts(codes: list[str]) -> list[Transfer]:
        return [move(*pair, 1, "gift") for pair in pairwise(codes)]

    def balances_read(codes: list[str]) -> int:
        return rows_read("ledger_balance", lambda: ledger.post(transfers=gifts(codes)))

    install_small_chart()
    open_and_fund(few)
    with databases.admin(committed_database) as admin:
        admin.execute("VACUUM ANALYZE ledger_balance")
    for _ in range(10):  # often enough for a plan to be kept
        ledger.post(transfers=gifts(few))
    open_and_fund(many)

    assert balances_read(many[1_000:1_002]) <= 2 * 2
    assert balances_read(many[1_000:1_040]) <= 2 * 40


def open_and_fund(codes: list[str]) -> None:
    ledger.open_accounts(specs=[ledger.AccountSpec(code, "CNY", "cash") for code in codes])
    ledger.post(transfers=[move("bank", code, 100, "deposit") for code in codes])


def test_an_account_that_a_rollback_took_back_is_looked_up_again(chart):
    def open_and_deposit() -> None:
        ledger.open_accounts(specs=[ledger.AccountSpec("fleeting", "CNY", "cash")])
        ledger.post(transfers=[move("bank", "fleeting", 5, "deposit")])

    with transaction.atomic():
        open_and_deposit()
        transaction.set_rollback(True)
    open_and_deposit()

    with tenancy.acting_as_platform():
        assert selectors.balances(["fleeting"])["fleeting"].posted == 5


def test_the_sweeper_releases_what_expired_and_nothing_else(funded):
    now = datetime.now(UTC)
    over = move("acme", "provider", 300, "order", expires_at=now - timedelta(seconds=1))
    still = move("acme", "provider", 500, "order", expires_at=now + timedelta(hours=1))
    ledger.hold(transfers=[over, still])

    tasks.release_expired_holds()
    tasks.release_expired_holds()

    with tenancy.acting_as_platform():
        assert selectors.balances(["acme"])["acme"] == Balance(100_000, 500, 99_500)


def test_the_sweeper_folds_deltas(funded):
    ledger.post(transfers=[move("acme", "provider", 9, "order"), move("provider", "fee", 9, "fee")])

    tasks.roll_up()

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_balance_delta")
        assert cursor.fetchone() == (0,)
        assert selectors.balances(["fee"])["fee"].posted == 9


def test_months_are_made_ahead_once(funded, settings):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits")
        before = cursor.fetchone()[0]
    settings.LEDGER_MONTHS_AHEAD = 14

    tasks.make_partitions()
    tasks.make_partitions()

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits")
        assert cursor.fetchone()[0] > before
    assert ledger.make_partitions(months_ahead=14) == 0


@pytest.mark.parametrize("days", [-4_000, -40, 0, 40, 300])
def test_an_identifier_of_any_covered_month_is_unique_over_all(funded, days):
    with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
        transfer = move("bank", "acme", 5, "deposit")

    assert ledger.post(transfers=[transfer]).posted == (transfer.id,)
    assert ledger.post(transfers=[transfer]).duplicates == (transfer.id,)


def test_an_identifier_far_ahead_is_refused(funded):
    ahead = move("bank", "acme", 5, "deposit", id=derived_id(datetime(2099, 1, 1, tzinfo=UTC)))

    with pytest.raises(ledger.TransferRefused) as refusal:
        ledger.post(transfers=[ahead])

    assert refusal.value.code == "invalid_id"


def test_a_derived_identifier_is_always_the_same_and_tells_its_time():
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)

    assert derived_id(at, "deposit", 7) == derived_id(at, "deposit", 7)
    assert derived_id(at, "deposit", 7) != derived_id(at, "deposit", 8)
    assert derived_id(at, "ab", "c") != derived_id(at, "a", "bc")
    assert derived_id(at).version == 7
    assert derived_id(at).int >> 80 == int(at.timestamp() * 1000)
