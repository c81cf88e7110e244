"""An organisation orders and cancels so often a minute; what is unusually large is said twice."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection, connections, transaction

from common import tenancy
from common.errors import NotFound
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.orders import selectors, services
from marketplace.orders.contracts import InvalidRate, OrderNotRepeated, OrdersTooFast, Repeated
from marketplace.orders.models import Order, OrderRate
from tests import cast
from tests.cast import NOW
from tests.catalog import supply
from tests.orders.cast import buyer, clear, needs, place, seen, wish


@pytest.fixture
def slow(settings):
    settings.ORDERS_PLACED_PER_MINUTE = 3
    settings.ORDERS_CANCELLED_PER_MINUTE = 1


def rated(owner, placed=5, cancelled=5, reason="a broker of many"):
    office = cast.organization("Office")
    return services.set_order_rate(
        organization_id=owner.pk,
        placed_per_minute=placed,
        cancelled_per_minute=cancelled,
        reason=reason,
        by=Person(cast.member(office, Role.OPERATOR).pk, office.pk),
        now=NOW,
    )


@pytest.mark.django_db
def test_one_too_many_is_told_how_long_to_wait_and_then_goes(slow):
    listing, owner = supply.listed(cards=8), buyer("10000")
    for _each in range(3):
        place(owner, wish(listing))

    with pytest.raises(OrdersTooFast) as refused:
        place(owner, wish(listing))
    assert refused.value.facts == {"most": 3, "retry_after": 20}
    with tenancy.acting_as(owner.pk):
        assert Order.objects.count() == 3
    _wait(seconds=20)
    assert place(owner, wish(listing))
    assert place(buyer("10000"), wish(listing)), "another organisation has a pace of its own"


def _wait(*, seconds):
    """Let time pass as the database counts it."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_orderpace SET free_at = free_at - %s * '1 s'::interval", [seconds]
        )


@pytest.mark.django_db
def test_a_retry_of_the_same_key_counts_once(slow):
    listing, owner = supply.listed(cards=8), buyer("10000")
    asked = wish(listing, key="same")

    assert len({place(owner, asked).pk for _each in range(6)}) == 1


@pytest.mark.django_db
def test_cancelling_has_a_pace_of_its_own(slow):
    listing, owner = supply.listed(cards=8), buyer("10000")
    first, second = (place(owner, wish(listing)) for _each in range(2))

    services.cancel_order(order_id=first.pk, buyer_id=owner.pk, now=NOW)
    with pytest.raises(OrdersTooFast):
        services.cancel_order(order_id=second.pk, buyer_id=owner.pk, now=NOW)
    assert seen(second).state == "PLACED"


@pytest.mark.django_db
def test_an_operator_says_another_rate_of_one_organisation_and_it_counts_at_once(slow):
    listing, owner = supply.listed(cards=8), buyer("10000")
    rated(owner, 5, 5)

    for _each in range(5):
        place(owner, wish(listing))
    with pytest.raises(OrdersTooFast):
        place(owner, wish(listing))
    with tenancy.acting_as(owner.pk):
        assert selectors.order_rate(organization_id=owner.pk).placed_per_minute == 5


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("placed", "cancelled", "reason", "field"),
    [
        (0, 1, "why", "placed_per_minute"),
        (1, 1_000_001, "why", "cancelled_per_minute"),
        (1, 1, " ", "reason"),
    ],
)
def test_what_is_no_rate_is_refused_beside_its_field(placed, cancelled, reason, field):
    with pytest.raises(InvalidRate) as refused:
        rated(buyer(), placed, cancelled, reason)

    assert refused.value.field == field


@pytest.mark.django_db
def test_a_rate_stays_as_it_was_said_and_only_the_market_says_it():
    owner = buyer()
    rate = rated(owner)

    with pytest.raises(DatabaseError), transaction.atomic(), tenancy.acting_as_platform():
        OrderRate.objects.filter(pk=rate.pk).update(placed_per_minute=9)
    with pytest.raises(DatabaseError), transaction.atomic(), tenancy.acting_as(owner.pk):
        OrderRate.objects.create(
            organization=owner,
            placed_per_minute=9,
            cancelled_per_minute=9,
            reason="me",
            set_by_id=rate.set_by_id,
            set_at=NOW,
        )


@pytest.mark.django_db
def test_nobody_has_a_rate_who_does_not_exist():
    owner = buyer()
    owner.pk = "00000000-0000-7000-8000-000000000000"

    with pytest.raises(NotFound):
        rated(owner)


def test_sixteen_at_once_place_as_many_as_the_rate_lets(fresh_database, settings):
    """Negative control: without the row's lock all sixteen would see an empty minute."""
    settings.ORDERS_PLACED_PER_MINUTE = 4
    listing, owner = supply.listed(cards=32), buyer("100000")
    start, answers = Barrier(16), []

    def placing():
        start.wait()
        try:
            place(owner, wish(listing))
            answers.append("placed")
        except OrdersTooFast:
            answers.append("late")
        connections.close_all()

    threads = [Thread(target=placing) for _each in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(answers) == ["late"] * 12 + ["placed"] * 4


@pytest.mark.django_db
def test_from_an_amount_on_an_order_says_its_quantity_and_amount_again(settings):
    settings.ORDERS_REPEAT_FROM_MINOR = 1_00
    listing, owner = supply.listed(cards=8), buyer("10000")

    with pytest.raises(OrderNotRepeated) as refused:
        place(owner, wish(listing))
    said = Repeated(refused.value.facts["units_milli"], refused.value.facts["amount_minor"])
    for wrong in (
        Repeated(said.units_milli, None),
        Repeated(said.units_milli * 10, said.amount_minor),
    ):
        with pytest.raises(OrderNotRepeated):
            place(owner, wish(listing, repeated=wrong))
    assert place(owner, wish(listing, repeated=said)).units_milli == said.units_milli


@pytest.mark.django_db
def test_many_times_what_is_usual_is_said_again_though_it_has_no_price_yet(settings):
    settings.ORDERS_REPEAT_MULTIPLE = 3
    listing, owner = supply.listed(cards=80), buyer("1000000")
    for _each in range(5):
        place(owner, wish(listing))
    clear(listing)
    where = {"hub": listing.hub, "resource_class": listing.resource_class}

    with pytest.raises(OrderNotRepeated):
        _placed(owner, needs(**where, cards="3"))
    assert _placed(owner, needs(**where, cards="2"))
    assert _placed(owner, needs(**where, cards="3", repeated=Repeated(3000, None)))


def _placed(owner, wanted):
    return place(owner, wanted, at=NOW + timedelta(minutes=1))


@pytest.mark.django_db
def test_the_pace_is_counted_last_so_that_one_organisation_waits_for_itself_the_least(
    django_assert_max_num_queries,
):
    """Its row is locked until the commit: nothing is looked up or written behind it."""
    listing, owner = supply.listed(cards=8), buyer("10000")

    with tenancy.acting_as(owner.pk), django_assert_max_num_queries(20) as told:
        services.place_order(buyer_id=owner.pk, wish=wish(listing), placed_at=NOW)

    stated = [each["sql"] for each in told.captured_queries]
    assert "orders_take_pace" in stated[-2], stated
    assert stated[-1].startswith("RELEASE SAVEPOINT")
