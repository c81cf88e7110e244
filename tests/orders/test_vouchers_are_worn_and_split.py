"""
A voucher held and let go a thousand times, an order split a thousandfold, two acts at one instant.

What takes a minute is slow; the races at one instant run a few times by default.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models import Sum

from common import tenancy
from common.errors import Refusal
from identity.contracts import Role
from marketplace.orders import services
from marketplace.orders.models import OrderCover
from marketplace.vouchers import services as vouchers
from tests.cast import officer
from tests.catalog.supply import listed
from tests.orders import cast
from tests.orders.cast import NOW, buyer, clear, place, programme, voucher, wish
from tests.vouchers.published import rules_2

WHOLE = [{"beneficiary": "ANY", "resource_class": "ANY", "chip_origin": "ANY", "share": "1"}]
TIMES = 1_000
CAP = 50_00


def city(**changes):
    return programme("100000", **rules_2(publicity_days=0, rates=WHOLE, **changes))


def covered() -> int:
    with tenancy.acting_as_platform():
        return OrderCover.objects.aggregate(total=Sum("counted_minor"))["total"] or 0


@pytest.mark.slow
@pytest.mark.django_db
def test_a_voucher_that_is_held_and_let_go_a_thousand_times_is_as_it_was():
    listing, owner, of = listed(), buyer("100"), city()
    card = voucher(owner, "3.02", of)
    for _n in range(TIMES):
        order = place(owner, wish(listing, voucher_ids=(card.pk,)))
        clear(listing)
        assert cast.left(card) == (3_02, 0)
        with tenancy.acting_as_platform():
            services.cancel_order(order_id=order.pk, buyer_id=owner.pk, now=NOW)

    assert cast.left(card) == (3_02, 3_02)
    assert (covered(), cast.cash(owner)) == (0, (100_00, 100_00))


@pytest.mark.slow
@pytest.mark.django_db
def test_an_order_that_is_split_over_a_thousand_gains_nothing_over_the_cap_of_the_year():
    listing, owner = listed(cards=2_000), buyer("100000")
    of = city(limits={"per_entity_year_minor": CAP})
    card = voucher(owner, "50", of)
    for _n in range(TIMES):
        place(owner, wish(listing, voucher_ids=(card.pk,)))
    while clear(listing).is_full:
        pass

    assert covered() == CAP
    assert cast.left(card) == (CAP, 0)


def at_once(*acts) -> None:
    """Do everything at the same moment; what is refused, is."""
    start = threading.Barrier(len(acts))

    def act(number: int) -> None:
        try:
            start.wait(timeout=30)
            acts[number]()
        except Refusal:
            return
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        list(threads.map(act, range(len(acts))))


@pytest.mark.parametrize("other", ["expire", "revoke"])
def test_a_voucher_pays_or_goes_back_and_never_both(fresh_database, django_db_blocker, other):
    """Clear an order and end its voucher at one instant: to the fen it is held or in the pool."""
    with django_db_blocker.unblock():
        listing, owner, of = listed(), buyer("100"), city()
        with tenancy.acting_as_platform():
            clerk = officer(of.issuer, Role.ISSUER)
        card = voucher(owner, "3.02", of)
        before = cast.pool(of)
        place(owner, wish(listing, voucher_ids=(card.pk,)))
        ends = NOW + timedelta(days=365) if other == "expire" else NOW

        def end() -> None:
            if other == "expire":
                vouchers.expire_vouchers(now=ends)
                return
            with tenancy.acting_as_platform():
                vouchers.claw_back(
                    voucher_id=card.pk,
                    issuer_id=of.issuer_id,
                    clawed_back_by_id=clerk.pk,
                    reason="false evidence",
                    now=NOW,
                )

        at_once(lambda: clear(listing), end)

        posted, available = cast.left(card)
        held, returned = covered(), cast.pool(of) - before
        assert (held, returned) in {(3_02, 0), (0, 3_02)}
        assert (posted, available) == (held, 0)
