"""
Writing sets: many rows by one statement, each column of them one array.

A row that needs no signal and no default of its model goes this way: the statement has as many
parameters as there are columns, however many rows, and what stands already can be left or met.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg.sql import SQL, Composable, Composed, Identifier

# The columns of a set, each with its type: {"id": "uuid", "at": "timestamptz"}.
Types = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows a statement wrote, and what it was asked to return of them."""

    count: int
    rows: list[tuple[Any, ...]]


def as_arrays(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Turn rows into one list a column, as `unnest` takes them."""
    return [list(column) for column in zip(*rows, strict=True)]


def insert(
    table: str,
    types: Types,
    rows: Collection[Sequence[Any]],
    *,
    on_conflict: str = "",
    returning: Sequence[str] = (),
) -> Written:
    """
    Insert rows; those that stand already do not count.

    `on_conflict` is what follows `ON CONFLICT` in the statement: `DO NOTHING`, `(code) DO NOTHING`.
    """
    statement = SQL("INSERT INTO {table} ({columns}) SELECT * FROM {given}{conflict}{returning}")
    return _written(
        statement.format(
            table=Identifier(table),
            columns=_names(types),
            given=_given(types),
            conflict=SQL(f" ON CONFLICT {on_conflict}" if on_conflict else ""),
            returning=_returning(returning),
        ),
        rows,
        reads=bool(returning),
    )


def update(
    table: str,
    types: Types,
    rows: Collection[Sequence[Any]],
    *,
    key: Sequence[str],
    changes: Mapping[str, str],
    returning: Sequence[str] = (),
) -> Written:
    """
    Update the rows that have the same key.

    `changes` says what each column becomes, `row` being the table's and `given` the set's:
    `{"free_milli": "row.free_milli + given.change"}`.
    """
    statement = SQL("UPDATE {table} AS row SET {changes} FROM {given} WHERE {key}{returning}")
    return _written(
        statement.format(
            table=Identifier(table),
            changes=SQL(", ").join(
                SQL("{} = ").format(Identifier(name)) + SQL(text) for name, text in changes.items()
            ),
            given=_given(types),
            key=SQL(" AND ").join(
                SQL("row.{name} = given.{name}").format(name=Identifier(name)) for name in key
            ),
            returning=_returning(returning, of="row."),
        ),
        rows,
        reads=bool(returning),
    )


def _given(types: Types) -> Composed:
    arrays = SQL(", ").join(SQL(f"%s::{kind}[]") for kind in types.values())
    return SQL("unnest({}) AS given ({})").format(arrays, _names(types))


def _names(names: Iterable[str]) -> Composed:
    return SQL(", ").join(map(Identifier, names))


def _returning(names: Sequence[str], *, of: str = "") -> Composable:
    if not names:
        return SQL("")
    listed = SQL(", ").join(SQL(of) + Identifier(name) for name in names)
    return SQL(" RETURNING ") + listed


def _written(statement: Composed, rows: Collection[Sequence[Any]], *, reads: bool) -> Written:
    if not rows:
        return Written(0, [])
    with connection.cursor() as cursor:
        cursor.execute(statement, as_arrays(rows))
        return Written(cursor.rowcount, cursor.fetchall() if reads else [])
