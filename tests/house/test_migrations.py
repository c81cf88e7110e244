"""What was released stays: migrations read nothing that lives, and their SQL has versions."""

import ast
import re
from pathlib import Path

import pytest
from django.db.migrations import RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from common import rls, sql_files
from tests.databases import ROOT

ROOMS = ("common", "identity", "ledger", "metering", "pricing", "gateway", "marketplace", "config")
# What does the same for ever: Django, numbers and moments, and the operations of
# `common.sql_files` and `common.rls`, whose SQL is compared below.
LASTING = {
    "common.checks",
    "common.ids",
    "common.rls",
    "common.sql_files",
    "datetime",
    "decimal",
    "django",
}
SAYS_FUNCTION = re.compile(r"\bCREATE (OR REPLACE )?(FUNCTION|PROCEDURE)\b")
PROTECT = """
            ALTER TABLE hall ENABLE ROW LEVEL SECURITY;
            ALTER TABLE hall FORCE ROW LEVEL SECURITY;
            CREATE POLICY hall_read ON hall FOR SELECT USING (seen);
            CREATE POLICY hall_insert ON hall FOR INSERT WITH CHECK (written);
            CREATE POLICY hall_update ON hall FOR UPDATE
                USING (written) WITH CHECK (written);
            CREATE POLICY hall_delete ON hall FOR DELETE USING (written);
"""
TRIGGER = "CREATE TRIGGER stays BEFORE UPDATE ON hall FOR EACH ROW EXECUTE FUNCTION keep('a', 'b');"
APPEND_ONLY = (
    "CREATE TRIGGER hall_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON hall"
    " FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();"
    "REVOKE UPDATE, DELETE, TRUNCATE ON hall FROM suanpan_app;"
)


def of_all_rooms(pattern: str) -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob(pattern))


MIGRATIONS = of_all_rooms("migrations/[0-9]*.py")
FUNCTIONS = of_all_rooms("sql/functions/*")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or ".")
    return names


@pytest.mark.parametrize("path", MIGRATIONS, ids=named)
def test_a_migration_imports_nothing_that_changes(path):
    found = {name for name in imported(path) if name.split(".")[0] != "django"}

    assert found <= LASTING


@pytest.mark.parametrize("path", MIGRATIONS, ids=named)
def test_a_function_is_written_in_its_file_alone(path):
    assert not SAYS_FUNCTION.search(path.read_text())


def test_other_files_of_sql_define_no_function():
    others = [path for path in of_all_rooms("sql/**/*.sql") if "functions" not in path.parts]

    assert others
    assert [named(path) for path in others if SAYS_FUNCTION.search(path.read_text())] == []


@pytest.mark.parametrize("folder", FUNCTIONS, ids=named)
def test_versions_of_a_function_follow_each_other_and_define_it_alone(folder):
    files = sorted(folder.iterdir(), key=lambda path: int(path.stem[1:]))

    assert [path.name for path in files] == [f"v{n}.sql" for n in range(1, len(files) + 1)]
    for path in files:
        text = path.read_text()
        assert re.findall(r"^CREATE FUNCTION (\w+)\(", text, re.MULTILINE) == [folder.name]
        assert "CREATE OR REPLACE" not in text
        assert text.startswith("-- "), "say what it is for"


def test_no_name_of_a_function_is_used_in_two_rooms():
    assert len({folder.name for folder in FUNCTIONS}) == len(FUNCTIONS)


def test_each_migration_waits_for_locks_within_a_bound(monkeypatch):
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _: {})
    ours = {named(path)[:-3].replace("/", ".") for path in MIGRATIONS}

    migrations = [
        one
        for one in MigrationLoader(None).disk_migrations.values()
        if type(one).__module__ in ours
    ]
    unbounded = [
        str(one)
        for one in migrations
        if not isinstance(one.operations[0], sql_files.SetLockTimeout)
        or not isinstance(one.operations[-1], sql_files.SetLockTimeout)
    ]

    assert len(migrations) == len(MIGRATIONS)
    assert unbounded == [], "write `operations = bounded([...])`"


def test_files_name_what_the_operations_read():
    """Every file is read by some migration, and every migration finds its files."""
    read: set[Path] = set()
    for migration in MigrationLoader(None).disk_migrations.values():
        for each in migration.operations:
            if isinstance(each, sql_files.Function):
                folder = ROOT.joinpath(*each.room.split("."), "sql", "functions", each.name)
                read.add(folder / f"v{each.version}.sql")
            elif isinstance(each, sql_files.Script):
                folder = ROOT.joinpath(*each.room.split("."), "sql")
                read |= {folder / each.file} | ({folder / each.reverse} if each.reverse else set())

    assert {named(path) for path in read} == {
        named(path)
        for path in of_all_rooms("sql/**/*.sql")
        if named(path) != "config/sql/prepare_database.sql"  # run by whoever makes a database
    }


@pytest.mark.parametrize(
    ("operation", "sql"),
    [
        (rls.protect("hall", visible="seen", writable="written"), PROTECT),
        (rls.protect("hall", visible="written"), PROTECT.replace("seen", "written")),
        (
            sql_files.row_trigger(
                "hall", "stays", when="BEFORE UPDATE", function="keep", arguments=("a", "b")
            ),
            TRIGGER,
        ),
        (sql_files.append_only("hall"), APPEND_ONLY),
    ],
)
def test_what_migrations_call_does_what_it_did(operation, sql):
    """Released migrations were written against this text; another one needs another name."""
    assert isinstance(operation, RunSQL)
    assert operation.sql.split() == sql.split()


def test_conditions_of_walls_are_what_they_were():
    assert rls.IS_PLATFORM == "(SELECT suanpan_tenant()) = '*'"
    assert rls.owned_by("a", "b") == (
        "(SELECT suanpan_tenant()) = '*'"
        " OR a::text = (SELECT suanpan_tenant()) OR b::text = (SELECT suanpan_tenant())"
    )
