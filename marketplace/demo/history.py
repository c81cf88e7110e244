"""
The trade of the sample market until now, made by the services that live trade uses.

Day after day orders are placed, cleared, measured, charged and settled, each at its own time; the
choice of who orders what is fixed by a seed, so that every installation tells the same story.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from common.period import Period
from identity.rows import OrganizationRow
from marketplace.catalog import selectors as catalog_selectors
from marketplace.demo import cast, files
from marketplace.demo.supply import Supplied
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import OrderWish
from marketplace.settlement import services as settlement_services
from metering import services as metering_services
from metering.contracts import Reading

SEED: Final = 20_261_120
ORDERS_A_DAY: Final = 3
HOURS: Final = (6, 12, 18, 24, 36, 48)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
SECONDS_AN_HOUR: Final = 3600
PER_MILLE: Final = 1000
MILLI: Final = 1000
SHOWN_NUMBER: Final = 900
SHOWN_AFTER: Final = timedelta(days=4, hours=2)
SHOWN_HOURS: Final = 10
SHOWN_UNITS: Final = 8


@dataclass(frozen=True, slots=True)
class Chapter:
    """Days on which orders are placed, and the moment until which what they ask for is told."""

    name: str
    placing: Period
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Deal:
    """One order of the story, with how busy its capacity is hour by hour (per mille)."""

    key: str
    buyer_id: UUID
    supplied: Supplied
    units: int
    placed_at: datetime
    period: Period
    load: tuple[int, ...]


def tell(
    *,
    known: Mapping[str, OrganizationRow],
    supplied: Sequence[Supplied],
    projects: Mapping[UUID, UUID],
    chapters: Sequence[Chapter],
    shown: Deal | None = None,
) -> int:
    """
    Trade as the chapters say, unless that was done; return how many orders there are.

    One more deal may be of the last chapter, which visitors are shown.
    """
    buyers = [
        known[entry["key"]].pk
        for entry in files.entries("organizations")
        if "BUYER" in entry["roles"]
    ]
    done = sum(orders_selectors.orders_of(organization_id=buyer).count() for buyer in buyers)
    if done:
        return done
    visited = cast.visited(known, "PROVIDER").pk
    listings = catalog_selectors.listings({each.listing_id for each in supplied})
    books = {key: listing.book_id for key, listing in listings.items()}
    told = 0
    for chapter in chapters:
        deals = list(_deals(buyers, supplied, visited_id=visited, chapter=chapter))
        deals += [shown] if shown and chapter is chapters[-1] else []
        _tell(chapter, deals, books, projects)
        told += len(deals)
    return told


def shown_deal(buyer_id: UUID, supplied: Supplied, chapter: Chapter) -> Deal:
    """Return ten hours of a few units, used whole, in a chapter."""
    placed_at = chapter.placing.starts_at + SHOWN_AFTER
    starts_at = placed_at + HOUR
    return Deal(
        key=f"{chapter.name}-{SHOWN_NUMBER}",
        buyer_id=buyer_id,
        supplied=supplied,
        units=SHOWN_UNITS,
        placed_at=placed_at,
        period=Period(starts_at, starts_at + SHOWN_HOURS * HOUR),
        load=(PER_MILLE,) * SHOWN_HOURS,
    )


def _tell(
    chapter: Chapter,
    deals: Sequence[Deal],
    books: Mapping[UUID, int],
    projects: Mapping[UUID, UUID],
) -> None:
    running: dict[UUID, Deal] = {}
    day = chapter.placing.starts_at
    while day < chapter.ends_at:
        until = min(day + DAY, chapter.ends_at)
        for deal in deals:
            if day <= deal.placed_at < until:
                running[_trade(deal, books, projects)] = deal
        _measure(running, Period(day, until))
        _settle(now=until)
        day += DAY


def _deals(
    buyers: Sequence[UUID],
    supplied: Sequence[Supplied],
    *,
    visited_id: UUID,
    chapter: Chapter,
) -> Iterator[Deal]:
    """Draw the orders of a chapter; the last ones are still running when it ends now."""
    since = chapter.placing.starts_at
    draw = random.Random(SEED)  # noqa: S311 - a story, not a secret
    # The provider that a visitor may sign in as sells as much as all the others together.
    shown = [each for each in supplied if each.provider_id == visited_id]
    pool = [*supplied, *shown * (len(supplied) // max(1, len(shown)))]
    for number in range((chapter.placing.ends_at - since) // DAY * ORDERS_A_DAY):
        placed_at = since + number // ORDERS_A_DAY * DAY + draw.randrange(1, 20) * HOUR
        chosen = draw.choice(pool)
        hours = draw.choice(HOURS)
        starts_at = placed_at + HOUR
        yield Deal(
            key=f"{chapter.name}-{number:03d}",
            buyer_id=draw.choice(buyers),
            supplied=chosen,
            units=max(1, chosen.units * draw.randrange(4, 22) // 100),
            placed_at=placed_at,
            period=Period(starts_at, starts_at + hours * HOUR),
            load=tuple(draw.randrange(620, 1001) for _hour in range(hours)),
        )


def _trade(deal: Deal, books: Mapping[UUID, int], projects: Mapping[UUID, UUID]) -> UUID:
    """
    Place a deal's order and clear its book; return the order's id.

    Some of them are for the buyer's project, the others for nothing in particular.
    """
    order = orders_services.place_order(
        buyer_id=deal.buyer_id,
        wish=OrderWish(
            key=deal.key,
            units_milli=deal.units * MILLI,
            period=deal.period,
            listing_id=deal.supplied.listing_id,
            project_id=projects.get(deal.buyer_id) if int(deal.key[-1]) % 3 else None,
        ),
        placed_at=deal.placed_at,
    )
    orders_services.clear_book(
        book_id=books[deal.supplied.listing_id], now=deal.placed_at + timedelta(seconds=2)
    )
    return order.pk


def _measure(running: Mapping[UUID, Deal], day: Period) -> None:
    """Send the readings of one day, hour by hour, provider by provider."""
    readings: dict[UUID, list[Reading]] = {}
    for order_id, deal in running.items():
        for number, load in enumerate(deal.load):
            starts_at = deal.period.starts_at + number * HOUR
            if day.contains(starts_at) and starts_at + HOUR <= day.ends_at:
                readings.setdefault(deal.supplied.provider_id, []).append(
                    Reading(
                        source=f"urn:suanpan:meter:{deal.supplied.meter_id}",
                        event_id=f"{order_id}:{number}",
                        meter_id=deal.supplied.meter_id,
                        starts_at=starts_at,
                        ends_at=starts_at + HOUR,
                        quantity=Decimal(deal.units * SECONDS_AN_HOUR * load) / PER_MILLE,
                        unit=f"{deal.supplied.unit}-second",
                        subject=order_id,
                    )
                )
    for provider_id, batch in readings.items():
        metering_services.ingest(provider_id=provider_id, readings=batch, received_at=day.ends_at)


def _settle(*, now: datetime) -> None:
    """Close what is due, charge it, and settle what is over."""
    while metering_services.close_windows(now=now).is_full:
        continue
    orders_services.provision_started(now=now)
    while settlement_services.charge_due(now=now).is_full:
        continue
    while settlement_services.settle_due(now=now).is_full:
        continue
