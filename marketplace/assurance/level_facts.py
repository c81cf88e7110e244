"""What months of contracts are counted from, read at once for many of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from common import moments
from common.period import Period
from gateway.sensing import selectors as sensing_selectors
from gateway.sensing.contracts import PROBE_BOUNDS_MS, ProbedHour, ToldSpan
from marketplace.assurance.level_contracts import LevelFacts
from marketplace.assurance.models import LevelMonth
from marketplace.fulfilment import maintenance_selectors
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment.contracts import DeliveredCourse
from marketplace.settlement import selectors as settlement_selectors


def facts_of(
    months: Sequence[LevelMonth],
) -> Iterable[tuple[LevelMonth, LevelFacts | None]]:
    """
    Return what each month is counted from: one read of each source for all of them.

    Whoever calls acts for the market. A month that its contract has no part in has none.
    """
    periods = {each.pk: _period(each) for each in months}
    known = [period for period in periods.values() if period is not None]
    if not known:
        return [(each, None) for each in months]
    whole = Period(min(p.starts_at for p in known), max(p.ends_at for p in known))
    contracts: list[Any] = [each.contract for each in months]
    courses = fulfilment_selectors.courses_of([each.order_id for each in contracts])
    told = sensing_selectors.spans_of({each.resource_id for each in contracts}, whole)
    probed = sensing_selectors.probed_hours(
        {each.contract.resource_id for each in months if each.level.response_ms}, whole
    )
    excused = maintenance_selectors.excused_of({each.listing_id for each in contracts}, whole)
    charged: dict[date, dict[UUID, dict[str, int]]] = {}
    for month in {each.month for each in months}:
        ids = [each.contract_id for each in months if each.month == month]
        charged[month] = settlement_selectors.charged_by_asset(ids, moments.month_period(month))
    # What was told of a resource is cut to a period once, for all contracts that ran so long.
    cuts = cache(lambda resource_id, period: _told_within(told.get(resource_id, ()), period))
    return [
        (
            each,
            None
            if (period := periods[each.pk]) is None
            else _facts(
                each,
                period,
                courses.get(each.contract.order_id),
                cuts(each.contract.resource_id, period),
                probed.get(each.contract.resource_id, ()),
                excused.get(each.contract.listing_id, ()),
                charged[each.month].get(each.contract_id, {}),
            ),
        )
        for each in months
    ]


def _period(month: LevelMonth) -> Period | None:
    whole = moments.month_period(month.month)
    starts_at = max(whole.starts_at, month.contract.starts_at)
    ends_at = min(whole.ends_at, month.contract.ends_at)
    return Period(starts_at, ends_at) if starts_at < ends_at else None


def _told_within(told: Sequence[ToldSpan], period: Period) -> tuple[ToldSpan, ...]:
    spans = ((each, each.period.overlap(period)) for each in told)
    return tuple(replace(each, period=part) for each, part in spans if part is not None)


def _facts(
    month: LevelMonth,
    period: Period,
    course: DeliveredCourse | None,
    told: tuple[ToldSpan, ...],
    probed: Sequence[ProbedHour],
    excused: Sequence[Period],
    charged: Mapping[str, int],
) -> LevelFacts:
    hours = [each for each in probed if period.contains(each.hour_at)]
    bound = month.level.response_ms
    place = PROBE_BOUNDS_MS.index(bound) if bound else 0
    return LevelFacts(
        period=period,
        runs_from=course.ready_at if course else None,
        asked_at=course.asked_at if course else None,
        interrupted=course.interrupted if course else (),
        told=told,
        excused=tuple(part for each in excused if (part := each.overlap(period)) is not None),
        probes=sum(each.probes for each in hours),
        probes_within=sum(each.within[place] for each in hours) if bound else 0,
        charged=charged,
    )
