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


class Doubtful(Exception):  # noqa: N818 - nothing failed; it is better to wait
    """The database's time contradicts other clocks; what is due by it must not be done."""


def now() -> datetime:
    """
    Return the database's time.

    :raises Doubtful: if a witness contradicts it
    """
    moment = read()
    for contradict in _witnesses:
        contradict(moment)
    return moment


def read() -> datetime:
    """Return the database's time, whatever witnesses say."""
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT)
        (moment,) = cursor.fetchone()
    return moment  # type: ignore[no-any-return] # a timestamptz is a datetime with a zone


def add_witness(witness: Callable[[datetime], None]) -> None:
    """Let a witness of this process see each reading from now on."""
    if witness not in _witnesses:
        _witnesses.append(witness)
