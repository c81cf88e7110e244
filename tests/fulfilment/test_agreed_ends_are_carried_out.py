"""What buyer and provider agreed on ends a contract: at the moment, without notice and fee."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common import tenancy
from common.ids import uuid7
from identity.contracts import Role
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.settlement import services as settlement
from marketplace.settlement.models import EarlyEnd
from tests.fulfilment.cast import HOUR, NOON, propose_stop
from tests.fulfilment.test_deliveries_on_pages import signed_in
from tests.fulfilment.test_parties_of_a_delivery_talk import Talking

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
AT = NOON + 50 * MINUTE


@pytest.fixture
def market() -> Talking:
    made = Talking()
    made.say(made.sold, DeliveryMove.READY, at=NOON)
    settlement.open_contracts(now=NOON + MINUTE)
    return made


def asked_to_end(market, moment=NOON + 100 * MINUTE):
    return market.ask_for("provider", "END", at=AT, moment=moment)


def early_ends():
    with tenancy.acting_as_platform():
        return list(EarlyEnd.objects.all())


def test_an_accepted_end_ends_the_contract_with_the_window_of_its_moment(market):
    change = asked_to_end(market)
    settlement.end_agreed(now=AT)
    before = early_ends()
    market.answer("buyer", change, "ACCEPT", at=AT)

    counts = [settlement.end_agreed(now=AT + MINUTE) for _again in range(2)]

    (end,) = early_ends()
    assert (before, counts) == ([], [1, 0])
    assert (end.rule_version, end.fee_minor, end.ends_at) == ("agreed-1", 0, NOON + 2 * HOUR)
    assert market.contract(market.sold).ends_at == NOON + 2 * HOUR
    assert market.delivery(market.sold).leaves_at == NOON + 2 * HOUR

    market.write("provider", at=AT)
    with time_machine.travel(AT + MINUTE, tick=False):
        page = signed_in(market.buyer, Role.BUYER).get(f"/orders/{market.sold.pk}/")
    shown = page.content.decode()
    assert "Buyer and provider agreed to end it" in shown
    assert "Conversation (1 unread)" in shown


def test_what_is_agreed_on_late_ends_with_the_window_that_runs(market):
    market.answer("buyer", asked_to_end(market, NOON + 55 * MINUTE), "ACCEPT", at=AT)

    settlement.end_agreed(now=NOON + 61 * MINUTE)

    assert early_ends()[0].ends_at == NOON + 2 * HOUR


def test_what_was_refused_or_asked_otherwise_ends_nothing(market):
    market.answer("buyer", asked_to_end(market), "REFUSE", at=AT, reason="we need it")
    more = market.ask_for("buyer", "EXTEND", at=AT, moment=NOON + 6 * HOUR)
    market.answer("provider", more, "ACCEPT", at=AT)

    assert settlement.end_agreed(now=AT + MINUTE) == 0


def test_what_was_agreed_on_before_it_began_does_not_stand_before_what_is_agreed_on_later(market):
    """A moment before its start means nothing: its buyer would have cancelled it."""
    early = NOON - MINUTE
    change = market.ask_for("provider", "END", at=early, moment=NOON - MINUTE / 2)
    market.answer("buyer", change, "ACCEPT", at=early)
    assert settlement.end_agreed(now=AT) == 0
    market.answer("buyer", asked_to_end(market), "ACCEPT", at=AT)

    assert settlement.end_agreed(now=AT + MINUTE) == 1
    assert early_ends()[0].ends_at == NOON + 2 * HOUR


@pytest.mark.parametrize("how", ["agreed", "asked", "stopped"])
def test_whoever_ends_a_contract_locks_its_delivery_before_its_listing(market, how):
    """So does the sweep that ends deliveries: the other way round the two wait in a circle."""
    if how == "agreed":
        market.answer("buyer", asked_to_end(market), "ACCEPT", at=AT)
    contract = market.contract(market.sold)
    proposed, second = propose_stop(market.sold, at=AT) if how == "stopped" else (None, {})
    with CaptureQueriesContext(connection) as said:
        if how == "agreed":
            settlement.end_agreed(now=AT + MINUTE)
        elif how == "asked":
            settlement.end_early(
                contract_id=contract.pk, buyer_id=contract.buyer_id, now=AT + MINUTE
            )
        else:
            settlement.stop_delivery(proposal_id=proposed.id, now=AT + MINUTE, **second)
    locked = [each["sql"] for each in said if "FOR NO KEY UPDATE" in each["sql"]]
    places = [
        next(place for place, sql in enumerate(locked) if f'FROM "{table}"' in sql)
        for table in ("fulfilment_computedelivery", "catalog_listing")
    ]
    assert places[0] < places[1]


@pytest.mark.parametrize(
    ("is_agreed", "minutes", "fee"), [(False, 120, 0), (True, 60, 0), (True, 120, 1)]
)
def test_no_statement_ends_a_contract_as_agreed_that_nobody_agreed_on(
    market, is_agreed, minutes, fee
):
    change = asked_to_end(market)
    if is_agreed:
        market.answer("buyer", change, "ACCEPT", at=AT)
    contract = market.contract(market.sold)

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO settlement_earlyend (id, contract_id, buyer_id, provider_id, rule_version,"
            " fee_minor, ended_before, ends_at, asked_at)"
            " VALUES (%s, %s, %s, %s, 'agreed-1', %s, %s, %s, %s)",
            [
                *(uuid7(), contract.pk, contract.buyer_id, contract.provider_id),
                *(fee, contract.ends_at, NOON + minutes * MINUTE, AT + MINUTE),
            ],
        )
