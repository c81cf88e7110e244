"""Tables filled with copies of one row, alike in all that need not differ."""

from typing import Any

import psycopg
from psycopg import sql

from tests import databases, environment

COPIES = 1_200

_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory,
           a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval%%', false),
           EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = a.attrelid AND c.contype = 'f'
                   AND a.attnum = ANY (c.conkey))
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attgenerated = '' ORDER BY a.attnum
"""
_UNIQUE = """
    SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = %s::regclass AND (i.indisunique OR i.indisexclusion) GROUP BY i.indexrelid
"""
_CHECKS = """
    SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c' AND conislocal
"""


def crowd(table: str, where: str, *, times: int = COPIES, **changes: str) -> None:
    """
    Copy one row so many times, as a superuser who obeys no trigger and no check of the row's form.

    Columns that a unique index asks to differ do; `changes` says how where that cannot be guessed:
    an SQL expression of the row `r` and the number `n`.
    """
    with databases.admin(environment.DATABASE) as admin:
        admin.execute("SET session_replication_role = replica")
        for (name,) in admin.execute(_CHECKS, [table]).fetchall():
            drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            admin.execute(drop.format(sql.Identifier(table), sql.Identifier(name)))
        columns = admin.execute(_COLUMNS, [table]).fetchall()
        values = _values(admin, table, columns, changes)
        names = sql.SQL(", ").join(map(sql.Identifier, values))
        admin.execute(
            sql.SQL(
                "INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, {times}) n,"
                " (SELECT * FROM {table} WHERE {where} LIMIT 1) r"
            ).format(
                table=sql.Identifier(table),
                names=names,
                values=sql.SQL(", ").join(sql.SQL(value) for value in values.values()),
                times=times,
                where=sql.SQL(where),
            )
        )
        admin.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def _values(
    admin: psycopg.Connection, table: str, columns: list[Any], changes: dict[str, str]
) -> dict[str, str]:
    """Return an expression for each column that the database does not number by itself."""
    numbered = {name for name, _type, _category, is_numbered, _key in columns if is_numbered}
    values = {name: f'r."{name}"' for name, *_rest in columns if name not in numbered} | changes
    differing = set(changes) | numbered
    for (unique,) in admin.execute(_UNIQUE, [table]).fetchall():
        if differing & set(unique):
            continue
        # What points elsewhere goes last: a list may join it.
        told = [column for column in columns if column[0] in unique]
        name, kind, category, *_rest = min(told, key=lambda column: (column[4], column[2] == "D"))
        values[name] = _other(table, name, kind, category)
        differing.add(name)
    return values


def _other(table: str, name: str, kind: str, category: str) -> str:
    """Return an expression that differs from copy to copy."""
    if kind == "uuid":
        return "gen_random_uuid()"
    if category == "S":
        length = int("".join(filter(str.isdigit, kind)) or 40)
        beside = f"(SELECT count(*) FROM {table})"  # The row may have been copied before.
        return f"left(r.\"{name}\", {length - 6}) || '-' || n + {beside}"
    if category == "D":
        return f"r.\"{name}\" + n * interval '1 day'"
    return f'(SELECT max("{name}") FROM {table}) + n'
