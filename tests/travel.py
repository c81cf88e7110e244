"""A test that travels in time takes the database's clock along; nothing else can set that clock."""

from datetime import UTC, datetime

from time_machine import escape_hatch

from common import clock


def take_along(*, connection, **_) -> None:
    """Let a new connection's answer to "what time is it" follow time_machine."""
    if _travelled not in connection.execute_wrappers:
        connection.execute_wrappers.append(_travelled)


def _travelled(execute, sql, params, many, context):
    if sql == clock.STATEMENT and escape_hatch.is_travelling():
        sql, params = "SELECT %s::timestamptz", [datetime.now(UTC)]
    return execute(sql, params, many, context)
