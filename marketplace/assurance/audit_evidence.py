"""What the market knows of a supplier's capacity, source by source: an audit begins with it."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Sum

from common.moments import market_date
from identity import selectors as identity_selectors
from marketplace.assurance.audit_contracts import CHALLENGE_DAYS, USE_DAYS, AuditSource
from metering import selectors as metering_selectors
from metering.verifying import selectors as verifying_selectors

Facts = dict[str, Any]


def facts_of(supplier_id: UUID, *, at: datetime) -> dict[AuditSource, Facts]:
    """
    Return what each source says of a supplier at a moment; counts are whole numbers.

    The caller acts for the platform: comparisons with power are the market's alone.
    """
    return {source: read(supplier_id, at) for source, read in READERS.items()}


def _registered(supplier_id: UUID, at: datetime) -> Facts:
    mine = identity_selectors.registered_resources().filter(provider_id=supplier_id)
    levels = verifying_selectors.levels_of(list(mine.values_list("id", flat=True)), at)
    sums = mine.order_by("resource_class", "capacity_unit").values_list(
        "resource_class", "capacity_unit"
    )
    return {
        "resources": mine.count(),
        "by_class": [
            {"class": each, "unit": unit, "resources": count, "total_milli": int(total)}
            for each, unit, count, total in sums.annotate(Count("id"), Sum("total_milli"))
        ],
        "by_level": {str(level): n for level, n in sorted(Counter(levels.values()).items())},
    }


def _hardware(supplier_id: UUID, _at: datetime) -> Facts:
    named = identity_selectors.hardware_counts(provider_id=supplier_id)
    mine = identity_selectors.registered_resources().filter(provider_id=supplier_id)
    return {
        "serials": sum(named.values()),
        "resources_with_serials": len(named),
        "resources": mine.count(),
    }


def _meters(supplier_id: UUID, at: datetime) -> Facts:
    meters = metering_selectors.meters_that_count(provider_id=supplier_id)
    used = metering_selectors.current_usage().filter(
        provider_id=supplier_id, starts_at__gte=at - timedelta(days=USE_DAYS), starts_at__lt=at
    )
    return {
        "days": USE_DAYS,
        "meters": len(meters),
        "meters_with_use": used.order_by().values("meter_id").distinct().count(),
        "records": used.count(),
    }


def _power(supplier_id: UUID, at: datetime) -> Facts:
    since = market_date(at) - timedelta(days=USE_DAYS)
    checks = verifying_selectors.checks().filter(provider_id=supplier_id, day__gte=since)
    by_verdict = checks.order_by("verdict").values_list("verdict").annotate(Count("id"))
    return {"days": USE_DAYS, "by_verdict": dict(by_verdict)}


def _challenges(supplier_id: UUID, at: datetime) -> Facts:
    opened = verifying_selectors.challenges_of(supplier_id).filter(
        opens_at__gte=at - timedelta(days=CHALLENGE_DAYS)
    )
    by_state = opened.order_by("state").values_list("state").annotate(Count("id"))
    return {"days": CHALLENGE_DAYS, "by_state": dict(by_state)}


READERS: Final[Mapping[AuditSource, Callable[[UUID, datetime], Facts]]] = {
    AuditSource.REGISTERED: _registered,
    AuditSource.HARDWARE: _hardware,
    AuditSource.METERS: _meters,
    AuditSource.POWER: _power,
    AuditSource.CHALLENGES: _challenges,
}
