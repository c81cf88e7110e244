"""Orders enter an open round, only rise in the no-cancel phase, and are late after its end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from marketplace.rounds import selectors, services
from marketplace.rounds.contracts import (
    InvalidRound,
    InvalidRoundOrder,
    OrderStays,
    RoundIsOver,
    RoundKeyReused,
    RoundNotOpen,
    RoundOrderChanged,
    RoundOrderNotFound,
)
from marketplace.rounds.models import RoundOrder
from tests.catalog import supply
from tests.orders.cast import buyer
from tests.rounds.cast import (
    CLOSED,
    ENDED,
    FROM,
    HOUR,
    OPEN,
    SCHEDULE,
    amend,
    asks,
    option,
    place,
    raised,
    scheduled,
    seen,
    withdraw,
)

pytestmark = pytest.mark.django_db


def test_the_same_key_twice_is_one_order():
    row, acme = scheduled(), buyer("100")

    one = place(row, acme, asks(300), key="k")

    assert place(row, acme, asks(300), key="k").pk == one.pk
    with pytest.raises(RoundKeyReused):
        place(row, acme, asks(301), key="k")
    with tenancy.acting_as_platform():
        assert selectors.standing_count(row.pk) == 1


def test_an_order_is_early_before_the_round_opens_and_late_from_its_no_cancel_phase_on():
    later = replace(SCHEDULE, opens_at=SCHEDULE.opens_at + timedelta(minutes=5))
    row, acme = scheduled(schedule=later), buyer("100")

    for at in (OPEN, CLOSED, ENDED, ENDED + HOUR):
        with pytest.raises(RoundNotOpen):
            place(row, acme, asks(300), at=at)


def test_in_the_no_cancel_phase_an_order_only_rises():
    row, acme = scheduled(), buyer("100")
    order = place(row, acme, asks(300))

    for wanted in (asks(299), asks(400, option(cards=2)), asks(400, use_vouchers=False)):
        with pytest.raises(OrderStays):
            amend(order, wanted, at=CLOSED)
    with pytest.raises(OrderStays):
        withdraw(order, at=CLOSED)
    assert amend(order, raised(asks(300), 350), at=CLOSED).limit_minor == 350
    with pytest.raises(RoundIsOver):
        amend(seen(order), asks(400), at=ENDED)


def test_the_database_itself_lets_nobody_out_or_in_when_the_round_is_closed():
    row, acme = scheduled(), buyer("100")
    order = place(row, acme, asks(300))
    services.advance(round_id=row.pk, now=CLOSED)

    for sql in (
        "UPDATE rounds_roundorder SET state = 'WITHDRAWN', why = 'x', closed_at = now()",
        "UPDATE rounds_roundorder SET limit_minor = 1, revision = revision + 1",
        "UPDATE rounds_roundorder SET state='FILLED', why='x', got_milli=1, closed_at=now()",
        "UPDATE rounds_roundsecret SET seed = 'mine'",
        "UPDATE rounds_callround SET ends_at = ends_at + interval '1 day'",
        "UPDATE rounds_callround SET state = 'OPEN'",
    ):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            tenancy.acting_as_platform(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    assert seen(order).state == "STANDING"


def test_others_neither_see_nor_change_an_order():
    row, acme, other = scheduled(), buyer("100"), buyer("100", "Other")
    order = place(row, acme, asks(300))

    with tenancy.acting_as(other.pk):
        assert not RoundOrder.objects.exists()
        with pytest.raises(RoundOrderNotFound):
            services.withdraw_order(round_order_id=order.pk, buyer_id=other.pk, now=OPEN)


def test_who_saw_an_older_revision_looks_again():
    row, acme = scheduled(), buyer("100")
    order = place(row, acme, asks(300))
    amend(order, asks(310))

    order.revision = 1
    with pytest.raises(RoundOrderChanged):
        amend(order, asks(320))


def test_what_leaves_the_window_of_the_round_is_refused_at_its_field():
    row, acme = scheduled(), buyer("100")

    for wanted, field in (
        (asks(300, option(start=-1)), "starts_at"),
        (asks(300, option(start=23)), "hours"),
        (asks(300, option(latest=23)), "hours"),
        (asks(300, option(cards=2, least=3)), "least_milli"),
        (asks(300, option(hubs=("CKG",))), "hubs"),
        (asks(0), "limit_minor"),
    ):
        with pytest.raises(InvalidRoundOrder) as caught:
            place(row, acme, wanted)
        assert caught.value.field == field


def test_a_round_whose_phases_do_not_follow_is_refused():
    for facts, field in (
        ({"delivers_from": FROM + timedelta(minutes=1)}, "delivers_from"),
        ({"delivers_until": FROM}, "delivers_until"),
        ({"hubs": ()}, "hubs"),
        ({"hubs": ("XXX",)}, "hubs"),
        ({"solve_seconds": 61}, "solve_seconds"),
    ):
        with pytest.raises(InvalidRound) as caught:
            scheduled(**facts)
        assert caught.value.field == field


def test_both_indicative_prices_are_told_once_and_the_second_says_who_is_likely_to_fill():
    supply.listed(cards=4, price="2.00")
    row, acme = scheduled(), buyer("10000")
    high = place(row, acme, asks(500, option(cards=4, hours=24)))
    low = place(row, acme, asks(210, option(cards=4, hours=24)))

    for at in (SCHEDULE.first_at, SCHEDULE.first_at, SCHEDULE.second_at, SCHEDULE.second_at):
        services.advance(round_id=row.pk, now=at)

    prices = selectors.prices_of(row.pk)
    assert [each.price_minor for each in prices.values()] == [210, 210]
    assert (seen(high).is_likely, seen(low).is_likely) == (True, False)
