"""
What time it is for the market: what its database says.

The clock of a web process, a worker or beat may run ahead, and then holds, quotes, orders and
contracts would begin and end early. All of them read one clock, PostgreSQL's; who doubts that clock
registers a witness, which is asked whenever the time is read.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import connection

# clock_timestamp() goes on inside a transaction, as the clock that it replaces did.
STATEMENT: Final = "SELECT clock_timestamp()"

_witnesses: list[Callable[[datetime], None]] = []


def now() -> datetime:
    """Return the database's time; a witness that contradicts it raises."""
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT)
        (moment,) = cursor.fetchone()
    for contradict in _witnesses:
        contradict(moment)
    return moment  # type: ignore[no-any-return] # a timestamptz is a datetime with a zone


def hear(witness: Callable[[datetime], None]) -> None:
    """Let a witness of this process see each reading from now on."""
    if witness not in _witnesses:
        _witnesses.append(witness)
