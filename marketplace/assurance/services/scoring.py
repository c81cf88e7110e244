"""
Scores of what is on the market, once a day, and the listings that fall below the rule.

One run scores all resources that are offered for the day that was over last; done again, it finds
them scored. What is below 98 % over its 30 days is warned of, leaves the market a day later, and
comes back when it is above.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q

from common import moments, tenancy
from common.canonical import content_hash
from common.period import Period
from gateway.sensing import selectors as sensing_selectors
from gateway.sensing.contracts import ToldSpan
from marketplace.assurance import dispute_selectors, level_1, score_rules, telling
from marketplace.assurance.event_names import ListingStopEvent
from marketplace.assurance.level_contracts import LevelCount, LevelFacts
from marketplace.assurance.models import LevelEvaluation, ListingStop, ResourceScore
from marketplace.assurance.score_contracts import (
    ScoreInputs,
    ScoreResult,
)
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import ListingState, QualityNote
from marketplace.fulfilment import maintenance_selectors
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.limits import take_turns
from marketplace.settlement import selectors as settlement_selectors
from metering import selectors as metering_selectors
from metering.verifying import selectors as verifying_selectors

SCORED_MAX: Final = 2_000  # listings of one run
STOPPED_MAX: Final = 500  # likewise
UNLISTING: Final = score_rules.UNLISTING.rule(score_rules.UNLISTING.newest)
_MICROSECOND: Final = timedelta(microseconds=1)


@transaction.atomic
def score_resources(*, now: datetime, limit: int = SCORED_MAX) -> int:
    """Score what is offered for the day before this one; return how many were scored."""
    day = moments.market_date(now) - timedelta(days=1)
    with tenancy.acting_as_platform():
        take_turns("assurance.scores")
        scored = ResourceScore.objects.filter(day=day).values("resource_id")
        listed = list(catalog_selectors.offered().exclude(resource_id__in=scored)[:limit])
        if not listed:
            return 0
        made = _scores(listed, day, now=now)
        ResourceScore.objects.bulk_create(made, batch_size=500)
        by_resource = {each.resource_id: each for each in made}
        catalog_services.note_quality(
            notes=[
                QualityNote(
                    listing_id=each.pk,
                    credibility=by_resource[each.resource_id].credibility,
                    stability=by_resource[each.resource_id].stability,
                    availability_ppm=by_resource[each.resource_id].availability_ppm,
                    day=day,
                )
                for each in listed
            ]
        )
        _follow_rule(listed, by_resource, now=now)
    return len(made)


def _scores(listed: Sequence[Any], day: date, *, now: datetime) -> list[ResourceScore]:
    rule = score_rules.SCORES.rule(score_rules.SCORES.newest)
    first = day - timedelta(days=rule.days - 1)
    period = moments.days_period(first, day)
    inputs = _inputs(listed, period)
    made = []
    for each in listed:
        found = inputs[each.resource_id]
        result = rule.score(found)
        made.append(
            ResourceScore(
                resource_id=each.resource_id,
                provider_id=each.provider_id,
                day=day,
                rule=rule.name,
                credibility=result.credibility,
                stability=result.stability,
                availability_ppm=found.availability_ppm,
                inputs=asdict(found),
                parts=parts_of(result),
                content_hash=content_hash(
                    {"resource": each.resource_id, "day": f"{day:%Y-%m-%d}", "rule": rule.name}
                    | asdict(found)
                ),
                scored_at=now,
            )
        )
    return made


def parts_of(result: ScoreResult) -> dict[str, list[dict[str, Any]]]:
    """Return the parts of both scores, in JSON's own values."""
    return {
        "credibility": [asdict(each) for each in result.credibility_parts],
        "stability": [asdict(each) for each in result.stability_parts],
    }


def _inputs(listed: Sequence[Any], period: Period) -> dict[UUID, ScoreInputs]:
    ids = [each.resource_id for each in listed]
    told = sensing_selectors.spans_of(ids, period)
    excused = maintenance_selectors.excused_of([each.pk for each in listed], period)
    certificates = _certificates(ids, period.ends_at)
    records = metering_selectors.revised_counts(ids, period)
    contracts = settlement_selectors.contract_counts(ids, period)
    starts = fulfilment_selectors.start_counts(ids, period)
    months = _months(ids, period)
    disputes = dispute_selectors.upheld_counts(ids, period)
    inputs = {}
    for each in listed:
        key = each.resource_id
        spans = told.get(key, [])
        level, age = certificates.get(key, (0, None))
        inputs[key] = ScoreInputs(
            total_us=period.microseconds,
            told_us=_told_us(spans),
            availability_ppm=_availability(spans, excused.get(each.pk, ()), period),
            certificate_level=level,
            certificate_age_days=age,
            records=records[key][0],
            revised=records[key][1],
            contracts=contracts[key],
            disputes=disputes[key],
            deliveries=starts[key][0],
            failed_starts=starts[key][1],
            months=months[key][0],
            missed_months=months[key][1],
        )
    return inputs


def _told_us(spans: Sequence[ToldSpan]) -> int:
    """Return how long at least one source told of it."""
    told, reached = 0, None
    for span in sorted(each.period for each in spans):
        starts_at = span.starts_at if reached is None else max(span.starts_at, reached)
        if span.ends_at > starts_at:
            told += (span.ends_at - starts_at) // _MICROSECOND
            reached = span.ends_at
    return told


def _availability(
    spans: Sequence[ToldSpan], excused: Sequence[Period], period: Period
) -> int | None:
    """Return the share of the days that it was up, by the formula of service levels; no buffer."""
    if not spans:
        return None
    facts = LevelFacts(
        period=period,
        runs_from=None,
        asked_at=None,
        interrupted=(),
        told=tuple(spans),
        excused=tuple(excused),
        probes=0,
        probes_within=0,
        charged={},
    )
    lengths: Counter[LevelCount] = Counter()
    for each in level_1.counted_times(facts):
        lengths[each.count] += (each.ends_at - each.starts_at) // _MICROSECOND
    down = lengths[LevelCount.MACHINE] + lengths[LevelCount.NETWORK]
    counted = lengths[LevelCount.UP] + down
    return (counted - down) * 1_000_000 // counted if counted else None


def _certificates(ids: Collection[UUID], at: datetime) -> dict[UUID, tuple[int, int]]:
    """Return the level of each resource and the age in days of the newest certificate of it."""
    found: dict[UUID, tuple[int, int]] = {}
    rows = verifying_selectors.in_force(at).filter(resource_id__in=list(ids))
    for resource_id, level, valid_from in rows.values_list("resource_id", "level", "valid_from"):
        best = (level, -((at - valid_from) // timedelta(days=1)))
        known = found.get(resource_id)
        if known is None or best > (known[0], -known[1]):
            found[resource_id] = (level, -best[1])
    return found


def _months(ids: Sequence[UUID], period: Period) -> dict[UUID, tuple[int, int]]:
    rows = (
        LevelEvaluation.objects.filter(
            month__contract__resource_id__in=ids,
            ends_at__gt=period.starts_at,
            ends_at__lte=period.ends_at,
            revision=F("month__revision"),
        )
        .order_by()
        .values("month__contract__resource_id")
        .annotate(months=Count("id"), missed=Count("id", filter=Q(is_missed=True)))
    )
    found: dict[UUID, tuple[int, int]] = dict.fromkeys(ids, (0, 0))
    for row in rows:
        found[row["month__contract__resource_id"]] = (row["months"], row["missed"])
    return found


def _follow_rule(
    listed: Sequence[Any], scores: Mapping[UUID, ResourceScore], *, now: datetime
) -> None:
    """Warn of listings below the rule, stop those warned a day ago, bring back those above."""
    open_stops = {
        each.listing_id: each
        for each in ListingStop.objects.filter(
            listing_id__in=[each.pk for each in listed], ended_at__isnull=True
        )
    }
    for each in listed:
        score = scores[each.resource_id]
        known = (
            score.inputs["told_us"] * 1_000_000 >= UNLISTING.known_ppm * score.inputs["total_us"]
        )
        available = score.availability_ppm
        if available is None:
            continue
        is_below = known and available < UNLISTING.below_ppm
        stop = open_stops.get(each.pk)
        if is_below and stop is None:
            stop = ListingStop.objects.create(
                listing=each,
                provider_id=each.provider_id,
                rule=UNLISTING.name,
                availability_ppm=available,
                warned_at=now,
                stops_at=now + timedelta(seconds=UNLISTING.warned_seconds),
            )
            telling.of_stop(ListingStopEvent.WARNED, stop, each.number)
        elif stop is not None and not is_below:
            _end(stop, each, now=now)


def _end(stop: ListingStop, listing: Any, *, now: datetime) -> None:
    stop.ended_at = now
    stop.save(update_fields=["ended_at"])
    if stop.stopped_at is not None:
        catalog_services.reopen_by_rule(listing_id=stop.listing_id)
        telling.of_stop(ListingStopEvent.RELISTED, stop, listing.number)


@transaction.atomic
def stop_listings(*, now: datetime, limit: int = STOPPED_MAX) -> int:
    """Take listings off the market whose warning is over, the longest first; return how many."""
    with tenancy.acting_as_platform():
        due = ListingStop.objects.filter(
            ended_at__isnull=True,
            stopped_at__isnull=True,
            stops_at__lte=now,
            listing__state=ListingState.OPEN,
        )
        found = list(
            due.select_related("listing")
            .select_for_update(of=("self",), skip_locked=True, no_key=True)
            .order_by("stops_at", "pk")[:limit]
        )
        for stop in found:
            catalog_services.stop_by_rule(listing_id=stop.listing_id)
            stop.stopped_at = now
            stop.save(update_fields=["stopped_at"])
            telling.of_stop(ListingStopEvent.UNLISTED, stop, stop.listing.number)
    return len(found)
