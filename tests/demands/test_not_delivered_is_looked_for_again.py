"""A demand whose order was not delivered waits again, once, and its alternatives are tried."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from common import tenancy
from identity.contracts import Role
from identity.events import selectors as events
from marketplace.demands import selectors
from marketplace.demands.contracts import Preference
from marketplace.demands.models import DemandReopening
from marketplace.fulfilment import services as fulfilment
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.fulfilment.models import ComputeDelivery, DeliveryPolicy
from marketplace.orders import services as orders
from marketplace.portal import after_failure
from marketplace.settlement import services as settlement
from tests import cast as people
from tests.cast import NOW
from tests.catalog import supply
from tests.demands import cast as demands
from tests.demands.cast import HOUR, demanded, match, option, orders_of, seen, standing, terms
from tests.fulfilment.cast import NOON, Delivering, publish
from tests.instant import at_once
from tests.orders.cast import (
    buyer,
    cash,
    clear,
    held_capacity,
    left,
    place,
    programme,
    voucher,
    wish,
)

MINUTE = timedelta(minutes=1)


def fails(order, at=NOW + MINUTE) -> None:
    """Let the provider say that it cannot deliver an order."""
    fulfilment.open_deliveries(now=at)
    with tenancy.acting_as_platform():
        delivery = ComputeDelivery.objects.get(order=order)
    fulfilment.report(
        delivery_id=delivery.pk,
        provider_id=delivery.provider_id,
        move=DeliveryMove.FAIL,
        reason="declined",
        now=at,
    )


class Scene:
    """A cheap and a dear listing, and a demand for a card of the cheap one, or of any."""

    def __init__(self, *options, is_standing: bool = False) -> None:
        if not DeliveryPolicy.objects.exists():
            publish(at=NOW - 24 * HOUR)
        self.cheap, self.dear = supply.listed(price="2.00"), supply.listed(price="5.00")
        self.owner = buyer("1000")
        asked = options or (option(only=(self.cheap.provider_id,)), option())
        self.demand = demanded(self.owner, (standing if is_standing else terms)(*asked))
        (self.order,) = orders_of(self.demand)

    def reopenings(self) -> int:
        with tenancy.acting_as_platform():
            return DemandReopening.objects.filter(demand=self.demand).count()

    def told(self) -> list[str]:
        with tenancy.acting_as_platform():
            found = events.of_objects("demand", [self.demand.pk])[self.demand.pk]
        return [each.name.rsplit(".", 1)[1] for each in found]


@pytest.mark.django_db
def test_the_next_alternative_is_tried_and_the_money_is_held_anew():
    scene = Scene()
    first = scene.order

    fails(first)
    waiting, freed = seen(scene.demand), cash(scene.owner)
    filled = match(scene.demand, NOW + 2 * MINUTE)
    replaced = orders_of(filled)[1]

    assert (waiting.state, waiting.option, waiting.reopened_count) == ("WAITING", None, 1)
    assert freed == (100_000, 100_000)
    assert (filled.state, filled.option) == ("FILLED", 1)
    assert replaced.listing_id == scene.dear.pk
    assert cash(scene.owner) == (100_000, 100_000 - replaced.held_minor)
    assert (held_capacity(first.pk), held_capacity(replaced.pk)) == (0, 1)
    assert scene.told() == ["posted", "filled", "reopened", "filled"]
    with tenancy.acting_as_platform():
        assert selectors.reopened_by(first.pk).demand_id == scene.demand.pk
        assert selectors.replaced_by(replaced.pk).order_id == first.pk
        assert selectors.replays(selectors.decision(scene.demand.pk))

    with time_machine.travel(NOW + 2 * MINUTE, tick=False):
        visitor = people.signed_in(people.member(scene.owner, Role.BUYER))
        pages = [
            visitor.get(address, follow=True).content.decode()
            for address in (f"/demands/{scene.demand.pk}/", f"/orders/{first.pk}/")
        ]
        told = visitor.get(f"/api/v1/demands/{scene.demand.pk}").json()
    assert first.number in pages[0]
    assert "备选项 2" in pages[1]
    assert [lot["serves"] for lot in told["lots"]] == [False, True]
    assert told["reopenings"][0]["listing_id"] == str(scene.cheap.pk)

    fails(first)  # Told twice: nothing more.
    assert (scene.reopenings(), seen(scene.demand).state) == (1, "FILLED")

    fails(replaced, at=NOW + 3 * MINUTE)  # Now both are left out.
    assert match(scene.demand, NOW + 4 * MINUTE).state == "REFUSED"
    assert cash(scene.owner) == (100_000, 100_000)


@pytest.mark.django_db
def test_vouchers_return_before_they_cover_what_is_taken_instead():
    publish(at=NOW - 24 * HOUR)
    for _n in range(2):
        supply.listed(price="2.00")
    owner = buyer("1000")
    of = voucher(owner, "1.00", programme())
    demand = demanded(owner, standing(option(latest=2)))
    covered = left(of)

    fails(orders_of(demand)[0])
    freed = left(of)
    filled = match(demand, NOW + 2 * MINUTE)

    assert covered != freed
    assert filled.state == "FILLED"
    assert left(of) == covered


@pytest.mark.django_db
def test_what_its_buyer_cancelled_or_that_cannot_begin_any_more_is_not_looked_for():
    scene = Scene()
    fulfilment.open_deliveries(now=NOW)
    with tenancy.acting_as(scene.owner.pk):
        orders.cancel_order(order_id=scene.order.pk, buyer_id=scene.owner.pk, now=NOW + MINUTE)
    fails(scene.order)  # The provider did not know yet.
    assert (scene.reopenings(), seen(scene.demand).state) == (0, "FILLED")

    late = demanded(scene.owner, terms(option()))
    (order,) = orders_of(late)
    fails(order, at=order.starts_at + MINUTE)
    assert seen(late).state == "FILLED"  # Its time has come: the contract ends first.


@pytest.mark.django_db
def test_an_order_that_is_not_delivered_is_ordered_elsewhere_as_it_was():
    publish(at=NOW - 24 * HOUR)
    listing, owner = supply.listed(cards=4), buyer("1000")
    order = place(owner, wish(listing, cards=2))
    clear(listing)
    fails(order)

    with time_machine.travel(NOW + 2 * MINUTE, tick=False):
        visitor = people.signed_in(people.member(owner, Role.BUYER))
        page = visitor.get(f"/orders/{order.pk}/").content.decode()
        form = visitor.get(f"/demands/new/?instead={order.pk}").context["form"]

    assert f"instead={order.pk}" in page
    assert form.initial["units"] == "2"
    assert form.initial["at_market"] is True  # what the failed one cost says nothing of others
    with tenancy.acting_as_platform():
        order.refresh_from_db()
    asked = after_failure.terms_elsewhere(order, at=order.starts_at + MINUTE)
    assert asked.options[0].seconds == (order.ends_at - order.starts_at).total_seconds()  # whole
    assert listing.provider.uscc in form.initial["never"]


@pytest.mark.django_db
def test_what_was_not_ready_in_time_is_looked_for_once_its_hold_has_returned():
    market = Delivering()
    asked = standing(
        option(start=NOON, latest=96), until=NOON + 96 * HOUR, prefer=Preference.CHEAPEST
    )
    demand = match(demands.post(market.buyer, asked, at=NOON - HOUR), NOON - HOUR)
    market.use(orders_of(demand)[0], "0")  # Some meter of it lives; nothing was used.
    fulfilment.advance(now=NOON)
    settlement.open_contracts(now=NOON + MINUTE)

    fulfilment.advance(now=NOON + HOUR)
    settlement.end_undelivered(now=NOON + HOUR + MINUTE)
    failed = seen(demand).state
    market.settle()

    assert (failed, seen(demand).state) == ("FILLED", "WAITING")
    assert market.cash() == ("100000.00", "100000.00")


@pytest.mark.django_db
def test_where_other_orders_serve_it_still_nothing_is_looked_for():
    publish(at=NOW - 24 * HOUR)
    for _n in range(2):
        supply.listed(cards=1)
    demand = demanded(buyer("1000"), terms(option(cards=2, least=1)))
    first, second = orders_of(demand)

    fails(first)
    one = seen(demand).state
    fails(second, at=NOW + 2 * MINUTE)

    assert (one, seen(demand).state) == ("FILLED", "WAITING")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE demands_posteddemand SET state = 'WAITING', closed_at = NULL, option = NULL",
        "UPDATE demands_posteddemand SET state = 'WAITING', closed_at = NULL, option = NULL,"
        " reopened_count = 1",
        "INSERT INTO demands_demandreopening (id, demand_id, buyer_id, sequence, order_id,"
        " listing_id, option, reason, reopened_at) SELECT gen_random_uuid(), d.id, d.buyer_id, 1,"
        " l.order_id, l.listing_id, 0, 'declined', now() FROM demands_posteddemand d"
        " JOIN demands_demandlot l ON l.demand_id = d.id",
    ],
)
def test_no_statement_reopens_what_is_delivered(statement):
    Scene()

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_failure_and_what_its_buyer_does_at_one_instant_have_one_outcome(fresh_database):
    for act in ("cancel_order", "cancel_demand", "fails"):
        scene = Scene(option(), option(), is_standing=True)
        fulfilment.open_deliveries(now=NOW)
        acts = {
            "cancel_order": lambda scene=scene: orders.cancel_order(
                order_id=scene.order.pk, buyer_id=scene.owner.pk, now=NOW + MINUTE
            ),
            "cancel_demand": lambda scene=scene: demands.cancel(scene.demand, NOW + MINUTE),
            "fails": lambda scene=scene: fails(scene.order),
        }

        assert at_once(lambda scene=scene: fails(scene.order), acts[act]) == [], act

        row = seen(scene.demand)
        assert row.reopened_count == scene.reopenings(), act
        assert (row.state == "FILLED") == (scene.reopenings() == 0), act
        assert act != "fails" or scene.reopenings() == 1
        assert cash(scene.owner)[1] == 100_000, act
