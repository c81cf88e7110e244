"""
A market that lives: while the demonstration is served, orders and readings trickle in.

Everything goes through the services that members use, at a bounded rate; workers clear, charge and
settle it as they do with anybody's. What runs is remembered by its key alone, so that a trickle
that is killed goes on where the market stands.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from common import tenancy
from common.errors import Refusal
from common.period import Period
from marketplace.demo import assuring, cast, files
from marketplace.demo.history import PER_MILLE
from marketplace.demo.supply import Supplied, supply_market
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import OrderState, OrderWish
from metering import services as metering_services
from metering.contracts import Reading

MINUTE: Final = timedelta(minutes=1)
ORDER_EVERY: Final = timedelta(minutes=3)
RUNNING_MAX: Final = 12
MINUTES: Final = (20, 30, 60, 90)
# A restart after hours away measures no more than this at once.
MEASURED_AT_ONCE: Final = timedelta(minutes=30)
KEYS: Final = ("live-", "sample-")
MILLI: Final = 1000


@dataclass
class Trickle:
    """The market's small members at work; `step` does what is due at a moment."""

    draw: random.Random
    buyers: Sequence[UUID]
    supplied: Sequence[Supplied]
    resource_ids: Sequence[UUID]
    measured_until: datetime
    next_order_at: datetime

    @classmethod
    def begin(cls, *, now: datetime) -> "Trickle":
        """Begin with the sample's cast and supply."""
        with tenancy.acting_as_platform():
            known = cast.organizations(now=now)
            supplied = supply_market(known=known, since=now, now=now)
            resource_ids = [resource_id for _each, resource_id in assuring.resources(supplied)]
        buyers = [
            known[entry["key"]].pk
            for entry in files.entries("organizations")
            if "BUYER" in entry["roles"]
        ]
        minute = now.replace(second=0, microsecond=0)
        draw = random.Random(int(minute.timestamp()))  # noqa: S311 - a story, not a secret
        return cls(draw, buyers, supplied, resource_ids, minute, now)

    def step(self, *, now: datetime) -> tuple[int, int]:
        """Place an order and send readings, if they are due; return how many of each."""
        running = self._running()
        placed = self._order(now) if now >= self.next_order_at and len(running) < RUNNING_MAX else 0
        return placed, self._measure(running, now)

    def _running(self) -> list[Any]:
        with tenancy.acting_as_platform():
            found = orders_selectors.orders().filter(
                state__in=(OrderState.PLACED, OrderState.CLEARED)
            )
            return [each for each in found if each.key.startswith(KEYS)]

    def _order(self, now: datetime) -> int:
        self.next_order_at = now + ORDER_EVERY
        chosen, buyer_id = self.draw.choice(self.supplied), self.draw.choice(self.buyers)
        starts_at = now.replace(second=0, microsecond=0) + 2 * MINUTE
        length = self.draw.choice(MINUTES) * MINUTE
        wish = OrderWish(
            key=f"live-{starts_at:%Y%m%d%H%M}",
            units_milli=max(1, chosen.units // 100) * MILLI,
            period=Period(starts_at, starts_at + length),
            listing_id=chosen.listing_id,
        )
        try:
            with tenancy.acting_as(buyer_id):
                orders_services.place_order(buyer_id=buyer_id, wish=wish, placed_at=now)
        except Refusal:  # A listing that somebody closed or bound meanwhile; the next one, then.
            return 0
        return 1

    def _measure(self, running: Sequence[Any], now: datetime) -> int:
        """Send what was used in the whole minutes since the last time, provider by provider."""
        until = now.replace(second=0, microsecond=0)
        since = max(self.measured_until, until - MEASURED_AT_ONCE)
        if since >= until:
            return 0
        self.measured_until = until
        assuring.say_well(self.resource_ids, now=now)
        self._make_ready(running, now)
        by_listing = {each.listing_id: each for each in self.supplied}
        readings: dict[UUID, list[Reading]] = {}
        for order in running:
            supplied = by_listing.get(order.listing_id)
            used = Period(since, until).overlap(Period(order.starts_at, order.ends_at))
            if supplied and used and order.state == OrderState.CLEARED:
                reading = self._reading(order, supplied, used)
                readings.setdefault(supplied.provider_id, []).append(reading)
        for provider_id, batch in readings.items():
            with tenancy.acting_as(provider_id):
                metering_services.ingest(provider_id=provider_id, readings=batch, received_at=now)
        return sum(map(len, readings.values()))

    def _make_ready(self, running: Sequence[Any], now: datetime) -> None:
        """Say of what is asked for that it is ready, once its time has come."""
        by_listing = {each.listing_id: each for each in self.supplied}
        for order in running:
            supplied = by_listing.get(order.listing_id)
            if supplied is None or order.state != OrderState.CLEARED or order.starts_at > now:
                continue
            with tenancy.acting_as(supplied.provider_id):
                asked = fulfilment_selectors.delivery_of_order(order.pk)
            if asked is not None and asked.ready_at is None and asked.next_at is not None:
                fulfilment_services.report(
                    delivery_id=asked.pk,
                    provider_id=supplied.provider_id,
                    move=DeliveryMove.READY,
                    now=now,
                )

    def _reading(self, order: Any, supplied: Supplied, used: Period) -> Reading:
        seconds = Decimal(used.microseconds // 1_000_000)
        load = Decimal(self.draw.randrange(700, PER_MILLE + 1)) / PER_MILLE
        return Reading(
            source=f"urn:suanpan:meter:{supplied.meter_id}",
            event_id=f"{order.pk}:{used.starts_at:%Y%m%dT%H%M%SZ}",
            meter_id=supplied.meter_id,
            starts_at=used.starts_at,
            ends_at=used.ends_at,
            quantity=Decimal(order.units_milli).scaleb(-3) * seconds * load,
            unit=f"{supplied.unit}-second",
            subject=order.pk,
        )
