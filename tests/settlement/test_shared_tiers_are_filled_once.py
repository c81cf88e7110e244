"""Two runs charge contracts of one buyer at once: together they fill each tier once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connections

from common import tenancy
from marketplace.settlement import locks, services
from marketplace.settlement.models import ChargingCursor
from marketplace.settlement.services import charging
from metering import services as metering
from tests.pricing.timed_plans import terms, tiered
from tests.settlement.cast import NOON, Market

LATER = NOON + timedelta(days=2)
ONCE = 4 * 300 + 2 * 200


def charged_at_once(monkeypatch) -> int:
    """Charge three orders of two hours in threads; return what they pay together, in fen."""
    said = terms(tiered(("0", "3"), ("4", "2")), counted_by="buyer_month") | {"zone": "UTC"}
    market = Market(terms=said)
    orders = [market.order(cards=2, hours=1) for _n in range(3)]
    for order in orders:
        market.use(order, "2", event_id=f"of {order.number}")
    with tenancy.acting_as_platform():
        metering.close_windows(now=LATER)
        services.open_contracts(now=LATER)
    met = Barrier(len(orders))
    read = charging.SharedTiers

    def reading(accounts, cards):
        shared = read(accounts, cards)
        # Who holds the cursor meets nobody here; who doesn't has read what the others have not yet.
        with suppress(BrokenBarrierError):
            met.wait(timeout=1)
        return shared

    monkeypatch.setattr(charging, "SharedTiers", reading)

    def charge(order):
        try:
            services.charge_due(now=LATER, order_ids=[order.pk])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(orders)) as pool:
        list(pool.map(charge, orders))
    return sum(each.gross_minor for order in orders for each in market.charges(order))


@pytest.mark.slow
def test_runs_at_once_fill_each_tier_once(fresh_database, monkeypatch):
    assert charged_at_once(monkeypatch) == ONCE


@pytest.mark.slow
def test_without_the_cursor_each_fills_the_lowest_tier(fresh_database, monkeypatch):
    """The negative control: nobody waits, and all pay the first tier's price."""
    monkeypatch.setattr(locks, "awaited_charging_cursor", lambda: ChargingCursor.objects.get(pk=1))

    assert charged_at_once(monkeypatch) == 6 * 300
