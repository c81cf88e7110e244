"""
How much money one act may move, and all acts of a day together.

The limits keep one person, or one stolen session, from filling accounts that others need: a sum of
minor units fits bigint for thousands of years of days that are used to their limits.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import connection, models
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from common.moments import day_period, market_date
from common.money import Money, too_large

LOCK_CLASS: Final = 11


class DayLimitReached(Refusal):
    """The acts of a day may not move so much together."""

    code = "day_limit_reached"
    sentence = _("The limit of the day is %(limit)s; %(left)s of it is left.")


def require_act(amount_minor: int, *, at_most: int) -> None:
    """
    Bound one act.

    :raises AmountTooLarge: naming the limit
    """
    if amount_minor > at_most:
        raise too_large(at_most, field="amount_minor")


def require_day(amount_minor: int, *, spent_minor: int, at_most: int) -> None:
    """
    Bound the acts of a day.

    :raises DayLimitReached: naming the limit and what is left of it
    """
    left = max(0, at_most - spent_minor)
    if amount_minor > left:
        raise DayLimitReached(
            field="amount_minor",
            limit=str(Money(at_most)),
            left=str(Money(left)),
            limit_minor=at_most,
            left_minor=left,
        )


def take_turns(kind: str) -> None:
    """Let the acts of one kind wait for each other, so that the sum of their day stays true."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [kind, LOCK_CLASS])


def sum_of_day(
    found: Iterable[tuple[models.QuerySet[Any], str]], *, at: datetime, column: str = "amount_minor"
) -> int:
    """Return what several kinds of rows add up to on the market's day of a moment."""
    day = day_period(market_date(at))
    total = 0
    for rows, moment in found:
        of_day = rows.filter(**{f"{moment}__gte": day.starts_at, f"{moment}__lt": day.ends_at})
        # PostgreSQL sums bigint as numeric: no sum of a day overflows.
        total += int(of_day.aggregate(total=Sum(column))["total"] or 0)
    return total


def needs_second_person(
    amount_minor: int, *, alone: models.QuerySet[Any], moment: str, from_minor: int, at: datetime
) -> bool:
    """
    Return whether an act waits for a second person.

    `alone` are the acts for the same receiver that nobody confirmed: what was moved so on the
    market's day counts with this act, so that a large amount in small parts is a large amount.
    """
    return amount_minor + sum_of_day([(alone, moment)], at=at) >= from_minor
