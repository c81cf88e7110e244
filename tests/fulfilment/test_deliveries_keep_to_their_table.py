"""A delivery moves by its table alone: for services, and for whoever writes SQL."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.notice import NoticeTooShort
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.fulfilment import rules, services
from marketplace.fulfilment.contracts import (
    DeliveryMove,
    FulfilmentState,
    PolicyMode,
    PolicyRefused,
)
from marketplace.fulfilment.models import ComputeDelivery
from tests import cast as people
from tests import factories
from tests.fulfilment.cast import NOON, Delivering, publish

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
STATES = {(start, state) for (start, _move), state in rules.TRANSITIONS.items() if start != state}


@pytest.fixture
def delivery() -> ComputeDelivery:
    market = Delivering()
    return market.asked(market.order())


def write(sql: str, *given: object) -> None:
    with tenancy.acting_as_platform(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, given)


def test_the_database_admits_the_pairs_of_the_table_and_no_other(delivery):
    for start, state in product(FulfilmentState, FulfilmentState):
        with transaction.atomic():
            moved = _moved(delivery, start, state)
            transaction.set_rollback(True)
        assert moved == (start == state or (start, state) in STATES), (start, state)


def _moved(delivery: ComputeDelivery, start: FulfilmentState, state: FulfilmentState) -> bool:
    """Bring a delivery to a state by the table, then try one more step by SQL."""
    for step in _way_to(start):
        _set(delivery, step)
    try:
        with transaction.atomic():
            _set(delivery, state)
    except DatabaseError:
        return False
    return True


def _way_to(state: FulfilmentState) -> list[FulfilmentState]:
    ways = {
        FulfilmentState.PREPARING: [],
        FulfilmentState.INTERRUPTED: [FulfilmentState.RUNNING, FulfilmentState.INTERRUPTED],
        FulfilmentState.EXITED: [FulfilmentState.RUNNING, FulfilmentState.EXITED],
    }
    return ways.get(state, [state])


def _set(delivery: ComputeDelivery, state: FulfilmentState) -> None:
    write(
        "UPDATE fulfilment_computedelivery SET state = %s,"
        " next_at = CASE WHEN %s THEN NULL ELSE leaves_at END WHERE id = %s",
        state,
        state in rules.OVER,
        delivery.pk,
    )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE fulfilment_computedelivery SET ready_by = ready_by + interval '1 hour'",
        "UPDATE fulfilment_computedelivery SET ends_at = ends_at + interval '1 hour'",
        "UPDATE fulfilment_computedelivery SET changed_at = changed_at - interval '1 hour'",
        "UPDATE fulfilment_computedelivery SET next_at = NULL",
        "DELETE FROM fulfilment_computedelivery",
        "DELETE FROM fulfilment_deliverystep",
        "UPDATE fulfilment_deliverystep SET at = at - interval '1 hour'",
        "UPDATE fulfilment_runningtime SET starts_at = starts_at - interval '1 hour'",
        "DELETE FROM fulfilment_runningtime",
        "UPDATE fulfilment_deliverypolicy SET starts_at = starts_at - interval '1 hour'",
    ],
)
def test_what_was_said_stays_for_the_application_too(change):
    market = Delivering()
    order = market.order()
    market.asked(order)
    market.say(order, DeliveryMove.READY, at=NOON)
    with pytest.raises(DatabaseError):
        write(change)


def test_a_time_that_is_closed_stays_closed_and_none_begins_inside_it():
    market = Delivering()
    order = market.order()
    market.asked(order)
    market.say(order, DeliveryMove.READY, at=NOON)
    market.say(order, DeliveryMove.EXIT, at=NOON + 10 * MINUTE, reason="taken_back")
    with pytest.raises(DatabaseError):
        write("UPDATE fulfilment_runningtime SET ends_at = ends_at + interval '1 hour'")
    with pytest.raises(DatabaseError):
        write(
            "INSERT INTO fulfilment_runningtime (id, delivery_id, buyer_id, provider_id, starts_at)"
            " SELECT gen_random_uuid(), delivery_id, buyer_id, provider_id,"
            " starts_at + interval '1 minute' FROM fulfilment_runningtime"
        )


def test_other_organisations_see_nothing(delivery):
    with tenancy.acting_as(delivery.provider_id):
        assert ComputeDelivery.objects.count() == 1
    with tenancy.acting_as(factories.BuyerFactory().pk):
        assert ComputeDelivery.objects.count() == 0


def test_the_first_policy_may_begin_at_once_and_others_have_notice():
    publish()
    with pytest.raises(PolicyRefused):
        publish()
    later = NOON + timedelta(days=30)
    desk = people.organization("Another desk")
    person = people.member(desk, Role.OPERATOR)
    with pytest.raises(NoticeTooShort):
        services.propose_policy(
            mode=PolicyMode.BY_CLOCK,
            starts_at=later + timedelta(days=6),
            source="minutes 2",
            by=Person(person.pk, desk.pk),
            now=later,
        )
