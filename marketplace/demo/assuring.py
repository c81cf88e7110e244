"""
How steady the sample's resources were: what agents said, what one provider promised, what it cost.

The words are made up, as the readings of the sample are, and are told by the services that real
agents use up to now. One promise was missed, so that its credit can be checked by hand.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from common.period import Period
from gateway.sensing import services as sensing_services
from gateway.sensing.contracts import Health, StateSource
from marketplace.assurance import level_selectors
from marketplace.assurance import services as assurance_services
from marketplace.assurance.level_contracts import LevelPromise, LevelWish
from marketplace.catalog import selectors as catalog_selectors
from marketplace.demo.history import SEED, Deal
from marketplace.demo.supply import Supplied

# 99.9 %: below it 10 % goes back, below 99 % a quarter, below 95 % all.
PROMISE: Final = LevelPromise(
    availability_ppm=999_000, tiers=((999_000, 1_000), (990_000, 2_500), (950_000, 10_000))
)
# Of ten hours 25 minutes, of which ten are forgiven: 97.5 %, so a quarter goes back.
BROKEN_AFTER: Final = timedelta(hours=2)
BROKEN_FOR: Final = timedelta(minutes=25)
OUTAGES_MAX: Final = 3
OUTAGE_MINUTES: Final = (5, 40)
COUNTS_FOR: Final = timedelta(minutes=3)
_EVIDENCE: Final = "made up for the sample"
_Word = tuple[Health, Period]


def promise_level(supplied: Supplied, *, now: datetime) -> bool:
    """Let a provider promise a service level of a listing; return whether it did not before."""
    if level_selectors.levels_of(supplied.listing_id).exists():
        return False
    assurance_services.publish_level(
        provider_id=supplied.provider_id, wish=LevelWish(supplied.listing_id, PROMISE), now=now
    )
    return True


def tell_of_states(supplied: Sequence[Supplied], *, broken: Deal, told: Period) -> None:
    """Tell what agents said of all resources, and of the one that stood still in a deal."""
    for number, (each, resource_id) in enumerate(resources(supplied)):
        if each.listing_id == broken.supplied.listing_id:
            began = broken.period.starts_at + BROKEN_AFTER
            still = [Period(began, began + BROKEN_FOR)]
        else:
            still = _outages(number, told)
        for health, period in _words(still, told):
            _say(resource_id, health, period)


def say_well(resource_ids: Sequence[UUID], *, now: datetime) -> None:
    """Let agents say now that all is well."""
    sensing_services.relate(
        resource_ids=resource_ids,
        source=StateSource.AGENT,
        health=Health.OK,
        period=Period(now, now + COUNTS_FOR),
        evidence=_EVIDENCE,
    )


def count(*, now: datetime) -> None:
    """Count the months that are over, give back what was promised, and score what is offered."""
    assurance_services.evaluate_levels(now=now)
    assurance_services.score_resources(now=now)


def resources(supplied: Sequence[Supplied]) -> list[tuple[Supplied, UUID]]:
    """Return what is supplied, each with its resource."""
    listings = catalog_selectors.listings({each.listing_id for each in supplied})
    return [(each, listings[each.listing_id].resource_id) for each in supplied]


def _say(resource_id: UUID, health: Health, period: Period) -> None:
    sensing_services.relate(
        resource_ids=[resource_id],
        source=StateSource.AGENT,
        health=health,
        period=period,
        evidence=_EVIDENCE,
    )


def _outages(number: int, told: Period) -> list[Period]:
    """Return when a resource stood still, the same in every installation; rarely and not long."""
    draw = random.Random(SEED + number)  # noqa: S311 - a story, not a secret
    days = max(1, (told.ends_at - told.starts_at) // timedelta(days=1))
    found = []
    for day in sorted(draw.sample(range(days), min(days, draw.randrange(OUTAGES_MAX + 1)))):
        began = told.starts_at + timedelta(days=day, hours=draw.randrange(1, 23))
        ended = began + timedelta(minutes=draw.randrange(*OUTAGE_MINUTES))
        if ended < told.ends_at:
            found.append(Period(began, ended))
    return found


def _words(still: Sequence[Period], told: Period) -> Iterator[_Word]:
    """Yield one word after the other: well, but for the times when it stood still."""
    since = told.starts_at
    for each in still:
        yield Health.OK, Period(since, each.starts_at)
        yield Health.DOWN, each
        since = each.ends_at
    yield Health.OK, Period(since, told.ends_at)
