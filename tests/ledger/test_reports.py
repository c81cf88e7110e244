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
from common.paging import Position
from common.period import Period
from common.tabular.writing import BOM
from ledger import account_pages, journals, reports, selectors
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
    account_pages.extend(limit=400)
    with tenancy.acting_as_platform():
        between = {code: pages_of(code, 50) for code in ("acme", "bank", "stock")}
    while account_pages.extend():
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
        hledger, beancount = (journals.written(found, form=one) for one in PLAIN_TEXT)

    assert bean_check(beancount, tmp_path) == ""
    checked = run_hledger(hledger, tmp_path, "check", "--strict", "ordereddates")
    assert (checked.returncode, checked.stderr) == (0, "")
    total = run_hledger(hledger, tmp_path, "balance", "-N", "acme")
    assert '-966.49 "CNY"' in total.stdout or "-966.49 CNY" in total.stdout


def test_plain_text_journals_are_dated_where_the_market_is(chart):
    late = datetime(2026, 11, 2, 20, tzinfo=UTC)  # four in the morning of the third
    ledger.post(transfers=[move("bank", "acme", 1, "deposit", effective_at=late)])

    with tenancy.acting_as_platform():
        found = reports.journal(period=MONTH)
        hledger, beancount = (journals.written(found, form=one) for one in PLAIN_TEXT)

    assert "\n2026-11-03 * (" in hledger
    assert "\n2026-11-03 * " in beancount
    assert "2026-11-02" not in hledger + beancount


@pytest.mark.parametrize(("before", "last"), [(0, 5), (1, 4), (3, 3)])
def test_a_statement_as_a_file_proves_its_closing_balance(
    committed_database, tmp_path, before, last
):
    install_small_chart()
    code = f"branch:{before}-{last}"
    ledger.open_accounts(specs=[AccountSpec(code, "CNY", "cash", ACME)])
    for number in range(1, 6):  # each is booked in a transaction of its own, and works back
        effect = DAY - timedelta(days=number)
        ledger.post(transfers=[move("bank", code, number * 100, "deposit", effective_at=effect)])
    with tenancy.acting_as_platform():
        booked = [line.transfer.recorded_at for line in pages_of(code, 200)][::-1]
        just_before = timedelta(microseconds=2)
        ends_at = booked[last] if last < 5 else booked[-1] + just_before
        period = Period(min(booked[before], ends_at - just_before), ends_at)
        found = reports.whole_period_statement(account=code, period=period)
        hledger, beancount = (
            journals.written_statement(found, period=period, form=one) for one in PLAIN_TEXT
        )
    opening, closing = (sum(range(before + 1)), sum(range(last + 1)))

    assert found.closing.balance == closing * 100
    assert f'    liabilities:{code}    = {-opening}.00 "CNY"' in hledger
    assert hledger.count("effective: 2026-10-") == last - before
    assert bean_check(beancount, tmp_path) == ""
    checked = run_hledger(hledger, tmp_path, "check", "--strict", "ordereddates")
    assert (checked.returncode, checked.stderr) == (0, "")

    wrong = (f"-{closing}.00", "-99.00")
    assert "Balance failed" in bean_check(wrong[1].join(beancount.rsplit(wrong[0], 1)), tmp_path)
    assert run_hledger(wrong[1].join(hledger.rsplit(wrong[0], 1)), tmp_path, "check").returncode


def test_statements_that_follow_each_other_are_one_journal(committed_database, tmp_path):
    install_small_chart()
    ledger.open_accounts(specs=[AccountSpec("branch:joined", "CNY", "cash", ACME)])
    for number in range(4):  # what is booked last takes effect first
        effect = DAY - timedelta(days=number)
        ledger.post(transfers=[move("bank", "branch:joined", 500, "deposit", effective_at=effect)])
    with tenancy.acting_as_platform():
        booked = [line.transfer.recorded_at for line in pages_of("branch:joined", 200)][::-1]
        ends = [booked[0], booked[2], booked[3] + timedelta(microseconds=1)]
        joined = "".join(
            journals.written_statement(
                reports.whole_period_statement(account="branch:joined", period=period),
                period=period,
                form="hledger",
            )
            for period in (Period(*pair) for pair in pairwise(ends))
        )

    assert run_hledger(joined, tmp_path, "check", "--strict").stderr == ""
    assert "-20.00" in run_hledger(joined, tmp_path, "balance", "-N", "branch:joined").stdout


PLAIN_TEXT = ("hledger", "beancount")


def bean_check(text: str, folder: Path) -> str:
    """Return what bean-check says of a journal."""
    (folder / "a.beancount").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [BEAN_CHECK, folder / "a.beancount"], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def run_hledger(text: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run hledger over a journal."""
    if HLEDGER is None:
        pytest.skip("hledger is not installed (Debian: apt install hledger)")
    (folder / "a.journal").write_text(text, encoding="utf-8")
    return subprocess.run(
        [HLEDGER, "-f", folder / "a.journal", *words],
        capture_output=True,
        text=True,
        check=False,
        env={"LANG": "C.UTF-8"},
    )


def test_a_csv_journal_adds_up_and_runs_nothing(busy):
    with tenancy.acting_as_platform():
        text = journals.csv_journal(reports.journal(period=MONTH))

    rows = list(csv.DictReader(io.StringIO(text.removeprefix(BOM))))
    assert len(rows) == 30
    assert sum(float(row["amount"]) for row in rows if row["debit"] == "acme") == 33.51
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    (hold_id,) = {row["hold_id"] for row in rows if row["operation"] == "capture"}
    statement = csv.DictReader(io.StringIO(journals.csv_statement(_statement()).removeprefix(BOM)))
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
    account_pages.extend()
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
    paged, position = [], None
    with tenancy.acting_as_platform():
        whole = reports.journal(period=MONTH)
        while found := selectors.posted_within(period=MONTH, limit=7, position=position):
            paged += found
            position = Position((found[-1].effective_at, found[-1].id))
        totals = selectors.posted_totals(period=MONTH)

    assert paged == whole
    assert {total.asset for total in totals} == {"CNY", "VCH-1"}
    for total in totals:
        amounts = [one.amount for one in whole if one.asset == total.asset]
        assert (total.transfers, total.amount) == (len(amounts), sum(amounts))
