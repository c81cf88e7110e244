"""Publishing the index: each day once, when it is over."""

from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from common import moments, tenancy
from common.canonical import content_hash
from identity.events import services as events
from marketplace.bulletin import rules, selectors
from marketplace.bulletin.contracts import Figure
from marketplace.bulletin.event_names import BulletinEvent
from marketplace.bulletin.models import DailyIndex
from marketplace.catalog import services as catalog_services

DAYS_MAX: Final = 31


@transaction.atomic
def publish_missing(*, now: datetime) -> int:
    """Publish the days that are over and have trades but no index; return how many figures."""
    with tenancy.acting_as_platform():
        today = moments.market_date(now)
        days = selectors.days_without_index(before=today, limit=DAYS_MAX)
        return sum(_publish(day, now=now) for day in days)


def _publish(day: date, *, now: datetime) -> int:
    figures = rules.index(selectors.trades_of(day))
    rows = [_row(day, name, figure, now=now) for name, figure in figures.items()]
    # Two publishers at once compute the same figures; the first one's stay.
    DailyIndex.objects.bulk_create(rows, ignore_conflicts=True)
    event = events.Event(
        name=BulletinEvent.INDEX_PUBLISHED,
        object_kind="index",
        object_id=day.isoformat(),
        object_label=day.isoformat(),
        facts={"figures": len(rows)},
    )
    events.record([event])
    prices = {row.resource_class: row.price for row in rows if row.price}
    catalog_services.follow_index(day=day, prices=prices, now=now)
    return len(rows)


def _row(day: date, resource_class: str, figure: Figure, *, now: datetime) -> DailyIndex:
    content: dict[str, Any] = {
        "methodology": rules.METHODOLOGY,
        "resource_class": resource_class,
        "standing": str(figure.standing),
        "price": figure.price,
        "standard_hours": figure.standard_hours,
        "trades": figure.trades,
        "providers": figure.providers,
        "excluded": figure.excluded,
        "inputs_hash": figure.inputs_hash,
    }
    return DailyIndex(
        **content,
        day=day,
        content_hash=content_hash(content | {"day": day.isoformat()}),
        published_at=now,
    )
