"""Markets that sell what is no compute: storage by the GB-month, a network by the GB moved."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from common import tenancy
from identity.contracts import CapacityUnit, ResourceClass
from marketplace.orders.models import Order
from metering import services as metering
from tests import factories
from tests.settlement.cast import HOUR, NOON, OPENED, Market

STORAGE = {
    "name": "Storage",
    "resource_class": ResourceClass.GENERAL,
    "capacity_unit": CapacityUnit.GB,
    "specification": {"nodes": 1, "gb": 10_000},
    "total_milli": 10_000_000,
}
NETWORK = STORAGE | {
    "name": "Network",
    "capacity_unit": CapacityUnit.GBPS,
    "specification": {"nodes": 1, "gbps": 10},
    "total_milli": 10_000,
}


def install_rules() -> None:
    """Publish the rules that come with Suanpan; a fresh database has those of the first release."""
    with tenancy.acting_as_platform():
        metering.install_shipped_rules(now=OPENED - timedelta(days=1))


def storage(**more: Any) -> Market:
    """Return a market that sells 10,000 GB at ¥1.20 a GB-month."""
    terms = {"resource": STORAGE, "rule": "storage-hours", "price": "1.20", "unit": "gb_month"}
    return Market(**terms | more)


def network(**more: Any) -> Market:
    """Return a market that sells 10 Gbit/s at ¥0.50 a GB moved."""
    terms = {"resource": NETWORK, "rule": "bytes-moved", "price": "0.50", "unit": "gb_moved"}
    return Market(**terms | more)


def read(market: Market, order: Order, quantity: int, unit: str, *, seconds: int = 3600, **more):
    reading = factories.ReadingFactory(
        **{
            "meter": market.meter,
            "starts_at": NOON,
            "seconds": seconds,
            "quantity": Decimal(quantity),
            "unit": unit,
            "subject": order.pk,
        }
        | more
    )
    with tenancy.acting_as(market.provider.pk):
        taken = metering.ingest(
            provider_id=market.provider.pk, readings=[reading], received_at=NOON + 25 * HOUR
        )
    return [str(row.code) for row in taken.refused]
