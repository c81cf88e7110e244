"""
One seed drives a small market: clients, the clock, the broker, and what goes wrong.

The services and PostgreSQL are the real ones; only chance is the seed's. Messages of clients and
rings of the broker are dropped, doubled and shuffled; a worker dies at a point of its work; another
worker comes while one is at work. After each step the invariants are asked.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Thread
from typing import Any
from uuid import UUID

from django.db import connections

from common import tenancy
from common.errors import Refusal
from ledger import services as ledger_services
from marketplace.catalog import services as catalog_services
from marketplace.catalog.models import Listing
from marketplace.orders import selectors, services
from marketplace.orders.contracts import OrderWish
from marketplace.orders.models import Order
from marketplace.orders.services import clearing, recording
from tests import factories
from tests.catalog import supply
from tests.orders.cast import needs, wish
from tests.simulation import invariants

STEPS = 14
CARDS = 3
HOUR = timedelta(hours=1)
# What a worker is doing when it dies.
DEATHS: tuple[tuple[Any, str], ...] = (
    (catalog_services, "allocate"),
    (ledger_services, "post"),
    (recording, "record"),
)


class Death(BaseException):
    """A process that ends: no handler of errors sees it."""


@dataclass
class Client:
    """A buyer with its orders, by the key that it gave them."""

    id: UUID
    deposited: int
    wishes: dict[str, OrderWish] = field(default_factory=dict)


@dataclass
class World:
    """The market of one seed."""

    seed: int
    chance: random.Random = field(init=False)
    now: datetime = factories.NOW
    listing: Listing = field(init=False)
    clients: list[Client] = field(init=False)
    messages: list[Callable[[], object]] = field(default_factory=list)
    rings: int = 0
    rounds: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - no secret
        self.listing = supply.listed(cards=CARDS, price="3.33")
        self.clients = []
        for number in range(3):
            cash = self.chance.choice((10, 25, 400))
            owner = factories.BuyerFactory(stem=f"Client {number}", cash=str(cash))
            self.clients.append(Client(owner.pk, cash * 100))

    def run(self) -> None:
        """Take the steps of the seed, then let everything arrive, and check what is left."""
        acts = (self.order, self.order, self.order, self.cancel, self.pay, self.work, self.work)
        with self._chance_everywhere():
            for _step in range(STEPS):
                self.chance.choice(acts)()
                self.deliver()
                self.pass_time()
                invariants.check(self)
            self.settle()
        invariants.check_end(self)

    # --- Clients -------------------------------------------------------------------------------
    def order(self) -> None:
        """A client sends an order: once, twice, or again since nothing came back."""
        client = self.chance.choice(self.clients)
        key = f"{self.seed}-{len(client.wishes)}"
        facts: dict[str, Any] = {
            "key": key,
            "cards": str(self.chance.randint(1, CARDS)),
            "hours": self.chance.randint(1, 3),
            "start": factories.NOW + self.chance.randint(1, 3) * HOUR,
        }
        if self.chance.random() < 0.7:
            asked = wish(self.listing, **facts)
        else:
            asked = needs("H100", hub=self.listing.hub, **facts)
        client.wishes[key] = asked
        self.send(lambda: self._place(client, asked))

    def _place(self, client: Client, asked: OrderWish) -> None:
        with tenancy.acting_as(client.id):
            services.place_order(buyer_id=client.id, wish=asked, placed_at=self.now)
        self.rings += 1

    def cancel(self) -> None:
        """A client cancels one of its orders, if it is there."""
        client = self.chance.choice(self.clients)
        found = [each for each in invariants.orders(self) if each.buyer_id == client.id]
        if found:
            order = self.chance.choice(found)
            self.send(
                lambda: services.cancel_order(order_id=order.pk, buyer_id=client.id, now=self.now)
            )

    def pay(self) -> None:
        """Money of a client arrives; the bank may tell of it twice."""
        client = self.chance.choice(self.clients)
        reference = f"SIM-{self.seed}-{self.chance.getrandbits(40)}"
        owner = factories.OrganizationFactory._meta.model.objects.get(pk=client.id)

        def deposit() -> None:
            factories.DepositFactory(organization=owner, amount="15", reference=reference)
            client.deposited = invariants.deposited(client.id)

        self.send(deposit)

    # --- The broker ----------------------------------------------------------------------------
    def send(self, act: Callable[[], object]) -> None:
        """Put a message on its way: it may come twice, and later than others."""
        self.messages += [act] * self.chance.choice((1, 1, 1, 2))
        self.chance.shuffle(self.messages)

    def deliver(self) -> None:
        """Let some messages arrive; a client sends again what got lost."""
        for _each in range(self.chance.randint(0, len(self.messages))):
            message = self.messages.pop()
            if self.chance.random() < 0.15:
                self.messages.insert(0, message)  # lost, and sent again later
                continue
            self._answered(message)

    def _answered(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Refusal as refusal:
            self.told.append(refusal.code)

    def pass_time(self) -> None:
        """Move the clock on, or not: messages of one moment are ties."""
        self.now += timedelta(seconds=self.chance.choice((0, 0, 1, 60)))

    # --- Workers -------------------------------------------------------------------------------
    def work(self) -> None:
        """A ring arrives, or got lost; it may find another worker there, or die of something."""
        if not self.rings or self.chance.random() < 0.2:
            return
        self.rings -= self.chance.choice((0, 1))  # it may come again
        fate = self.chance.random()
        if fate < 0.25:
            with self._death():
                self._clear()
        elif fate < 0.5:
            with self._another_worker():
                self._clear()
        else:
            self._clear()

    def _clear(self) -> None:
        cleared = services.clear_book(book_id=self.listing.book_id, now=self.now)
        if cleared.round_number:
            self.rounds.add(cleared.round_number)

    @contextmanager
    def _death(self) -> Iterator[None]:
        """Let the worker die before or after one of its steps."""
        owner, name = self.chance.choice(DEATHS)
        is_after = self.chance.random() < 0.5
        real = getattr(owner, name)

        def dying(*args: Any, **facts: Any) -> Any:
            if is_after:
                real(*args, **facts)
            raise Death

        setattr(owner, name, dying)
        try:
            yield
        except Death:
            self.told.append("death")
        finally:
            setattr(owner, name, real)

    @contextmanager
    def _another_worker(self) -> Iterator[None]:
        """Let another worker clear the same book between this one's reading and deciding."""
        real, came = clearing.selectors.snapshot, []

        def read(**facts: Any) -> Any:
            found = real(**facts)
            if not came:
                came.append(True)
                beside = Thread(target=self._beside)
                beside.start()
                beside.join(timeout=5)
            return found

        clearing.selectors.snapshot = read
        try:
            yield
        finally:
            clearing.selectors.snapshot = real

    def _beside(self) -> None:
        try:
            self._clear()
        except Exception as error:
            self.told.append(f"worker failed: {type(error).__name__}")
        finally:
            connections.close_all()

    # --- Chance and the end --------------------------------------------------------------------
    @contextmanager
    def _chance_everywhere(self) -> Iterator[None]:
        """Let lots of rounds be the seed's, too."""
        real = clearing.secrets.token_hex
        clearing.secrets.token_hex = lambda _bytes: f"{self.chance.getrandbits(128):032x}"
        try:
            yield
        finally:
            clearing.secrets.token_hex = real

    def settle(self) -> None:
        """Let everything arrive, clear what waits, and take the listing off the market."""
        while self.messages:
            self._answered(self.messages.pop())
        for _each in range(10):
            self._clear()
            if not self.waiting():
                break
        invariants.check(self)
        with tenancy.acting_as(self.listing.provider_id):
            catalog_services.close_listing(
                listing_id=self.listing.pk, provider_id=self.listing.provider_id, now=self.now
            )

    def waiting(self) -> int:
        """Return how many orders of the clients wait."""
        with tenancy.acting_as_platform():
            ids = [client.id for client in self.clients]
            return Order.objects.filter(buyer_id__in=ids, state="PLACED", review_code="").count()


def replayed(number: str) -> Any:
    """Return what a round comes to when it is computed again."""
    with tenancy.acting_as_platform():
        return selectors.replay(number=number)
