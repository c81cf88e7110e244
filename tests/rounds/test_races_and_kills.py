"""What happens at one instant, twice, or when a worker dies: one outcome, nothing sold twice."""

import time
from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest
from django.db import connections

from common import tenancy
from common.errors import Refusal
from marketplace.catalog.models import Allocation, CapacitySlot
from marketplace.orders.models import Order
from marketplace.rounds import selectors, services, solving
from marketplace.rounds.models import RoundLot, RoundOrder
from tests.catalog import supply
from tests.orders.cast import buyer, clear, wish
from tests.orders.cast import place as place_at_once
from tests.rounds.cast import (
    ENDED,
    FROM,
    SCHEDULE,
    asks,
    option,
    place,
    scheduled,
    seen,
    withdraw,
)
from tests.rounds.killed import decided_and_killed

RESUMED_SECONDS = 10


def at_once(*acts) -> list[object]:
    """Do things in threads of their own; return what they gave, or their refusals."""
    answers: list[object] = []

    def run(act) -> None:
        try:
            answers.append(act())
        except Refusal as refusal:
            answers.append(refusal)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_one_key_at_one_instant_one_order_comes(fresh_database):
    row, acme = scheduled(), buyer("100")
    key = uuid4().hex

    made = at_once(*[lambda: place(row, acme, asks(300), key=key)] * 4)

    assert len({each.pk for each in made}) == 1


def test_the_last_withdrawal_and_the_seal_at_one_instant_agree(fresh_database):
    row, acme = scheduled(), buyer("1000")
    order = place(row, acme, asks(300))

    at_once(
        lambda: withdraw(order, at=SCHEDULE.no_cancel_at),
        lambda: services.advance(round_id=row.pk, now=ENDED),
        lambda: place(row, acme, asks(310), at=ENDED),
    )

    assert seen(order).state == "STANDING"
    with tenancy.acting_as_platform():
        assert RoundOrder.objects.count() == 1
    assert selectors.call_round(row.pk).state == "SOLVING"


def test_a_round_whose_worker_dies_resumes_and_is_carried_out_once(fresh_database, monkeypatch):
    supply.listed(cards=4, price="2.00")
    row, acme = scheduled(), buyer("10000")
    order = place(row, acme, asks(400, option(cards=4, hours=2)))
    services.advance(round_id=row.pk, now=ENDED)
    solve = solving.solve

    def die(*_args, **_facts) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(solving, "solve", die)
    try:
        services.decide_round(round_id=row.pk, now=ENDED)
    except KeyboardInterrupt:
        connections.close_all()
    assert selectors.call_round(row.pk).state == "SOLVING"
    monkeypatch.setattr(solving, "solve", solve)

    at_once(*[lambda: services.decide_round(round_id=row.pk, now=ENDED)] * 3)
    services.decide_round(round_id=row.pk, now=ENDED)

    assert selectors.call_round(row.pk).state == "PUBLISHED"
    assert seen(order).why == "filled"
    with tenancy.acting_as_platform():
        assert RoundLot.objects.count() == Order.objects.count() == 1


def test_what_a_sealed_round_may_take_is_not_sold_to_others(fresh_database):
    listing = supply.listed(cards=8, price="2.00")
    row, acme, other = scheduled(), buyer("10000"), buyer("10000", "Other")
    order = place(row, acme, asks(400, option(cards=6, hours=2)))
    services.advance(round_id=row.pk, now=ENDED)

    large, small = (
        place_at_once(other, wish(listing, cards=cards, hours=2, start=FROM), at=ENDED)
        for cards in ("3", "2")
    )
    clear(listing, at=ENDED)
    services.decide_round(round_id=row.pk, now=ENDED)

    assert (at_now(large).state, at_now(large).refusal_code) == ("REJECTED", "capacity_exhausted")
    assert at_now(small).state == "CLEARED"
    assert seen(order).why == "filled"
    assert selectors.result(row.pk).document["late"] == {}
    assert left_of_hours() == {0}
    assert held() == {6000, 2000}


def test_what_nobody_in_a_sealed_round_asks_for_is_sold_on(fresh_database):
    listing = supply.listed(cards=8, price="2.00")
    row, acme, other = scheduled(), buyer("10000"), buyer("10000", "Other")
    place(row, acme, asks(400, option(cards=6, hours=2)))
    services.advance(round_id=row.pk, now=ENDED)

    later = place_at_once(
        other, wish(listing, cards="8", hours=2, start=FROM + timedelta(hours=2)), at=ENDED
    )
    clear(listing, at=ENDED)

    assert at_now(later).state == "CLEARED"


def test_a_round_that_cannot_be_decided_gives_back_what_was_set_aside(fresh_database, monkeypatch):
    supply.listed(cards=8, price="2.00")
    row, acme = scheduled(), buyer("10000")
    place(row, acme, asks(400, option(cards=6, hours=2)))
    services.advance(round_id=row.pk, now=ENDED)
    assert left_of_hours() == {2000}

    def fail(*_args, **_facts) -> None:
        raise solving.NoAnswerError("nothing")

    monkeypatch.setattr(solving, "solve", fail)
    for _try in range(3):
        with pytest.raises(solving.NoAnswerError):
            services.decide_round(round_id=row.pk, now=ENDED)
    services.decide_round(round_id=row.pk, now=ENDED)

    assert selectors.call_round(row.pk).state == "CALLED_OFF"
    assert left_of_hours() <= {8000}
    assert held() == set()


def test_orders_and_the_seal_at_one_instant_never_sell_more_than_there_is(fresh_database):
    listing = supply.listed(cards=4, price="2.00")
    row, acme, other = scheduled(), buyer("10000"), buyer("10000", "Other")
    order = place(row, acme, asks(400, option(cards=3, hours=2)))
    instant = place_at_once(other, wish(listing, cards="2", hours=2, start=FROM), at=ENDED)

    at_once(
        lambda: services.advance(round_id=row.pk, now=ENDED),
        lambda: clear(listing, at=ENDED),
    )
    at_once(
        lambda: services.decide_round(round_id=row.pk, now=ENDED),
        lambda: clear(listing, at=ENDED),
    )
    clear(listing, at=ENDED)

    # Whoever came first is served, and the other is told why not.
    ends = (seen(order).state, at_now(instant).state)
    assert ends in {("FILLED", "REJECTED"), ("UNFILLED", "CLEARED")}
    assert held() == ({3000} if ends[0] == "FILLED" else {2000})


def test_who_spent_the_money_since_the_seal_is_left_out_with_the_reason(fresh_database):
    supply.listed(cards=4, price="2.00")
    elsewhere = supply.listed(cards=4, price="2.00", region="520100")
    row, acme = scheduled(), buyer("60")
    order = place(row, acme, asks(400, option(cards=1, hours=2)))
    services.advance(round_id=row.pk, now=ENDED)
    place_at_once(acme, wish(elsewhere, cards="4", hours=2, start=FROM), at=ENDED)
    clear(elsewhere, at=ENDED)

    services.decide_round(round_id=row.pk, now=ENDED)

    found = seen(order)
    assert (found.state, found.why) == ("UNFILLED", "insufficient_funds")
    assert selectors.result(row.pk).document["late"] == {str(order.tag): "insufficient_funds"}


@pytest.mark.parametrize("point", ["carried", pytest.param("solved", marks=pytest.mark.slow)])
def test_a_round_whose_process_is_killed_resumes_within_ten_seconds(fresh_database, point):
    supply.listed(cards=4, price="2.00")
    row, acme = scheduled(), buyer("10000")
    order = place(row, acme, asks(400, option(cards=3, hours=2)))
    services.advance(round_id=row.pk, now=ENDED)

    decided_and_killed(row.pk, point, now=ENDED)

    assert selectors.call_round(row.pk).state == "SOLVING"
    assert left_of_hours() == {1000}
    began = time.monotonic()
    for round_id in services.advance_due(now=ENDED):
        services.decide_round(round_id=round_id, now=ENDED)
    assert time.monotonic() - began < RESUMED_SECONDS
    assert selectors.call_round(row.pk).state == "PUBLISHED"
    assert seen(order).why == "filled"
    assert left_of_hours() == {1000}
    assert held() == {3000}


def at_now(order):
    with tenancy.acting_as_platform():
        return Order.objects.get(pk=order.pk)


def held() -> set[int]:
    """Return what allocations hold."""
    with tenancy.acting_as_platform():
        return set(Allocation.objects.filter(state="HELD").values_list("milli", flat=True))


def left_of_hours() -> set[int]:
    """Return what is left in the hours of which something was taken."""
    with tenancy.acting_as_platform():
        return set(CapacitySlot.objects.values_list("free_milli", flat=True))
