"""Statements, journals, and what other people's tools say about them."""

import csv
import io
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.utils import timezone

from common import tenancy
from common.errors import NotFound
from common.period import Period
from ledger import journals, paging, reports, selectors
from ledger import services as ledger
from ledger.contracts import AccountSpec, Op
from tests.ledger.conftest import ACME, GLOBEX, install_small_chart, move, seal_everything

DAY = datetime(2026, 11, 1, tzinfo=UTC)
MONTH = Period(DAY, DAY + timedelta(days=30))
HLEDGER = shutil.which("hledger")
BEAN_CHECK = Path(sys.executable).with_name("bean-check")


@pytest.fixture
def busy(chart) -> None:
    """Thirty transfers of acme over a month, with names that try to break formats."""
    at = DAY
    ledger.post(transfers=[move("bank", "acme", 100_000, "deposit", effective_at=at)])
    hold = move("acme", "provider", 5_000, "order", effective_at=at, reference="=1+1")
    ledger.hold(transfers=[hold])
    for number in range(1, 27):
        at = DAY + timedelta(days=number)
        ledger.post(
            transfers=[
                move(
                    "acme",
                    "provider",
                    number,
                    "order",
                    effective_at=at,
                    reference='a "b" ; c\\d 行\n e',
                )
            ]
        )
    ledger.post(
        transfers=[
            move(
                "acme", "provider", 3_000, "order", op=Op.CAPTURE, hold_id=hold.id, effective_at=at
            ),
            move("provider", "fee", 90, "fee", effective_at=at),
            move("budget", "pool", 7, "budget", asset="VCH-1", effective_at=at),
        ]
    )


def pages_of(account: str, limit: int) -> list:
    lines, before = [], None
    while True:
        page = reports.statement(account=account, before=before, limit=limit)
        lines += page.lines
        before = page.before
        if before is None:
            return lines


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_a_statement_runs_back_to_zero(busy, limit):
    with tenancy.acting_as_platform():
        lines = pages_of("acme", limit)
        balance = selectors.balances(["acme"])["acme"].posted

    assert [line.entry for line in lines] == list(range(29, 0, -1))
    assert lines[0].balance == balance == 100_000 - 351 - 3_000
    assert all(older.balance + newer.change == newer.balance for newer, older in pairwise(lines))
    assert lines[-1].balance == lines[-1].change == 100_000


def test_a_statement_reads_the_same_from_pages_and_from_what_is_newer(committed_database):
    install_small_chart()
    for number in range(1, 6):
        ledger.post(transfers=[move("bank", "acme", number, "deposit") for _ in range(130)])
        ledger.post(transfers=[move("stock", "bank", number, "buy_in")])
    with tenancy.acting_as_platform():
        before = {code: pages_of(code, 50) for code in ("acme", "bank", "stock")}
    seal_everything()  # waits until older transactions of the cluster are over
    paging.extend(limit=400)
    with tenancy.acting_as_platform():
        between = {code: pages_of(code, 50) for code in ("acme", "bank", "stock")}
    while paging.extend():
        pass
    with tenancy.acting_as_platform():
        after = {code: pages_of(code, 50) for code in ("acme", "bank", "stock")}

    assert before == between == after
    assert (len(after["acme"]), len(after["bank"])) == (650, 655)
    assert after["stock"][0].balance == 15


def test_an_organisation_reads_its_own_statement_alone(busy):
    with tenancy.acting_as(ACME):
        statement = reports.statement(account="acme")
        assert statement.lines[0].transfer.credit == "payable"  # whose it is stays unsaid
        with pytest.raises(NotFound):
            reports.statement(account="provider")
    with tenancy.acting_as(GLOBEX):
        assert [one.code for one in selectors.accounts()] == ["claim", "globex", "provider"]


def test_hledger_and_beancount_accept_the_journals(busy, tmp_path):
    with tenancy.acting_as_platform():
        found = reports.journal(period=MONTH)
        rules = selectors.rules_of({code for one in found for code in (one.debit, one.credit)})
    (tmp_path / "a.journal").write_text(
        journals.hledger_journal(found, rule_of=rules.__getitem__), encoding="utf-8"
    )
    (tmp_path / "a.beancount").write_text(
        journals.beancount_journal(found, rule_of=rules.__getitem__), encoding="utf-8"
    )

    bean = subprocess.run(
        [BEAN_CHECK, tmp_path / "a.beancount"], capture_output=True, text=True, check=False
    )
    assert (bean.returncode, bean.stdout + bean.stderr) == (0, "")
    if HLEDGER is None:
        pytest.skip("hledger is not installed (Debian: apt install hledger)")
    check = subprocess.run(
        [HLEDGER, "-f", tmp_path / "a.journal", "check", "--strict", "ordereddates"],
        capture_output=True,
        text=True,
        check=False,
        env={"LANG": "C.UTF-8"},
    )
    assert (check.returncode, check.stderr) == (0, "")
    total = subprocess.run(
        [HLEDGER, "-f", tmp_path / "a.journal", "balance", "-N", "acme"],
        capture_output=True,
        text=True,
        check=True,
        env={"LANG": "C.UTF-8"},
    )
    assert '-966.49 "CNY"' in total.stdout or "-966.49 CNY" in total.stdout


def test_a_csv_journal_adds_up_and_runs_nothing(busy):
    with tenancy.acting_as_platform():
        text = journals.csv_journal(reports.journal(period=MONTH))

    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 30
    assert sum(float(row["amount"]) for row in rows if row["debit"] == "acme") == 33.51
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    (hold_id,) = {row["hold_id"] for row in rows if row["operation"] == "capture"}
    statement = csv.DictReader(io.StringIO(journals.csv_statement(_statement())))
    assert [row["operation"] for row in statement if row["id"] == hold_id] == ["hold"]
    assert "'=1+1" in journals.csv_statement(_statement())


def _statement():
    with tenancy.acting_as_platform():
        return reports.statement(account="acme", limit=200)


def test_a_journal_has_a_longest_period(busy, monkeypatch):
    monkeypatch.setattr(reports, "JOURNAL_TRANSFERS_MAX", 5)

    with tenancy.acting_as_platform(), pytest.raises(reports.JournalTooLong):
        reports.journal(period=MONTH)


@pytest.mark.parametrize(
    "code", ["a", "A:b", "x:", ":x", "行:列", "a.b", "buyer_cash:0190", "a:-b", "A_B"]
)
def test_beancount_names_stay_apart(code):
    names = {journals._beancount_account("Equity", other) for other in [code, "a_b", code + "x"]}

    assert len(names) == 3


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_a_statement_of_a_period_begins_and_ends_with_its_balances(busy, limit, monkeypatch):
    """Over all that was booked, the pages of a period are the pages of the account."""
    monkeypatch.setattr(reports, "_LINES_AT_ONCE", 9)
    ever = Period(DAY - timedelta(days=900), timezone.now() + timedelta(days=1))
    lines, before = [], None
    with tenancy.acting_as_platform():
        while True:
            found = reports.period_statement(
                account="acme", period=ever, before=before, limit=limit
            )
            lines += found.lines
            before = found.before
            if before is None:
                break
        whole = reports.whole_period_statement(account="acme", period=ever)

        assert lines == pages_of("acme", 200) == list(whole.lines)
    assert (found.opening.balance, found.closing.balance) == (0, lines[0].balance)
    assert found.entries == len(lines)
    assert found.credits - found.debits == found.closing.balance


def test_a_period_takes_what_was_booked_in_it_from_pages_and_since(committed_database):
    """Each transfer is booked in a transaction of its own; the first forty are on pages."""
    install_small_chart()
    ledger.open_accounts(specs=[AccountSpec("branch", "CNY", "cash", ACME)])
    for number in range(1, 41):
        ledger.post(transfers=[move("bank", "branch", number, "deposit")])
    seal_everything()
    paging.extend()
    for number in range(41, 51):
        ledger.post(transfers=[move("bank", "branch", number, "deposit")])
    with tenancy.acting_as_platform():
        booked = [line.transfer.recorded_at for line in pages_of("branch", 200)][::-1]
        for first, last in [(1, 50), (1, 1), (7, 9), (38, 43), (42, 42), (50, 50)]:
            period = Period(booked[first - 1], booked[last - 1] + timedelta(microseconds=1))
            found = reports.period_statement(account="branch", period=period, limit=200)

            assert [line.entry for line in found.lines] == list(range(last, first - 1, -1))
            assert found.opening.balance == sum(range(first))
            assert found.closing.balance == sum(range(last + 1))
            assert found.credits == sum(range(first, last + 1))
            assert found.before is None

        for empty in [
            Period(DAY - timedelta(days=2), DAY - timedelta(days=1)),
            Period(booked[-1] + timedelta(days=1), booked[-1] + timedelta(days=2)),
        ]:
            found = reports.period_statement(account="branch", period=empty)

            assert (found.lines, found.entries, found.debits, found.credits) == ((), 0, 0, 0)
            assert found.opening == found.closing
            assert reports.whole_period_statement(account="branch", period=empty).lines == ()
    with tenancy.acting_as(GLOBEX), pytest.raises(NotFound):
        reports.period_statement(account="branch", period=period)


def test_the_journal_is_paged_by_key_and_adds_up(busy):
    paged, after = [], None
    with tenancy.acting_as_platform():
        whole = reports.journal(period=MONTH)
        while found := selectors.posted_within(period=MONTH, limit=7, after=after):
            paged += found
            after = found[-1].id
        totals = selectors.posted_totals(period=MONTH)

    assert paged == whole
    assert {total.asset for total in totals} == {"CNY", "VCH-1"}
    for total in totals:
        amounts = [one.amount for one in whole if one.asset == total.asset]
        assert (total.transfers, total.amount) == (len(amounts), sum(amounts))
