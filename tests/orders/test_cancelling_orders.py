from datetime import timedelta
from uuid import uuid4

import pytest

from common import tenancy
from marketplace.orders import services
from marketplace.orders.contracts import (
    NotCancellable,
    OrderNotFound,
    OrderState,
    SettledOrder,
)
from marketplace.orders.models import OrderCover
from tests.catalog.supply import listed
from tests.orders import cast
from tests.orders.cast import NOW, START, buyer, clear, place, programme, seen, voucher, wish
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db


def cancel(order, owner, at=NOW):
    with tenancy.acting_as(owner.pk):
        return services.cancel_order(order_id=order.pk, buyer_id=owner.pk, now=at)


def test_before_clearing_nothing_was_held():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing))

    cancel(order, haichao)
    cleared = clear(listing)

    assert seen(order).state == OrderState.CANCELLED
    assert cleared.round_number == ""


def test_before_its_start_a_cleared_order_gives_everything_back():
    listing = listed()
    haichao = buyer("100")
    card = voucher(haichao, "50", programme())
    order = place(haichao, wish(listing))
    clear(listing)

    cancel(order, haichao, at=START - timedelta(seconds=1))

    assert seen(order).state == OrderState.CANCELLED
    assert cast.cash(haichao) == (yuan("100"), yuan("100"))
    assert cast.left(card) == (yuan("50"), yuan("50"))
    assert cast.held_capacity(order.pk) == 0
    with tenancy.acting_as_platform():
        assert OrderCover.objects.get(order=order).counted_minor == 0


def test_after_its_start_an_order_stands():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing))
    clear(listing)

    with pytest.raises(NotCancellable):
        cancel(order, haichao, at=START)

    assert seen(order).state == OrderState.CLEARED


def test_cancelling_twice_is_refused_the_second_time():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing))
    cancel(order, haichao)

    with pytest.raises(NotCancellable):
        cancel(order, haichao)


def test_someone_elses_order_looks_like_none():
    listing = listed()
    order = place(buyer("100"), wish(listing))
    stranger = buyer()

    with pytest.raises(OrderNotFound):
        cancel(order, stranger)
    with pytest.raises(OrderNotFound), tenancy.acting_as(stranger.pk):
        services.cancel_order(order_id=uuid4(), buyer_id=stranger.pk, now=NOW)


def test_an_order_is_followed_up_and_settled_once():
    listing = listed()
    haichao = buyer("100")
    card = voucher(haichao, "50", programme())
    order = place(haichao, wish(listing))
    clear(listing)

    assert services.provision_started(now=START - timedelta(seconds=1)) == 0
    assert services.provision_started(now=START) == 1
    assert services.provision_started(now=START) == 0
    for _twice in range(2):
        services.note_provisioned(order_ids=[order.pk], at=START)
        services.note_metered(order_ids=[order.pk], at=START)
    used = [SettledOrder(order.pk, {card.pk: 100})]
    assert services.mark_settled(order_ids=[order.pk], at=START, used=used) == 1
    assert services.mark_settled(order_ids=[order.pk], at=START, used=used) == 0

    assert seen(order).state == OrderState.SETTLED
    with tenancy.acting_as_platform():
        assert OrderCover.objects.get(order=order).counted_minor == 100
    assert cast.told_of(order) == ["placed", "cleared", "provisioned", "metered", "settled"]
