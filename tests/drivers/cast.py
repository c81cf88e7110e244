"""A market whose provider has a driver, and the hands that carry calls and messages."""

import http.client
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from common import tenancy
from identity.contracts import Role
from marketplace.drivers import services, wire
from marketplace.drivers.contracts import DriverWish, HeardMessage
from marketplace.drivers.models import DrivenDelivery, DriverCall, DriverMessage, ProviderDriver
from marketplace.drivers.services.calling import ClaimedCall, claim_calls
from marketplace.drivers.services.outcomes import CallOutcome, MadeCall, record_calls
from marketplace.fulfilment import services as fulfilment
from marketplace.orders.models import Order
from marketplace.settlement import services as settlement
from tests import cast as people
from tests.drivers.fake_provider import FakeProvider
from tests.fulfilment.cast import HOUR, NOON, OPENED, Delivering

MINUTE = timedelta(minutes=1)
__all__ = ["HOUR", "MINUTE", "NOON", "OPENED", "Driving"]


class Driving(Delivering):
    """The market of deliveries, whose provider's driver is the fake one."""

    def __init__(self, fake: FakeProvider, **made: Any) -> None:
        super().__init__(**made)
        self.fake = fake
        person = people.member(self.provider, Role.PROVIDER)
        with tenancy.acting_as(self.provider.pk):
            issued = services.register_driver(
                provider_id=self.provider.pk,
                person_id=person.pk,
                wish=DriverWish("webhook-1", fake.url),
                now=OPENED,
            )
        self.driver: ProviderDriver = issued.driver
        fake.secret = issued.secret

    def drive(self, at: datetime, *, rounds: int = 12) -> int:
        """Do at one moment what the worker does until nothing is due; return the calls made."""
        fulfilment.advance(now=at)
        made = 0
        for _round in range(rounds):
            planned = services.plan(now=at)
            claimed = claim_calls(now=at, limit=64)
            record_calls(
                [MadeCall(c.id, c.driver_id, c.claim, _posted(c, at)) for c in claimed], now=at
            )
            made += len(claimed)
            if not planned and not claimed:
                break
        return made

    def say_signed(self, order: Order, word: str, *, at: datetime, **more: Any) -> HeardMessage:
        """Let the driver say something of an order's delivery."""
        headers, body = self.fake.message(self.delivery(order).pk, word, at=at, **more)
        return services.hear(driver_id=self.driver.pk, headers=headers, body=body, now=at)

    def over(self, order: Order, *, at: datetime = NOON + timedelta(days=2)) -> None:
        """Let everything end that ends by itself, and settle."""
        settlement.open_contracts(now=NOON + MINUTE)
        fulfilment.advance(now=at)
        settlement.end_undelivered(now=at)
        self.drive(at)
        self.settle(at=at)

    def calls(self, order: Order) -> dict[str, str]:
        with tenancy.acting_as_platform():
            found = DriverCall.objects.filter(delivery__order=order).order_by("id")
            return {call.step: call.state for call in found}

    def driven(self, order: Order) -> DrivenDelivery:
        with tenancy.acting_as_platform():
            return DrivenDelivery.objects.get(delivery__order=order)

    def heard(self, order: Order) -> list[tuple[str, str]]:
        with tenancy.acting_as_platform():
            found = DriverMessage.objects.filter(delivery__order=order).order_by("id")
            return [(each.word, each.code) for each in found]


def _posted(claimed: ClaimedCall, at: datetime) -> CallOutcome:
    """Make a call over HTTP as the worker does, but inside the test's transaction."""
    address = urlsplit(claimed.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=2)
    headers = wire.signed(wire.name_of(claimed.id), claimed.body, claimed.secrets, at=at)
    try:
        connection.request("POST", address.path, claimed.body.encode(), headers)
        reply = connection.getresponse()
        content = json.loads(reply.read() or b"{}")
    except (OSError, http.client.HTTPException):
        return CallOutcome(error="outbound_unreachable")
    finally:
        connection.close()
    error = "" if reply.status < 300 else f"status_{reply.status}"
    return CallOutcome(reply.status, error, content.get("reason", ""))
