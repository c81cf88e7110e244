"""A buyer ends a running contract early by the published rule, and goes on after it."""

import itertools
import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction

from common import tenancy
from common.period import Period
from identity.contracts import Role
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderWish
from marketplace.orders.models import Order
from marketplace.settlement import rules, selectors, services
from marketplace.settlement.contracts import (
    ContractNotFound,
    EndsAnyway,
    NotAnExtension,
    NotEndable,
)
from marketplace.settlement.models import Contract, Extension
from tests import cast as people
from tests.catalog.supply import slots
from tests.instant import at_once
from tests.settlement.cast import HOUR, NOON, Market

HALF_PAST = NOON + timedelta(minutes=30)
MIN = timedelta(minutes=1)


def running(market, hours=6):
    """Return an order for so many hours whose contract was opened at its start."""
    order = market.order(hours=hours)
    services.open_contracts(now=NOON)
    return order


def end(market, order, at=HALF_PAST):
    with tenancy.acting_as(market.buyer.pk):
        return services.end_early(
            contract_id=market.contract(order).pk, buyer_id=market.buyer.pk, now=at
        )


@pytest.mark.django_db
def test_it_ends_after_the_notice_and_what_was_used_stays_charged():
    market = Market()
    order = running(market)

    ended = end(market, order)
    market.use(order, "1", hour=0)
    market.use(order, "1", hour=1)
    market.use(order, "1", hour=2)
    market.settle(at=NOON + timedelta(days=2))

    assert (ended.rule_version, ended.fee_minor, ended.ends_at) == ("end-1", 0, NOON + 2 * HOUR)
    contract = market.contract(order)
    assert (contract.state, contract.gross_minor) == ("SETTLED", 2 * 1200)
    assert market.cash() == ("99976.00", "99976.00")
    (record,) = market.records(order)
    assert record.ends_at == NOON + 2 * HOUR


@pytest.mark.django_db
def test_its_capacity_is_free_for_others_from_then_on():
    market = Market()
    order = running(market)

    end(market, order)

    taken = [(start, until) for start, until, free in slots(market.listing) if free < 8]
    assert {until - start for start, until in taken} == {2}
    with tenancy.acting_as_platform():
        seven = market.order(cards=8, hours=2, starts_at=NOON + 2 * HOUR)
    assert seven.state == "CLEARED"


@pytest.mark.django_db
def test_ending_it_again_changes_nothing():
    market = Market()
    order = running(market)

    first, second = end(market, order), end(market, order, at=HALF_PAST + MIN)

    assert first.pk == second.pk
    assert market.contract(order).ends_at == first.ends_at


@pytest.mark.django_db
def test_what_ends_anyway_or_is_over_or_is_anothers_is_refused():
    market, other = Market(), Market()
    order, short = running(market), running(other, hours=1)

    with pytest.raises(EndsAnyway):
        end(other, short)
    with pytest.raises(ContractNotFound):
        services.end_early(
            contract_id=market.contract(order).pk, buyer_id=other.buyer.pk, now=HALF_PAST
        )
    other.settle()
    with pytest.raises(NotEndable):
        end(other, short)


@pytest.mark.django_db
def test_the_database_lets_no_end_move_but_as_its_buyer_asked():
    market = Market()
    contract = market.contract(running(market))

    with (
        pytest.raises(IntegrityError, match="ends when it was agreed to"),
        tenancy.acting_as_platform(),
        transaction.atomic(),
    ):
        Contract.objects.filter(pk=contract.pk).update(ends_at=NOON + HOUR)


def test_the_end_lies_where_a_window_ends():
    rule = rules.ENDINGS.rule("end-1")
    ends = [
        rules.early_end(NOON + after, rule=rule, window_seconds=3600)
        for after in (timedelta(0), timedelta(microseconds=1), timedelta(seconds=1))
    ]
    assert ends == [NOON + HOUR, NOON + 2 * HOUR, NOON + 2 * HOUR]


def test_each_pair_with_ending_early_at_one_instant_strands_nothing(fresh_database):
    for name in ("end", "cancel", "charge", "settle", "open"):
        market = Market()
        order = running(market)
        market.use(order, "1", hour=0)
        acts = {
            "end": lambda market=market, order=order: end(market, order),
            "cancel": lambda market=market, order=order: orders.cancel_order(
                order_id=order.pk, buyer_id=market.buyer.pk, now=HALF_PAST
            ),
            "charge": lambda: services.charge_due(now=NOON + timedelta(days=2)),
            "settle": lambda: services.settle_due(now=NOON + timedelta(days=2)),
            "open": lambda: services.open_contracts(now=NOON + HOUR),
        }

        assert at_once(acts["end"], acts[name]) == [], name
        market.settle(at=NOON + timedelta(days=3))

        contract = market.contract(order)
        posted, available = market.cash()
        assert (contract.state, contract.gross_minor) == ("SETTLED", 1200), name
        assert posted == available == "99988.00", name


def test_who_ends_it_twice_at_one_instant_ends_it_once(fresh_database):
    market = Market()
    order = running(market)

    wrong = at_once(*itertools.repeat(lambda: end(market, order), 4))

    assert wrong == []
    with tenancy.acting_as_platform():
        assert selectors.early_end_of_order(order.pk).ends_at == NOON + 2 * HOUR


# --- Going on -----------------------------------------------------------------------------------
def wish_for(market, starts_at, hours=1):
    return OrderWish(
        key=uuid4().hex,
        units_milli=1000,
        period=Period(starts_at, starts_at + hours * HOUR),
        listing_id=market.listing.pk,
    )


def extend(market, order, starts_at):
    with tenancy.acting_as(market.buyer.pk):
        return services.extend_order(
            order_id=order.pk,
            buyer_id=market.buyer.pk,
            wish=wish_for(market, starts_at),
            now=HALF_PAST,
        )


@pytest.mark.django_db
def test_an_order_goes_on_where_it_ends_and_the_two_are_linked():
    market = Market()
    order = running(market)

    placed = extend(market, order, NOON + 6 * HOUR)

    with tenancy.acting_as(market.buyer.pk):
        assert selectors.chain_of(placed.pk).before.pk == order.pk
        assert [each.pk for each in selectors.chain_of(order.pk).after] == [placed.pk]


@pytest.mark.django_db
def test_what_begins_before_its_end_is_no_extension():
    market = Market()
    order = running(market)

    with pytest.raises(NotAnExtension):
        extend(market, order, NOON + 5 * HOUR)
    with tenancy.acting_as_platform():
        assert not Extension.objects.exists()
        assert Order.objects.count() == 1


# --- Over HTTP ----------------------------------------------------------------------------------
@pytest.fixture
def half_past():
    with time_machine.travel(HALF_PAST, tick=False):
        yield


@pytest.mark.django_db
def test_the_api_ends_extends_and_publishes_the_rule(half_past):
    market = Market()
    order = running(market)
    visitor = people.signed_in(people.member(market.buyer, Role.BUYER))

    def send(path, body=None):
        return visitor.post(
            f"/api/v1/{path}",
            json.dumps(body or {}),
            content_type="application/json",
            headers={"Idempotency-Key": uuid4().hex},
        )

    ended = send(f"contracts/{market.contract(order).pk}/end")
    more = send(f"orders/{order.pk}/extend", {"seconds": 3600})
    published = visitor.get("/api/v1/ending-rules").json()

    assert (ended.status_code, ended.json()["ends_at"]) == (200, "2026-11-20T14:00:00Z")
    assert (more.status_code, more.json()["starts_at"]) == (201, "2026-11-20T14:00:00Z")
    assert (published["newest"], published["versions"][0]["notice_seconds"]) == ("end-1", 3600)


@pytest.mark.django_db
def test_the_page_says_what_ending_costs_before_it_ends(half_past):
    market = Market()
    order = running(market)
    visitor = people.signed_in(people.member(market.buyer, Role.BUYER))
    english = {"accept-language": "en"}
    address = f"/orders/{order.pk}/end/"

    page = visitor.get(f"/orders/{order.pk}/", headers=english).content.decode()
    sheet = visitor.get(address, headers=english).content.decode()
    done = visitor.post(address, {"key": str(uuid4())}, headers=english)
    after = visitor.get(f"/orders/{order.pk}/", headers=english).content.decode()

    assert address in page
    assert "The notice is 1 hour; ending costs no fee." in sheet
    assert "¥72.00 is still held" in sheet
    assert done.status_code == 302
    assert "Its buyer ended it early" in after
    assert address not in after
