"""Migrations put the SQL of files in place, and what is in place is what the newest files say."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db.migrations.loader import MigrationLoader

from common import sql_files
from tests import databases, environment
from tests.databases import ROOT

FIRST = "-- What it says.\nCREATE FUNCTION greeting() RETURNS text LANGUAGE sql RETURN 'first';\n"


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A room whose SQL lies in a folder of its own."""
    monkeypatch.setattr(sql_files, "ROOT", tmp_path)
    folder = tmp_path / "hall" / "sql" / "functions" / "greeting"
    folder.mkdir(parents=True)
    for number, word in enumerate(("first", "second"), start=1):
        (folder / f"v{number}.sql").write_text(FIRST.replace("first", word))
    return "hall"


@pytest.fixture
def owned(database_of_its_own):
    """The owner's connection to a database that nobody else uses."""
    url = environment.database_url("suanpan_owner", database_of_its_own)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def database_of_its_own():
    name = f"{environment.DATABASE}_sql_files"
    databases.ensure_template()
    databases.clone(name)
    yield name
    databases.drop(name)


def test_a_version_takes_the_place_of_the_one_before_and_goes_back_by_its_file(room, owned):
    def said() -> str:
        return owned.execute("SELECT greeting()").fetchone()[0]

    first, second = (sql_files.Function(room, "greeting", version=each) for each in (1, 2))

    owned.execute(first.forwards())
    assert said() == "first"
    owned.execute(second.forwards())
    assert said() == "second"
    owned.execute(second.backwards())
    assert said() == "first"
    owned.execute(first.backwards())
    assert owned.execute("SELECT to_regprocedure('greeting()')").fetchone() == (None,)


def test_a_file_is_read_when_its_migration_runs_and_not_before(tmp_path, monkeypatch):
    monkeypatch.setattr(sql_files, "ROOT", tmp_path / "nowhere")

    loader = MigrationLoader(None)
    operations = [each for one in loader.disk_migrations.values() for each in one.operations]

    assert any(isinstance(each, sql_files.Function) for each in operations)
    with pytest.raises(FileNotFoundError):
        sql_files.Function("ledger", "ledger_refuse").forwards()


LIVE = """
    SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid) FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname <> 'suanpan_seals'
"""
# A body that was parsed when it was defined looks names up no more.
WITHOUT_PATH = """
    SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND prosqlbody IS NULL
        AND NOT coalesce(proconfig::text LIKE '%search_path=pg_catalog%', false)
"""


def newest() -> dict[str, Path]:
    """Return the last file of every function of every room."""
    folders = [*ROOT.glob("[!.]*/sql/functions/*"), *ROOT.glob("[!.]*/*/sql/functions/*")]
    return {
        folder.name: max(folder.iterdir(), key=lambda path: int(path.stem[1:]))
        for folder in folders
    }


def test_a_fresh_database_holds_the_newest_files_and_nothing_else(owned):
    """`migrate` writes the seals of its key into `suanpan_seals`: its file is but the beginning."""
    files = newest()
    live = dict(owned.execute(LIVE).fetchall())

    for path in files.values():
        text = path.read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
        if path.parent.name != "suanpan_seals":
            owned.execute(text)

    assert {name.split("(")[0] for name in live} == files.keys() - {"suanpan_seals"}
    assert dict(owned.execute(LIVE).fetchall()) == live


def test_a_function_that_differs_from_its_file_is_noticed(owned):
    text = newest()["ledger_refuse"].read_text().replace("CREATE", "CREATE OR REPLACE", 1)
    before = dict(owned.execute(LIVE).fetchall())

    owned.execute(text.replace("'ledger: %", "'the ledger: %"))

    assert dict(owned.execute(LIVE).fetchall()) != before


def test_functions_find_what_they_name_whatever_the_session_looks_up_first(owned):
    assert owned.execute(WITHOUT_PATH).fetchall() == []


@pytest.mark.slow
def test_every_room_goes_away_and_comes_again(database_of_its_own, owned):
    owner_url = environment.database_url("suanpan_owner", database_of_its_own)

    def migrate(*to: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--database", "owner", "-v0", *to],
            cwd=ROOT,
            env=os.environ | {"DATABASE_OWNER_URL": owner_url},
            check=True,
        )

    def ours() -> set[str]:
        rows = owned.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p', 'v', 'S') UNION ALL SELECT oid::regprocedure::text"
            " FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
        return {name for (name,) in rows}

    before = ours()
    migrate("common", "zero")
    left = {name for name in ours() if not name.startswith(("auth_", "django_"))}
    migrate()

    assert left == set()
    assert ours() == before
