"""When people are reminded that something ends: 30, 7 and 1 days before."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Q

STEPS: Final = (1, 7, 30)


def step(days_left: int) -> int:
    """Return which reminder belongs to so many days that are left."""
    return next((each for each in STEPS if days_left <= each), STEPS[-1])


def due(ends: str, reminded: str, at: date | datetime) -> Q:
    """
    Return which rows are to be reminded of: those nearer to their end than was told.

    `ends` names the column of the end, `reminded` that of the last reminder's days.
    """
    found = Q()
    for each in STEPS:
        is_near = Q(**{f"{ends}__lte": at + timedelta(days=each)})
        is_untold = Q(**{reminded: None}) | Q(**{f"{reminded}__gt": each})
        found |= is_near & is_untold
    return found & Q(**{f"{ends}__gt": at})
