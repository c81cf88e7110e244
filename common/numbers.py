"""Numbers that people read to each other: prefix, day in the market's time zone, running number."""

from datetime import datetime

from django.db import connection

from common.moments import market_date


def take_numbers(sequence: str, *, prefix: str, at: datetime, count: int = 1) -> list[str]:
    """
    Return numbers nobody else gets, such as `O-20261120-00417`.

    They come from a PostgreSQL sequence: no two writers wait for each other, and a transaction
    that fails leaves a gap.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, count]
        )
        rows = cursor.fetchall()
    return [f"{prefix}-{market_date(at):%Y%m%d}-{row[0]:05d}" for row in rows]
