"""Buyer and provider agree that an order is of less from a moment on; it is carried out then."""

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from common import tenancy
from common.errors import Refusal
from common.period import Period
from identity.contracts import Role
from marketplace.catalog import selectors as catalog
from marketplace.fulfilment import services as fulfilment
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.fulfilment.models import DeliveryChange
from marketplace.fulfilment.talk_contracts import ChangeVerdict
from marketplace.settlement import services as settlement
from marketplace.settlement.models import ContractReduction
from marketplace.settlement.selectors import commitments
from tests.fulfilment.cast import HOUR, NOON
from tests.fulfilment.test_deliveries_on_pages import key_of, signed_in
from tests.fulfilment.test_parties_of_an_order_talk import Talking

pytestmark = pytest.mark.django_db
AT = NOON + HOUR / 2
HALF_PAST_ONE = NOON + 1.5 * HOUR


class Shrinking(Talking):
    """Eight cards for four hours from noon; half of them are enough from half past one on."""

    cards = 8

    def __init__(self) -> None:
        super().__init__()
        self.say(self.sold, DeliveryMove.READY, at=NOON)
        settlement.open_contracts(now=NOON)

    def agree(self, units_milli: int = 4000, moment=HALF_PAST_ONE) -> DeliveryChange:
        asked = self.ask_for("buyer", "SHRINK", at=AT, moment=moment, units_milli=units_milli)
        return self.answer("provider", asked, "ACCEPT", at=AT)

    def free(self) -> list[tuple[object, int]]:
        """Return from when on how many cards are free, in the four hours."""
        with tenancy.acting_as_platform():
            listing = catalog.listing(self.listing.pk)
            found = catalog.free_capacity(listing, Period(NOON, NOON + 4 * HOUR))
        return [(each.starts_at, each.free_milli // 1000) for each in found]


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def market() -> Shrinking:
    return Shrinking()


def test_more_than_what_both_agreed_on_is_not_charged(market):
    """8 cards until half past one, and 4 of the 8 that are reported after it: 12 + 10 hours."""
    market.agree()
    for hour in range(4):
        market.use(market.sold, "8", hour=hour)
    fulfilment.advance(now=NOON + 4 * HOUR)
    market.settle()

    ended = market.contract(market.sold)
    assert ended.state == "SETTLED"
    assert (ended.quantity, ended.beyond_quantity) == (22 * 3600, 10 * 3600)
    assert ended.gross_minor == 22 * 12_00
    posted, available = market.cash()
    assert posted == available


def test_capacity_is_free_from_the_moment_on_and_all_of_it_with_the_end(market):
    assert market.free() == [(NOON, 0)]
    market.agree()
    assert market.free() == [(NOON, 0), (HALF_PAST_ONE, 4)]
    end = market.ask_for("provider", "END", at=AT, moment=NOON + HOUR)
    market.answer("buyer", end, "ACCEPT", at=AT)  # Before the moment: nothing is left behind.
    assert market.free() == [(NOON, 0), (NOON + HOUR, 8)]


def test_it_is_agreed_on_once_and_of_what_runs(market):
    for units, why in ((8000, "less than was ordered"), (None, "less than was ordered")):
        with pytest.raises(Refusal, match=why):
            market.ask_for("buyer", "SHRINK", at=AT, moment=HALF_PAST_ONE, units_milli=units)
    with pytest.raises(Refusal, match="names an amount"):
        market.ask_for("buyer", "END", at=AT, moment=HALF_PAST_ONE, units_milli=1000)
    with pytest.raises(Refusal, match="it has not begun"):
        market.ask_for(
            "buyer", "SHRINK", at=NOON - HOUR / 60, moment=HALF_PAST_ONE, units_milli=1000
        )
    market.agree()
    with pytest.raises(Refusal, match="made smaller before"):
        market.agree(2000, moment=NOON + 3 * HOUR)
    with tenancy.acting_as_platform():
        assert ContractReduction.objects.get().units_milli == 4000


def test_what_is_refused_or_not_agreed_on_makes_nothing_smaller(market):
    asked = market.ask_for("buyer", "SHRINK", at=AT, moment=HALF_PAST_ONE, units_milli=4000)
    market.answer("provider", asked, "REFUSE", at=AT, reason="no")
    with tenancy.acting_as_platform():
        assert not ContractReduction.objects.exists()
    assert market.free() == [(NOON, 0)]


@pytest.mark.parametrize("attack", ["agreed", "units", "moment", "again", "altered"])
def test_no_statement_makes_a_contract_smaller_that_nobody_agreed_on(market, attack):
    asked = market.ask_for("buyer", "SHRINK", at=AT, moment=HALF_PAST_ONE, units_milli=4000)
    if attack != "agreed":
        fulfilment.answer_change(
            **market.facts("provider", AT), change_id=asked.pk, verdict=ChangeVerdict.ACCEPT
        )
    contract = market.contract(market.sold)
    given = {"units": 3000 if attack == "units" else 4000}
    given["at"] = NOON + HOUR if attack == "moment" else HALF_PAST_ONE
    insert = (
        "INSERT INTO settlement_contractreduction (id, contract_id, buyer_id, provider_id,"
        " change_id, starts_at, units_milli, agreed_at) VALUES (gen_random_uuid(), %s, %s, %s, %s,"
        " %s, %s, %s)"
    )
    row = [contract.pk, contract.buyer_id, contract.provider_id, asked.pk]
    row += [given["at"], given["units"], AT]
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        if attack in ("again", "altered"):
            cursor.execute(insert, row)
        if attack == "altered":
            insert, row = "UPDATE settlement_contractreduction SET units_milli = 1", []
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(insert, row)


def test_the_pages_ask_for_less_and_say_what_follows(market):
    address = f"/orders/{market.sold.pk}/talk/"
    buyer = signed_in(market.buyer, Role.BUYER)
    with time_machine.travel(AT, tick=False):
        asked = {"key": key_of(buyer.get(address)), "talk": "ask-change", "about": ""}
        asked |= {"kind": "SHRINK", "moment": "2026-11-20T21:30:00"}
        refused = buyer.post(address, asked | {"units": "8"})
        assert refused.status_code == 422
        assert "less than was ordered" in refused.content.decode()
        assert buyer.post(address, asked | {"units": "4"}).status_code == 302
        with tenancy.acting_as_platform():
            change = DeliveryChange.objects.get()
        seen = signed_in(market.provider, Role.PROVIDER).get(address).content.decode()
        assert "4 from then on" in seen
        assert "the order is of the smaller amount" in seen
        market.answer("provider", change, "ACCEPT", at=AT)
        page = buyer.get(f"/orders/{market.sold.pk}/").content.decode()
    assert "Buyer and provider agreed on less: 4 from 2026-11-20 21:30" in page


def test_reserved_capacity_is_counted_by_what_both_agreed_on(market):
    market.agree()
    with tenancy.acting_as_platform():
        committed = commitments._committed(market.contract(market.sold))
    assert committed.capacity_hours == 8 * 4 - 4 * 2.5
