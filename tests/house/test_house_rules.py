"""The rules of the house that tools can check."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE_LINES_MAX = 600
OWN_CLOCKS = re.compile(
    r"timezone\.(now|localtime|localdate)\b|datetime\.(now|utcnow|today)\b|date\.today\b|time\.time(_ns)?\b"
)
# Who is no part of the market, measures with a clock of its own, or compares clocks.
OWN_CLOCK_KEEPERS = {
    "common/ids.py",  # Identifiers rise with time; nothing is due because of one.
    "config/pulse/clocks.py",  # It compares them.
    "config/showing_again.py",  # Signing in notes when by this clock; it compares with that.
    "config/transport.py",  # The order of rings, which may be lost.
    "gateway/peering/fake.py",  # A peer that lies, without our database.
    "gateway/peering/suite.py",  # A client over HTTP, for platforms of others.
    "marketplace/drivers/check_driver.py",  # Another, for drivers of others.
    "gateway/peering/suite_asker.py",  # Likewise.
    "gateway/peering/suite_checks.py",  # Likewise.
    "gateway/peering/suite_items.py",  # Likewise.
    "gateway/witness/verify_witness.py",  # An auditor's script, without our database.
    "ledger/verify_ledger.py",  # An auditor's script, without our database.
    "marketplace/demo/client.py",  # A client over HTTP.
    "marketplace/demo/gateway/state.py",  # A payment gateway, with a clock of its own.
    "marketplace/demo/main_job.py",  # A client over HTTP.
    "marketplace/demo/money_job.py",  # A client over HTTP.
    "marketplace/demo/policy_job.py",  # A client over HTTP.
    "marketplace/demo/tokens_job.py",  # A client over HTTP.
}
OWN_TABLES = re.compile(r"^\s*(import|from) (csv|xlsxwriter|openpyxl|xlwt)\b", re.MULTILINE)
OWN_TABLE_KEEPERS = {
    "common/tabular/sheets.py",
    "common/tabular/writing.py",
    "marketplace/audit/verify_export.py",  # An auditor's script, which needs nothing of ours.
    "marketplace/policy/verify_run.py",  # A reader's script, which needs nothing of ours.
}
# A row that is locked FOR UPDATE makes the foreign keys wait that point to it, and those are
# checked when a transaction commits: long after everything else was locked.
KEY_LOCKS = re.compile(r"select_for_update\((?!(?:[^()]|\([^()]*\))*\bno_key=True)|\bFOR UPDATE\b")
KEY_LOCK_KEEPERS = {
    "common/rls.py",  # A policy FOR UPDATE, no lock.
    "identity/sql/functions/identity_take_turn/v1.sql",  # Counters: nothing points to them.
}
ROOMS = (
    "common",
    "identity",
    "ledger",
    "metering",
    "pricing",
    "gateway",
    "marketplace",
    "config",
    "embedded",
)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_ruff_finds_nothing():
    done = run("ruff", "check", "--no-cache", ".")

    assert done.returncode == 0, done.stdout


def test_ruff_finds_nothing_to_format():
    done = run("ruff", "format", "--check", "--no-cache", ".")

    assert done.returncode == 0, done.stdout


def test_types_are_strict():
    done = run("mypy", ".")

    assert done.returncode == 0, done.stdout


def test_imports_point_one_way():
    code = "import sys; from importlinter.cli import lint_imports as l; sys.exit(l(no_cache=True))"

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_models_and_migrations_agree(db):
    done = run("django", "makemigrations", "--check", "--dry-run", "--settings=config.settings")

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("room", ROOMS)
def test_a_module_can_be_read_in_ten_minutes(room):
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / room).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > MODULE_LINES_MAX
    }

    assert long == {}


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_is_due_by_the_clock_of_a_process(room):
    """Web, worker and beat take the database's time: `common.clock.now()`."""
    own = {
        str(path.relative_to(ROOT))
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts and OWN_CLOCKS.search(path.read_text())
    }

    assert own <= OWN_CLOCK_KEEPERS


@pytest.mark.parametrize("room", ROOMS)
def test_no_lock_makes_foreign_keys_wait(room):
    own = {
        str(path.relative_to(ROOT))
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".py", ".sql"} and KEY_LOCKS.search(path.read_text())
    }

    assert own <= KEY_LOCK_KEEPERS


def test_a_day_is_one_of_the_market():
    """The day of a moment in UTC is yesterday's for the first eight hours of the market's."""
    universal = re.compile(r"\bnow(\(\))?\.date\(\)")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for line in path.read_text().splitlines()
        if universal.search(line)
    ]

    assert found == []


def test_names_say_the_domain():
    vague = {"utils.py", "helpers.py", "misc.py", "tools.py", "common.py"}
    found = [str(path) for room in ROOMS for path in (ROOT / room).rglob("*.py")]

    assert [name for name in found if Path(name).name in vague] == []


def test_no_money_or_quantity_is_a_float_in_any_table():
    from django.apps import apps
    from django.db.models import FloatField

    floats = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, FloatField)
    ]

    assert floats == []


@pytest.mark.parametrize("room", ROOMS)
def test_tables_are_read_and_written_in_one_place(room):
    """CSV and XLSX by `common.tabular`: one reader, one writer, one set of habits."""
    own = {
        str(path.relative_to(ROOT))
        for path in (ROOT / room).rglob("*.py")
        if OWN_TABLES.search(path.read_text())
    }

    assert own <= OWN_TABLE_KEEPERS


def test_each_decision_has_a_number_of_its_own_and_says_it():
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))

    assert len({page.name[:4] for page in pages}) == len(pages)
    assert [
        page.name for page in pages if not page.read_text().startswith(f"# {page.name[:4]}:")
    ] == []
