"""What buyer and provider agreed on ends a contract: at its moment, without notice and fee."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from common import tenancy
from common.errors import Refusal
from common.ids import uuid7
from identity.contracts import Role
from marketplace.fulfilment import services as fulfilment
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.fulfilment.talk_contracts import ChangeVerdict
from marketplace.settlement import services as settlement
from marketplace.settlement.models import EarlyEnd
from tests.fulfilment.cast import HOUR, NOON, propose_stop
from tests.fulfilment.test_deliveries_on_pages import signed_in
from tests.fulfilment.test_parties_of_an_order_talk import Talking

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
AT = NOON + 50 * MINUTE


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


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


@pytest.mark.parametrize("hours", [1.5, 3.5])
def test_an_agreed_end_ends_delivery_and_charging_at_its_moment(market, hours):
    """Also in the last window of the order; asked for and answered at ten to one."""
    moment = NOON + hours * HOUR
    change = asked_to_end(market, moment)
    settlement.end_agreed(now=AT)
    before = early_ends()
    market.answer("buyer", change, "ACCEPT", at=AT)
    market.answer("buyer", change, "ACCEPT", at=AT)

    assert settlement.end_agreed(now=AT + MINUTE) == 0

    (end,) = early_ends()
    assert (before, end.rule_version, end.fee_minor, end.ends_at) == ([], "agreed-2", 0, moment)
    assert market.contract(market.sold).ends_at == moment
    assert market.delivery(market.sold).leaves_at == moment
    fulfilment.advance(now=moment + 5 * MINUTE)
    ended = market.delivery(market.sold)
    assert (ended.state, ended.reason) == ("EXITED", "agreed_end")
    assert market.ran(market.sold) == [(NOON, moment)]
    market.settle()
    buyer = signed_in(market.buyer, Role.BUYER)
    free = buyer.get(f"/deliveries/{ended.pk}/").content.decode()
    assert "Dispute this" not in free  # nothing was used, and nothing paid


def test_use_after_an_agreed_end_is_not_charged(market):
    """A card runs on until three; agreed on was half past one: an hour and a half of three."""
    market.answer("buyer", asked_to_end(market, NOON + 1.5 * HOUR), "ACCEPT", at=AT)
    for hour in range(3):
        market.use(market.sold, "1", hour=hour)
    fulfilment.advance(now=NOON + 2 * HOUR)
    market.settle()

    ended = market.contract(market.sold)
    assert (ended.state, ended.quantity, ended.beyond_quantity) == ("SETTLED", 5400, 5400)
    assert ended.gross_minor == 18_00
    posted, available = market.cash()
    assert posted == available


def test_the_order_says_what_both_agreed_on(market):
    market.answer("buyer", asked_to_end(market), "ACCEPT", at=AT)
    market.write("provider", at=AT)
    with time_machine.travel(AT + MINUTE, tick=False):
        page = signed_in(market.buyer, Role.BUYER).get(f"/orders/{market.sold.pk}/")
    shown = page.content.decode()
    assert "Buyer and provider agreed to end it" in shown
    assert "Conversation (1 unread)" in shown


def test_what_is_agreed_on_before_the_start_is_written_down_once_it_has_begun():
    market = Talking()
    early = NOON - MINUTE
    with pytest.raises(Refusal, match="its buyer can cancel it"):
        market.ask_for("provider", "END", at=early, moment=NOON - MINUTE / 2)
    change = market.ask_for("provider", "END", at=early, moment=NOON + HOUR)
    market.answer("buyer", change, "ACCEPT", at=early)
    market.say(market.sold, DeliveryMove.READY, at=NOON)
    settlement.open_contracts(now=NOON + MINUTE)

    assert settlement.end_agreed(now=NOON + MINUTE) == 1
    assert early_ends()[0].ends_at == NOON + HOUR


def test_what_is_found_out_late_ends_at_once(market):
    """As after a stop of the workers: what ran meanwhile is charged."""
    change = asked_to_end(market, NOON + 55 * MINUTE)
    fulfilment.answer_change(
        **market.facts("buyer", AT), change_id=change.pk, verdict=ChangeVerdict.ACCEPT
    )

    settlement.end_agreed(now=NOON + 61 * MINUTE + MINUTE / 120)

    assert early_ends()[0].ends_at == NOON + 61 * MINUTE + MINUTE / 60


def test_what_was_refused_or_asked_otherwise_ends_nothing(market):
    market.answer("buyer", asked_to_end(market), "REFUSE", at=AT, reason="we need it")
    more = market.ask_for("buyer", "EXTEND", at=AT, moment=NOON + 6 * HOUR)
    market.answer("provider", more, "ACCEPT", at=AT)

    assert settlement.end_agreed(now=AT + MINUTE) == 0


def test_an_agreed_end_is_the_last_word(market):
    """An extension agreed on before it counts no longer, and none is agreed on after it."""
    more = market.ask_for("buyer", "EXTEND", at=AT, moment=NOON + 6 * HOUR)
    market.answer("provider", more, "ACCEPT", at=AT)
    waits = market.ask_for("buyer", "EXTEND", at=AT, moment=NOON + 7 * HOUR)
    market.answer("buyer", asked_to_end(market), "ACCEPT", at=AT)

    for refused in (
        lambda: market.answer("provider", waits, "ACCEPT", at=AT),
        lambda: market.ask_for("buyer", "MOVE", at=AT, words="later"),
        lambda: asked_to_end(market, NOON + HOUR),
    ):
        with pytest.raises(Refusal, match="its end is agreed on already"):
            refused()
    with time_machine.travel(AT + MINUTE, tick=False):
        buyer = signed_in(market.buyer, Role.BUYER)
        shown = buyer.get(f"/orders/{market.sold.pk}/talk/").content.decode()
    assert "Counts no longer: an end was agreed on after it." in shown
    assert "Order the extension" not in shown


def test_an_end_is_not_agreed_on_that_its_buyer_moved_before(market):
    change = asked_to_end(market)
    contract = market.contract(market.sold)
    settlement.end_early(contract_id=contract.pk, buyer_id=contract.buyer_id, now=AT)

    with pytest.raises(Refusal, match="its end was moved already"):
        market.answer("buyer", change, "ACCEPT", at=AT)
    with tenancy.acting_as_platform():
        change.refresh_from_db()
    assert change.state == "OPEN"


@pytest.mark.parametrize("how", ["agreed", "asked", "stopped"])
def test_whoever_ends_a_contract_locks_its_delivery_before_its_listing(market, how):
    """So does the sweep that ends deliveries: the other way round the two wait in a circle."""
    change = asked_to_end(market)
    contract = market.contract(market.sold)
    proposed, second = propose_stop(market.sold, at=AT) if how == "stopped" else (None, {})
    with CaptureQueriesContext(connection) as said:
        if how == "agreed":
            market.answer("buyer", change, "ACCEPT", at=AT)
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
    ("is_agreed", "rule", "minutes", "fee"),
    [
        (False, "agreed-1", 120, 0),
        (True, "agreed-1", 60, 0),
        (True, "agreed-1", 120, 1),
        (False, "agreed-2", 100, 0),
        (True, "agreed-2", 99, 0),
        (True, "agreed-2", 101, 0),
        (True, "agreed-2", 100, 1),
    ],
)
def test_no_statement_ends_a_contract_as_agreed_that_nobody_agreed_on(
    market, is_agreed, rule, minutes, fee
):
    change = asked_to_end(market)
    if is_agreed:
        facts = market.facts("buyer", AT)
        fulfilment.answer_change(change_id=change.pk, verdict=ChangeVerdict.ACCEPT, **facts)
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
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                *(uuid7(), contract.pk, contract.buyer_id, contract.provider_id),
                *(rule, fee, contract.ends_at, NOON + minutes * MINUTE, AT + MINUTE),
            ],
        )
