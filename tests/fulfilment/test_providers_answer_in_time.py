"""Who says nothing of an order ahead of its start is late, and fails in time for others."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from common import tenancy
from identity.contracts import Role
from marketplace.assurance import desk_selectors
from marketplace.assurance.desk_contracts import DeskKind
from marketplace.fulfilment import rules, services
from marketplace.fulfilment import selectors as fulfilment
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.orders import receipts
from tests import cast as people
from tests.fulfilment.cast import HOUR, NOON, Delivering

pytestmark = pytest.mark.django_db
ASKED = NOON - 8 * HOUR


@pytest.fixture
def market():
    return Delivering()


def asked(market):
    """Return an order that its provider was asked for eight hours ahead."""
    order = market.order()
    services.open_deliveries(now=ASKED)
    return order


def test_silence_is_late_and_then_the_order_is_called_off_before_its_start(market):
    order = asked(market)
    delivery = market.delivery(order)

    items = desk_selectors.provider_desk(market.provider.pk, now=ASKED)
    late = desk_selectors.market_desk(now=ASKED + 3 * HOUR)
    services.advance(now=ASKED + 3 * HOUR)
    waits = market.delivery(order).state
    with time_machine.travel(ASKED + 3 * HOUR, tick=False):
        visitor = people.signed_in(people.member(market.buyer, Role.BUYER))
        page = visitor.get(f"/orders/{order.pk}/").content.decode()
    services.advance(now=ASKED + 4 * HOUR)

    assert delivery.answer_by == ASKED + 2 * HOUR
    assert [(each.kind, each.due_at) for each in items] == [
        (DeskKind.ANSWER_ORDER, ASKED + 2 * HOUR)
    ]
    assert [each.kind for each in late] == [DeskKind.ANSWER_ORDER]
    assert waits == "PREPARING"
    assert "提供方尚未答复" in page
    failed = market.delivery(order)
    assert (failed.state, failed.reason) == ("FAILED", "not_answered_in_time")
    assert market.cash() == ("100000.00", "100000.00")

    with time_machine.travel(ASKED + 4 * HOUR, tick=False):
        told = visitor.get(f"/api/v1/orders/{order.pk}").json()["receipt"]
        document = visitor.get(f"/orders/{order.pk}/charges.json").json()
    receipt = {"lines": [], "total_minor": 0, "reason": "not_answered_in_time"}
    assert {name: told[name] for name in receipt} == receipt
    assert document["receipt"]["reason"] == "not_answered_in_time"


def test_whoever_says_anything_has_until_it_has_to_be_ready(market):
    order = asked(market)

    market.say(order, DeliveryMove.CONNECT, at=ASKED + HOUR)
    services.advance(now=ASKED + 7 * HOUR)
    with tenancy.acting_as_platform():
        late = fulfilment.late_deliveries(now=ASKED + 7 * HOUR).count()

    assert (market.delivery(order).state, late) == ("CONNECTED", 0)
    assert receipts.empty_receipt(order.pk) is None
    assert market.delivery(order).next_at == NOON + HOUR / 2


@pytest.mark.parametrize(
    ("ahead", "late", "fails"),
    [(59, None, None), (60, 15, 30), (480, 120, 240), (2880, 120, 720)],
)
def test_how_long_silence_may_last_follows_from_the_time_until_the_start(ahead, late, fails):
    minute = timedelta(minutes=1)
    terms = rules.DELIVERIES.rule("delivery-3")

    bounds = rules.answer_bounds(terms, opened_at=NOON - ahead * minute, starts_at=NOON)

    assert bounds == (
        None if late is None else (NOON - (ahead - late) * minute, NOON - (ahead - fails) * minute)
    )
    older = rules.DELIVERIES.rule("delivery-2")
    assert rules.answer_bounds(older, opened_at=ASKED, starts_at=NOON) is None


@pytest.mark.parametrize(
    "change",
    [
        "answer_by = answer_by + interval '1 hour'",
        "state = 'FAILED', reason = 'not_answered_in_time', next_at = NULL,"
        " changed_at = answer_by - interval '1 second'",
        "state = 'FAILED', reason = 'not_answered_in_time', next_at = NULL, changed_at = starts_at",
        "state = 'CONNECTED', reason = 'not_answered_in_time'",
    ],
)
def test_no_statement_says_so_of_who_still_has_time(market, change):
    asked(market)

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE fulfilment_computedelivery SET {change}")
