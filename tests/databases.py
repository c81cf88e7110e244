"""Databases for tests: a migrated template, cloned in a tenth of a second."""

import copy
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from django.db import connections
from psycopg import sql

from tests import environment

ROOT = Path(__file__).resolve().parent.parent
SUPERUSER = os.environ.get("SUANPAN_TEST_POSTGRES_SUPERUSER", "postgres")
KEPT = f"{environment.DATABASE}_kept"
BASE = f"{environment.TEMPLATE}_base"
Made = TypeVar("Made")
_dropped: set[str] = set()
_makers: set[Any] = set()


def admin(database: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(
        host=environment.SOCKET_DIR, user=SUPERUSER, dbname=database, autocommit=True
    )


def application(database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=environment.SOCKET_DIR, user="suanpan_app", dbname=database, autocommit=True
    )


def schema_files() -> dict[str, str]:
    """Return the hash of each migration and of each script that one may read, by its path."""
    paths = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py")]
    paths += ROOT.glob("[!.]*/**/sql/**/*.sql")
    return {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(set(paths))
    }


def schema_fingerprint() -> str:
    """Return a hash of everything that a database is migrated with."""
    return hashlib.sha256(repr(sorted(schema_files().items())).encode()).hexdigest()


def ensure_template() -> None:
    """
    Migrate the template once; other workers wait for the one that does it.

    What was migrated from nothing is kept as a base: while its files are as they were, only what
    came since is migrated on a copy of it.
    """
    with admin() as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [environment.TEMPLATE])
        files = schema_files()
        if _kept_files(connection, environment.TEMPLATE) == files:
            return
        base = _kept_files(connection, BASE)
        if base and base.items() <= files.items():
            clone(environment.TEMPLATE, BASE)
            _migrate()
        else:
            prepare(environment.TEMPLATE)
            _migrate()
            clone(BASE, environment.TEMPLATE)
            _keep_files(connection, BASE, files)
        _keep_files(connection, environment.TEMPLATE, files)


def prepare(database: str) -> None:
    """Make a database (or make it again) that is ready for its first migration."""
    name = sql.Identifier(database)
    with admin() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    with admin(database) as inside:
        inside.execute((ROOT / "config/sql/prepare_database.sql").read_text())


def _migrate() -> None:
    owner_url = environment.database_url("suanpan_owner", environment.TEMPLATE)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_OWNER_URL": owner_url},
        check=True,
    )


def _kept_files(connection: psycopg.Connection, database: str) -> dict[str, str] | None:
    """Return the files that a database was migrated with, as its comment says; None if unknown."""
    found = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        [database],
    ).fetchone()
    if not found or not (found[0] or "").startswith("{"):
        return None
    kept: dict[str, str] = json.loads(found[0])
    return kept


def _keep_files(connection: psycopg.Connection, database: str, files: dict[str, str]) -> None:
    connection.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(
            sql.Identifier(database), sql.Literal(json.dumps(files))
        )
    )


def clone(database: str, source: str = environment.TEMPLATE) -> None:
    """Make (or make again) a database equal to another, the template if none is named."""
    with admin() as connection:
        name = sql.Identifier(database)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER suanpan_owner").format(
                name, sql.Identifier(source)
            )
        )
        # A copy does not take over who may do what with the database as a whole.
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO suanpan_app").format(name))
    _dropped.discard(database)


def drop(database: str) -> None:
    """Throw a database away, and end who is connected to it; see `ensure`."""
    with admin() as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )
    _dropped.add(database)


def maker(fixture: Made) -> Made:
    """Mark a fixture's function: it clones the database itself, and needs none before."""
    _makers.add(fixture)
    return fixture


def is_made_by(item: pytest.Item) -> bool:
    """Return whether a fixture of a test makes its database."""
    fixtures = getattr(item, "_fixtureinfo", None)
    found: dict[str, Any] = fixtures.name2fixturedefs if fixtures else {}
    return any(each[-1].func in _makers for each in found.values())


def ensure(database: str) -> None:
    """Clone a database again that was thrown away since."""
    if database in _dropped:
        clone(database)


@contextmanager
def made_once(make: Callable[[], Made]) -> Iterator[Callable[[], Made]]:
    """Fill a database once for a module; yield what gives each test a copy, to do as it will."""
    connections.close_all()
    clone(environment.DATABASE)
    made = make()
    connections.close_all()
    clone(KEPT, environment.DATABASE)
    drop(environment.DATABASE)

    def again() -> Made:
        connections.close_all()
        clone(environment.DATABASE, KEPT)
        return copy.deepcopy(made)

    yield again
    connections.close_all()
    drop(KEPT)
    drop(environment.DATABASE)
