"""A worker may be killed after any step: all of the round is there, or nothing of it."""

import pytest

from common import tenancy
from ledger import selectors as ledger
from marketplace.catalog import services as catalog
from marketplace.catalog.models import Allocation, CapacitySlot
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import ClearingRound, OrderCover
from marketplace.orders.services import holding, recording
from tests.catalog.supply import listed
from tests.orders import cast
from tests.orders.cast import buyer, clear, place, programme, seen, voucher, wish
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db
STEPS = {
    "allocated": (catalog, "allocate"),
    "held": (holding, "post"),
    "recorded": (recording, "record"),
}


class KilledError(Exception):
    """The worker is gone."""


@pytest.mark.parametrize("step", STEPS)
def test_a_round_that_dies_leaves_nothing_and_the_next_ring_clears(step, monkeypatch):
    listing = listed()
    haichao = buyer("100")
    card = voucher(haichao, "50", programme())
    order = place(haichao, wish(listing))
    module, name = STEPS[step]
    done = getattr(module, name)

    def die(*names, **facts):
        done(*names, **facts)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(KilledError):
            clear(listing)

    assert seen(order).state == OrderState.PLACED
    assert cast.cash(haichao) == (yuan("100"), yuan("100"))
    assert cast.left(card) == (yuan("50"), yuan("50"))
    with tenancy.acting_as_platform():
        for table in (ClearingRound, OrderCover, Allocation, CapacitySlot):
            assert not table.objects.exists()
        assert cast.told_of(order) == ["placed"]
        assert ledger.transfers(group=order.pk) == []

    assert clear(listing).cleared == 1
    assert cast.held_capacity(order.pk) == 1
