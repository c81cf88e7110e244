"""A market in which a provider promises a service level, and somebody counts it."""

from datetime import datetime, timedelta
from typing import Any

from common import clock, tenancy
from common.canonical import content_hash
from common.period import Period
from gateway.sensing.contracts import Health, StateSource
from gateway.sensing.models import HealthSpan, SourceState
from identity.models import Organization
from marketplace.assurance import services
from marketplace.assurance.level_1 import RULE, count
from marketplace.assurance.level_contracts import (
    LevelFacts,
    LevelPromise,
    LevelRun,
    LevelWish,
    promise_of,
)
from marketplace.assurance.level_documents import LevelSubject, document_of
from marketplace.assurance.models import (
    LevelCredit,
    LevelEvaluation,
    LevelMonth,
    ListingLevel,
    ResourceScore,
)
from marketplace.fulfilment import services as fulfilment
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.orders.models import Order
from marketplace.settlement.models import Adjustment
from tests.catalog import supply
from tests.fulfilment.cast import Delivering
from tests.settlement.cast import HOUR, NOON, OPENED

__all__ = [
    "HOUR",
    "MINUTE",
    "NOON",
    "OPENED",
    "PROMISE",
    "Promising",
    "close",
    "run",
    "stand_still",
]
MINUTE = timedelta(minutes=1)
# 99.9 %: below it 10 % goes back, below 99 % a quarter, below 95 % all.
PROMISE = LevelPromise(
    availability_ppm=999_000, tiers=((999_000, 1_000), (990_000, 2_500), (950_000, 10_000))
)


class Promising(Delivering):
    """The market of fulfilment, where the provider promises something of its listing."""

    def __init__(self, *, promise: LevelPromise | None = PROMISE, **made: Any) -> None:
        super().__init__(**made)
        self.level = self.promise(promise) if promise else None

    def promise(self, promise: LevelPromise, *, at: datetime = OPENED, **more: Any) -> ListingLevel:
        wish = LevelWish(self.listing.pk, promise, **more)
        return services.publish_level(provider_id=self.provider.pk, wish=wish, now=at)

    def told(self, source: StateSource, health: Health, starts_at: datetime, ends_at: datetime):
        """Let a source have said something of the resource for some time."""
        with tenancy.acting_as_platform():
            HealthSpan.objects.create(
                resource_id=self.listing.resource_id,
                provider=self.provider,
                source=source,
                health=health,
                starts_at=starts_at,
                ends_at=ends_at,
            )

    def count(self, *, at: datetime = NOON + timedelta(days=3)) -> LevelRun:
        return services.evaluate_levels(now=at)

    def evaluated(self) -> list[LevelEvaluation]:
        with tenancy.acting_as_platform():
            return list(LevelEvaluation.objects.order_by("id"))

    def credits(self) -> list[tuple[str, int]]:
        with tenancy.acting_as_platform():
            found = LevelCredit.objects.order_by("booked_at", "id")
            return [(each.asset, each.signed_minor) for each in found]

    def adjustments(self) -> list[Adjustment]:
        with tenancy.acting_as_platform():
            return list(Adjustment.objects.select_related("trade_record").order_by("sequence"))

    def months(self) -> list[LevelMonth]:
        with tenancy.acting_as_platform():
            return list(LevelMonth.objects.order_by("month"))

    def spans(self) -> list[tuple[str, str, Period]]:
        with tenancy.acting_as_platform():
            return [
                (each.source, each.health, Period(each.starts_at, each.ends_at))
                for each in HealthSpan.objects.order_by("id")
            ]

    def words(self) -> list[SourceState]:
        with tenancy.acting_as_platform():
            return list(SourceState.objects.order_by("id"))


def run(market: Promising, *, hours: int = 10, cards: int = 1, **wish: Any) -> Order:
    """Order some hours, ready on time, used whole: a card-hour costs ¥12.00."""
    order = market.order(hours=hours, cards=cards, **wish)
    market.asked(order)
    market.say(order, DeliveryMove.READY, at=NOON - MINUTE)
    return order


def close(market: Promising, order: Order, *, hours: int = 10, cards: int = 1) -> None:
    for hour in range(hours):
        market.use(order, str(cards), hour=hour)
    fulfilment.advance(now=NOON + hours * HOUR + MINUTE)
    market.settle()


def stand_still(market: Promising, order: Order, minutes: int) -> None:
    """Interrupt an order an hour after its start, by the hardware."""
    began = NOON + HOUR
    market.say(order, DeliveryMove.INTERRUPT, at=began, reason="hardware_fault")
    market.say(order, DeliveryMove.READY, at=began + minutes * MINUTE)


def an_evaluation(contract: Any) -> LevelEvaluation:
    """Return a month of a contract in which nothing was missed."""
    month = contract.starts_at.date().replace(day=1)
    level = ListingLevel.objects.create(
        listing_id=contract.listing_id,
        provider_id=contract.provider_id,
        version=1,
        rule="level-1",
        availability_ppm=999_000,
        starts_at=contract.starts_at,
        published_at=contract.starts_at,
        content_hash="0" * 64,
    )
    parties = {"buyer_id": contract.buyer_id, "provider_id": contract.provider_id}
    row = LevelMonth.objects.create(
        contract=contract, level=level, month=month, revision=1, **parties
    )
    facts = LevelFacts(
        period=Period(contract.starts_at, contract.ends_at),
        runs_from=None,
        asked_at=None,
        interrupted=(),
        told=(),
        excused=(),
        probes=0,
        probes_within=0,
        charged={},
    )
    promise = promise_of(level)
    document = document_of(
        LevelSubject(contract.number, "L-000001", f"{month:%Y-%m}", 1),
        RULE,
        promise,
        facts,
        count(promise, facts),
    )
    return LevelEvaluation.objects.create(
        month=row,
        revision=1,
        contract_number=contract.number,
        listing_id=contract.listing_id,
        rule="level-1",
        starts_at=contract.starts_at,
        ends_at=contract.ends_at,
        availability_ppm=1_000_000,
        network_ppm=1_000_000,
        is_missed=False,
        missed={},
        credit_bp=0,
        charged={},
        credits={},
        credited_minor=0,
        document=document,
        content_hash=content_hash(document),
        evaluated_at=contract.ends_at,
        **parties,
    )


def a_score(provider: Organization) -> ResourceScore:
    """Return the score of a resource of a provider, of yesterday."""
    supply.listed(provider)
    services.score_resources(now=clock.now())
    with tenancy.acting_as_platform():
        return ResourceScore.objects.filter(provider=provider).latest("id")
