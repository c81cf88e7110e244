"""What happens at one instant, twice, or when a worker dies: one outcome, nothing sold twice."""

from threading import Thread
from uuid import uuid4

from django.db import connections
from django.db.models import Sum

from common import tenancy
from common.errors import Refusal
from marketplace.catalog.models import CapacitySlot
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


def test_what_the_book_sold_since_the_seal_is_not_sold_again(fresh_database):
    listing = supply.listed(cards=4, price="2.00")
    row, acme, other = scheduled(), buyer("10000"), buyer("10000", "Other")
    order = place(row, acme, asks(400, option(cards=4, hours=2)))
    services.advance(round_id=row.pk, now=ENDED)
    place_at_once(other, wish(listing, cards="1", hours=2, start=FROM), at=ENDED)
    clear(listing, at=ENDED)

    services.decide_round(round_id=row.pk, now=ENDED)

    found = seen(order)
    assert (found.state, found.why) == ("UNFILLED", "capacity_exhausted")
    document = selectors.result(row.pk).document
    assert document["late"] == {str(order.tag): "capacity_exhausted"}
    with tenancy.acting_as_platform():
        cleared = Order.objects.filter(state="CLEARED").aggregate(all=Sum("units_milli"))["all"]
        free = set(CapacitySlot.objects.values_list("free_milli", flat=True))
    assert cleared == 1000
    assert free == {3000}
