"""The second wall: what the application's role sees and may write without any selector."""

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from marketplace.orders.models import ClearingRound, Order, OrderCover
from marketplace.payments.models import Deposit
from marketplace.vouchers.models import Application, Voucher
from tests.catalog.supply import listed
from tests.orders.cast import buyer, clear, place, programme, voucher, wish

pytestmark = pytest.mark.django_db
OWNED = (Order, OrderCover, Deposit, Application, Voucher)


@pytest.fixture
def traded():
    """Return a buyer and the provider of an order that a voucher helped to pay."""
    listing = listed()
    haichao = buyer("100")
    voucher(haichao, "50", programme())
    place(haichao, wish(listing))
    clear(listing)
    return haichao, listing.provider


def seen_by(tenant):
    with tenancy.acting_as(tenant):
        return {model.__name__: model.objects.count() for model in (*OWNED, ClearingRound)}


def test_the_parties_see_their_own_and_strangers_nothing(traded):
    haichao, provider = traded

    assert seen_by(haichao.pk) == {
        "Order": 1,
        "OrderCover": 1,
        "Deposit": 1,
        "Application": 1,
        "Voucher": 1,
        "ClearingRound": 0,
    }
    assert seen_by(provider.pk) == {
        "Order": 1,
        "OrderCover": 1,
        "Deposit": 0,
        "Application": 0,
        "Voucher": 0,
        "ClearingRound": 0,
    }
    assert set(seen_by(buyer().pk).values()) == {0}
    assert set(seen_by("").values()) == {0}
    assert seen_by("*")["ClearingRound"] == 1


ATTACKS = {
    "clear one's own order": "UPDATE orders_order SET state = 'CLEARED'",
    "raise one's voucher": "UPDATE vouchers_voucher SET returned_minor = 0",
    "forget a cover": "UPDATE orders_ordercover SET counted_minor = 0",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_buyer_may_not_write_what_came_of_its_wishes(traded, attack):
    haichao, _provider = traded

    with tenancy.acting_as(haichao.pk), connection.cursor() as cursor:
        cursor.execute(attack)
        assert cursor.rowcount == 0


PERMANENT = {
    "the wish": "UPDATE orders_order SET units_milli = 1",
    "the buyer": "UPDATE orders_order SET buyer_id = gen_random_uuid()",
    "back to placed": "UPDATE orders_order SET state = 'PLACED'",
    "the order": "DELETE FROM orders_order",
    "an event": "UPDATE events_event SET happened_at = now()",
    "the round": "UPDATE orders_clearinground SET seed = 'mine'",
    "the round away": "DELETE FROM orders_clearinground",
    "the deposit": "UPDATE orders_deposit SET amount_minor = 1",
    "a part of a price": "UPDATE orders_order SET cash_minor = cash_minor - 1",
    "no reason": "UPDATE orders_order SET state = 'REJECTED'",
    "a cover beyond its hold": "UPDATE orders_ordercover SET counted_minor = amount_minor + 1",
}


@pytest.mark.parametrize("attack", PERMANENT.values(), ids=PERMANENT.keys())
def test_the_platform_itself_does_not_rewrite_history(traded, attack):
    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_an_order_that_is_over_stays_as_it_ended():
    listing = listed()
    order = place(buyer("0"), wish(listing))
    clear(listing)

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError, match="is over"),
        transaction.atomic(),
    ):
        Order.objects.filter(pk=order.pk).update(refusal_code="capacity_exhausted")
