"""Telling people how much of their budgets is used, and what a period will come to."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction

from common import tenancy
from common.moments import market_date
from identity.events import services as events
from marketplace.budgets.contracts import FORECAST_FROM
from marketplace.budgets.event_names import BudgetEvent

_STEP: Final = """
    CASE WHEN used.used_minor >= used.limit_minor THEN 100
         WHEN used.used_minor * 100 >= used.limit_minor * 80 THEN 80
         WHEN used.used_minor * 100 >= used.limit_minor * 50 THEN 50
         ELSE 0 END
"""
_LIVE: Final = """
    cap.id = used.cap_id AND cap.ended_at IS NULL
    AND used.starts_on <= %(day)s AND (used.ends_on IS NULL OR used.ends_on > %(day)s)
"""
_TELL_REACHED: Final = f"""
    UPDATE budgets_capuse used SET told_percent = {_STEP}
    FROM budgets_cap cap
    WHERE {_LIVE} AND used.told_percent < {_STEP}
    RETURNING cap.id, cap.organization_id, cap.scope, cap.period, used.told_percent,
              used.used_minor, used.limit_minor
"""
_TELL_FORESEEN: Final = f"""
    UPDATE budgets_capuse used SET foreseen_at = %(now)s
    FROM budgets_cap cap
    WHERE {_LIVE} AND used.foreseen_at IS NULL AND used.used_minor < used.limit_minor
        AND %(day)s - used.starts_on + 1 >= (used.ends_on - used.starts_on) * %(from)s
        AND used.used_minor::numeric * (used.ends_on - used.starts_on)
            > used.limit_minor::numeric * (%(day)s - used.starts_on + 1)
    RETURNING cap.id, cap.organization_id, cap.scope, cap.period, 0, used.used_minor,
              used.limit_minor
"""


@transaction.atomic
def tell_of_use(*, now: datetime) -> int:
    """
    Tell of caps that are used by half, by 80 per cent, or wholly, and of those that will be.

    Each step is told once a period, the highest that is reached; two statements for all caps.
    """
    given: dict[str, date | datetime | Decimal] = {
        "day": market_date(now),
        "now": now,
        "from": FORECAST_FROM,
    }
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        told: list[events.Event] = []
        for name, statement in (
            (BudgetEvent.CAP_REACHED, _TELL_REACHED),
            (BudgetEvent.CAP_FORESEEN, _TELL_FORESEEN),
        ):
            cursor.execute(statement, given)
            told += _events(name, cursor.fetchall())
        events.record(told)
    return len(told)


def _events(name: BudgetEvent, rows: list[tuple[Any, ...]]) -> Iterator[events.Event]:
    for cap_id, organization_id, scope, period, percent, used, limit in rows:
        yield events.Event(
            name=name,
            object_kind="cap",
            object_id=cap_id,
            object_label=scope,
            concerns=[organization_id],
            facts={
                "period": period,
                "used_minor": used,
                "limit_minor": limit,
                **({"percent": percent} if percent else {}),
            },
        )
