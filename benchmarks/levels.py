"""
Service levels of 10,000 contracts over a month: counted, and what was missed given back.

The contracts are of one listing, each of one card for a month, charged for an hour; the resource
was down five times, for twelve hours in all, as its agent told, so each gives something back.
BENCH_CONTRACTS=1000 takes fewer. The figure is from the first look to the last credit; beside it
stands the processor time that this program and PostgreSQL took, which a busy machine changes less.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from benchmarks import processor
from benchmarks.report import Case, emit, report
from tests import environment  # sets the environment before Django reads it

CONTRACTS = int(os.environ.get("BENCH_CONTRACTS", "10000"))
STARTS_AT = datetime(2026, 11, 30, 16, tzinfo=UTC)  # the first of December where the market is
HOURS = 24 * 31
OUTAGES = 5


def prepare() -> Any:
    """Return a market whose contracts ran for a month, charged."""
    from django.conf import settings

    from common import tenancy
    from common.ids import uuid7
    from common.period import Period
    from marketplace import accounts
    from marketplace.assurance import services
    from marketplace.assurance.level_contracts import LevelWish
    from marketplace.orders import services as orders
    from marketplace.orders.contracts import OrderWish
    from marketplace.orders.models import Order
    from marketplace.settlement import services as settlement
    from metering import services as metering
    from tests import databases, factories
    from tests.assurance.levels import PROMISE
    from tests.settlement.cast import OPENED, Market

    settings.ORDERS_PLACED_PER_MINUTE = 10 * CONTRACTS  # They are not what is measured.
    databases.ensure_template()
    databases.clone(environment.DATABASE)
    accounts.install_chart()
    cash = f"{CONTRACTS * 12 * HOURS + 1}.00"
    market = Market(cards=CONTRACTS, cash=cash)
    wish = LevelWish(market.listing.pk, PROMISE)
    services.publish_level(provider_id=market.provider.pk, wish=wish, now=OPENED)
    period = Period(STARTS_AT, STARTS_AT + timedelta(hours=HOURS))
    placed_at = STARTS_AT - timedelta(minutes=5)
    wishes = [
        OrderWish(f"bench {uuid7()}", units_milli=1000, period=period, listing_id=market.listing.pk)
        for _each in range(CONTRACTS)
    ]
    with tenancy.acting_as(market.buyer.pk):
        for first in range(0, CONTRACTS, 500):
            placed = orders.place_orders(
                buyer_id=market.buyer.pk, wishes=wishes[first : first + 500], placed_at=placed_at
            )
    with tenancy.acting_as_platform():
        while orders.clear_book(book_id=placed[0].book_id, now=placed_at).is_full:
            continue
        ids = list(Order.objects.filter(state="CLEARED").values_list("pk", flat=True))
    assert len(ids) == CONTRACTS, len(ids)
    readings = [
        factories.ReadingFactory(
            meter=market.meter,
            starts_at=STARTS_AT,
            quantity=Decimal(3600),
            unit=market.unit,
            subject=each,
        )
        for each in ids
    ]
    for first in range(0, len(readings), 1_000):
        with tenancy.acting_as(market.provider.pk):
            metering.ingest(
                provider_id=market.provider.pk,
                readings=readings[first : first + 1_000],
                received_at=STARTS_AT + timedelta(hours=1),
            )
    later = STARTS_AT + timedelta(days=2)
    with tenancy.acting_as_platform():
        metering.close_windows(now=later)
    for _run in range(CONTRACTS // 500 + 2):
        settlement.open_contracts(now=later)
    for _run in range(CONTRACTS // 500 + 2):
        settlement.charge_due(now=later)
    return market


def tell(market: Any) -> None:
    """Let agent and probe have told of the resource, twelve hours of them that it is down."""
    from common import tenancy
    from gateway.sensing.contracts import Health, StateSource
    from gateway.sensing.models import HealthSpan

    agent, probe = StateSource.AGENT, StateSource.PROBE
    step, short = timedelta(hours=HOURS) / OUTAGES, timedelta(hours=12) / OUTAGES
    with tenancy.acting_as_platform():
        for number in range(OUTAGES):
            at = STARTS_AT + number * step
            for source, health, starts_at, ends_at in (
                (agent, Health.DOWN, at, at + short),
                (agent, Health.OK, at + short, at + step),
                (probe, Health.OK, at + short, at + step),
            ):
                HealthSpan.objects.create(
                    resource_id=market.listing.resource_id,
                    provider=market.provider,
                    source=source,
                    health=health,
                    starts_at=starts_at,
                    ends_at=ends_at,
                )


def service_levels() -> list[Case]:
    """Count the month of every contract, and return how long it took."""
    from marketplace.assurance import services

    market = prepare()
    tell(market)
    now = STARTS_AT + timedelta(hours=HOURS, minutes=30)
    roots = [os.getpid(), processor.postmaster()]
    spent = sum(processor.seconds_by_program(roots).values())
    began = time.perf_counter()
    evaluated = booked = 0
    while True:
        run = services.evaluate_levels(now=now)
        evaluated, booked = evaluated + run.evaluated, booked + run.booked
        if not (run.begun or run.evaluated):
            break
    took = time.perf_counter() - began
    spent = sum(processor.seconds_by_program(roots).values()) - spent
    sys.stderr.write(
        f"{evaluated} counted, {booked} credits; {CONTRACTS} contracts in {took:.1f} s,"
        f" {spent:.1f} s of processor\n"
    )
    assert (evaluated, booked) == (CONTRACTS, CONTRACTS), (evaluated, booked)
    return [
        Case("service_levels_s", f"s, {CONTRACTS} contracts, a credit each", [took]),
        Case("service_levels_processor_s", "s of processor", [spent]),
    ]


def main() -> None:
    """Print the benchmark's object."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        emit(report("levels", service_levels()))
    finally:
        from django.db import connections

        from tests import databases

        connections.close_all()
        databases.drop(environment.DATABASE)
        environment.pytest_unconfigure()


if __name__ == "__main__":
    main()
