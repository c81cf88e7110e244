"""Placing, clearing, cancelling, charging, settling and depositing at once never deadlock."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from common import tenancy
from common.errors import Refusal
from identity import services as identity
from identity.approvals.contracts import Person
from marketplace.orders import services as orders
from marketplace.payments import services as payments
from marketplace.settlement import services
from metering import services as metering
from tests import cast, databases, environment
from tests.settlement.cast import NOON, Market, is_balanced

LATER = NOON + timedelta(days=2)
SECONDS = 8
_deposits = count(1)


@pytest.fixture
def market(django_db_setup, django_db_blocker) -> Iterator[Market]:
    with django_db_blocker.unblock():
        connections.close_all()
        databases.clone(environment.DATABASE)
        market = Market()
        market.voucher("5000.00", share="0.30")
        yield market
        connections.close_all()
        databases.drop(environment.DATABASE)


class Storm:
    """Everything that a market does at once, on the same few accounts, listing and orders."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.clerk_id = cast.somebody().pk
        self.placed: list[Any] = []
        self.errors: list[str] = []
        self.done: dict[str, int] = {}

    def place(self) -> None:
        order = self.market.order(cards=1, hours=1)
        self.placed.append(order)
        if order.state == "CLEARED":
            self.market.use(order, "1")

    def cancel(self) -> None:
        if not self.placed:
            return
        order = random.choice(self.placed[-6:])  # noqa: S311
        with tenancy.acting_as(self.market.buyer.pk):
            orders.cancel_order(
                order_id=order.pk,
                buyer_id=self.market.buyer.pk,
                now=NOON - timedelta(minutes=1),
            )

    def charge(self) -> None:
        with tenancy.acting_as_platform():
            metering.close_windows(now=LATER)
        services.charge_carefully(now=LATER)

    def settle(self) -> None:
        services.settle_due(now=LATER)

    def deposit(self) -> None:
        payments.record_deposit(
            organization_id=self.market.buyer.pk,
            amount_minor=100,
            reference=f"storm {next(_deposits)}",
            by=Person(self.clerk_id, self.market.buyer.pk),
            now=NOON,
        )

    def run(self, act: Callable[[], None], until: float) -> None:
        try:
            while time.monotonic() < until:
                try:
                    act()
                    self.done[act.__name__] = self.done.get(act.__name__, 0) + 1
                except Refusal:
                    continue
                except OperationalError as error:
                    self.errors.append(f"{act.__name__}: {error}")
        finally:
            connections.close_all()


def test_a_market_at_work_has_no_deadlock(market):
    storm = Storm(market)
    acts = [
        storm.place,
        storm.place,
        storm.cancel,
        storm.charge,
        storm.charge,
        storm.settle,
        storm.settle,
        storm.deposit,
    ]
    until = time.monotonic() + SECONDS

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(lambda act: storm.run(act, until), acts))

    assert storm.errors == []
    assert {"place", "charge", "settle", "deposit"} <= storm.done.keys()
    assert is_balanced()


def test_a_new_row_does_not_wait_for_who_observes_its_resource(market):
    """Charging opens contracts of a resource while it holds balances that clearing waits for."""
    resource_id = market.listing.resource_id

    def register() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            with tenancy.acting_as_platform():
                metering.register_meter(
                    provider_id=market.provider.pk,
                    resource_id=resource_id,
                    rule_version_id=market.meter.rule_version_id,
                    name="another",
                    now=NOON,
                )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        identity.observe_capacity({resource_id: 8000}, at=LATER)
        pool.submit(register).result()
