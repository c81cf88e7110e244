"""
How quickly lists answer at 100,000 rows each: the server's p95, and how many queries they need.

The sample market is loaded, then its rows are copied inside PostgreSQL until every list has the
rows that its reader may see; wallets stay as the sample has them, for their rows need accounts of
the ledger. Requests go through the whole application in this process, signed in.
SUANPAN_BENCH_ROWS sets another number of rows.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ["SUANPAN_MFA_REQUIRED"] = "false"  # Roles with a second factor sign in without it here.

from benchmarks import report
from tests import environment  # sets the environment before Django reads it

ROWS = int(os.environ.get("SUANPAN_BENCH_ROWS", "100000"))
REQUESTS = 40
WARM_UP = 3
# The name of a column's fresh value when copies of a row must differ in it.
FRESH = {
    "uuid": "uuidv7()",
    "text": "upper(md5({column} || '.' || n))",
    "character varying": "upper(left(md5({column} || '.' || n), {length}))",
    "integer": "{column} + 1000000 + n",
    "bigint": "{column} + 1000000::bigint * n",
    "timestamp with time zone": "{column} - n * interval '7 seconds'",
}


@dataclass(frozen=True)
class List:
    """A list that somebody reads: where, as whom, and which rows fill it."""

    name: str
    path: str
    role: str
    model: str
    owner: str = ""  # the column that must name the reader's organisation


LISTS = (
    List("page: market", "/market/", "BUYER", "catalog.Listing"),
    List("page: market, filtered", "/market/?hub=gz&sort=price", "BUYER", "catalog.Listing"),
    List("page: orders", "/orders/", "BUYER", "orders.Order", "buyer_id"),
    List("api: listings", "/api/v1/listings", "BUYER", "catalog.Listing"),
    List("api: orders", "/api/v1/orders", "BUYER", "orders.Order", "buyer_id"),
    List("api: contracts", "/api/v1/contracts", "BUYER", "settlement.Contract", "buyer_id"),
    List("api: charges", "/api/v1/charges", "BUYER", "settlement.Charge", "buyer_id"),
    List("api: trade records", "/api/v1/trade-records", "AUDITOR", "settlement.TradeRecord"),
    List("api: usage records", "/api/v1/usage-records", "PROVIDER", "metering.UsageRecord",
         "provider_id"),
    List("api: resources", "/api/v1/resources", "PROVIDER", "identity.ComputeResource",
         "provider_id"),
)  # fmt: skip


def fill(model: str, owner: str, reader: str) -> None:
    """Copy rows of a table inside PostgreSQL until the reader's list is full."""
    from django.apps import apps

    from tests import databases

    table = apps.get_model(model)._meta.db_table
    mine = f"WHERE {owner} = '{reader}'" if owner else ""
    with databases.admin(environment.DATABASE) as connection:
        # Copies keep their parents; triggers and foreign keys have nothing to say about them.
        connection.execute("SET session_replication_role = replica")
        found = connection.execute(f"SELECT count(*) FROM {table} {mine}").fetchone()
        have = found[0] if found else 0
        if have == 0:
            message = f"the sample market has no rows of {model} for its reader"
            raise SystemExit(message)
        copies = max(0, ROWS - have) // have
        names, values = columns(connection, table)
        connection.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)}"
            f" FROM (SELECT * FROM {table} {mine}) template,"
            f" generate_series(1, {copies}) AS series(n)"
        )
        if model == "catalog.Listing":
            give_resources(connection)
        connection.execute(f"ANALYZE {table}")


def give_resources(connection: Any) -> None:
    """Give each copied listing a resource of its own: a listing without one cannot be."""
    names, values = columns(connection, "identity_computeresource")
    chosen = [
        "series.resource_id" if n == '"id"' else v for n, v in zip(names, values, strict=True)
    ]
    connection.execute(
        f"INSERT INTO identity_computeresource ({', '.join(names)}) SELECT {', '.join(chosen)}"
        " FROM (SELECT * FROM identity_computeresource LIMIT 1) template,"
        " (SELECT l.resource_id, row_number() OVER () AS n FROM catalog_listing l WHERE NOT EXISTS"
        "  (SELECT FROM identity_computeresource r WHERE r.id = l.resource_id)) AS series"
    )
    connection.execute("ANALYZE identity_computeresource")


def columns(connection: Any, table: str) -> tuple[list[str], list[str]]:
    """Return the columns to write, and what to write: fresh values where rows must differ."""
    rows = connection.execute(
        """
        SELECT c.column_name, c.data_type, c.character_maximum_length,
               c.column_name IN (
                   SELECT a.attname FROM pg_index i
                   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
                   WHERE i.indrelid = c.table_name::regclass AND i.indisunique
               ) OR c.column_name IN ('created_at', 'placed_at')
        FROM information_schema.columns c
        WHERE c.table_name = %s AND c.is_identity = 'NO' AND c.is_generated = 'NEVER'
        """,
        [table],
    ).fetchall()
    keys = {"provider_id", "buyer_id", "holder_id", "listing_id", "meter_id"}
    names, values = [], []
    for name, kind, length, must_differ in rows:
        names.append(f'"{name}"')
        fresh = FRESH.get(kind) if must_differ and name not in keys else None
        quoted = f'template."{name}"'
        values.append(fresh.format(column=quoted, length=length or 32) if fresh else quoted)
    return names, values


@contextmanager
def market() -> Iterator[dict[str, Any]]:
    """Load the sample market in a fresh database; yield the reader of each role."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    from tests import databases

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    django.setup()
    with TemporaryDirectory() as state_dir:
        settings.STATE_DIR = Path(state_dir)
        call_command("load_sample", stdout=sys.stderr)
        try:
            yield readers()
        finally:
            from django.db import connections

            connections.close_all()
            databases.drop(environment.DATABASE)


def readers() -> dict[str, Any]:
    """Return the demo account of each role."""
    from identity.models import User
    from marketplace.demo import files

    people = files.entries("people")
    return {
        role: User.objects.get(email=person["email"])
        for person in people
        for role in person["roles"]
    }


def organization_of(user: Any) -> str:
    """Return the organisation that an account acts for."""
    from common import tenancy
    from marketplace.demo import cast

    with tenancy.acting_as_platform():
        return str(cast.organization_of(user.email))


def measure(it: List, user: Any) -> tuple[list[float], int]:
    """Return the milliseconds of each request, and the queries of one."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    taken = []
    for number in range(WARM_UP + REQUESTS):
        started_at = time.perf_counter()
        answer = browser.get(it.path)
        seconds = time.perf_counter() - started_at
        if answer.status_code != 200:
            message = f"{it.path} answered {answer.status_code}: {answer.content[:300]!r}"
            raise SystemExit(message)
        if number >= WARM_UP:
            taken.append(seconds * 1000)
    with CaptureQueriesContext(connection) as queries:
        browser.get(it.path)
    return taken, len(queries)


def p95(values: list[float]) -> float:
    """Return the value that 95 of 100 do not exceed."""
    return sorted(values)[int(len(values) * 0.95) - 1]


def main() -> None:
    """Measure every list and print the report."""
    cases = []
    # Only the report goes to standard output; the request log goes where everything else goes.
    with redirect_stdout(sys.stderr), market() as people:
        for model, owner, role in dict.fromkeys((it.model, it.owner, it.role) for it in LISTS):
            fill(model, owner, organization_of(people[role]))
        for it in LISTS:
            taken, queries = measure(it, people[it.role])
            sys.stderr.write(f"{it.name}: p95 {p95(taken):.1f} ms, {queries} queries\n")
            cases.append(report.Case(f"{it.name}, p95 of {REQUESTS}", "ms", [p95(taken)]))
            cases.append(report.Case(f"{it.name}, queries", "queries", [queries]))
    report.emit(report.report("pages", cases))
    environment.pytest_unconfigure()


if __name__ == "__main__":
    main()
