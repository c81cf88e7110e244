"""What came to nothing has a receipt without lines: numbered, hashed, exported, on its page."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.canonical import content_hash
from identity.contracts import Role
from identity.events.models import RecordedEvent
from marketplace.audit import datasets
from marketplace.audit.contracts import ExportKind, Query
from marketplace.fulfilment import services as fulfilment
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.settlement import records, services
from marketplace.settlement.models import EmptyReceipt
from tests import cast as people
from tests.fulfilment.cast import HOUR, NOON, Delivering
from tests.settlement.cast import is_balanced
from tests.settlement.test_plans_say_how_they_end import FROM_START, end, plan

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def market():
    return Delivering()


def declined(market):
    """Return an order whose provider said before its start that it cannot deliver it."""
    order = market.order()
    market.asked(order)
    market.say(order, DeliveryMove.FAIL, at=NOON - HOUR / 60, reason="declined")
    return order


def recorded(order):
    """Return what the record of events tells of an order that was called off."""
    with tenancy.acting_as_platform():
        return RecordedEvent.objects.get(
            name="orders.order.cancelled", object_id=str(order.pk), place=0
        ).facts


def written():
    with tenancy.acting_as_platform():
        return list(EmptyReceipt.objects.order_by("sequence"))


def test_each_order_that_came_to_nothing_has_one_and_no_other(market):
    first = declined(market)
    late, runs = market.order(hours=2), market.running(hours=2, cards=2)
    market.asked(late)
    market.use(runs, "2")

    assert recorded(first)["called_off_by"] == "delivery"  # The delivery tells, and no other.
    assert services.issue_receipts(now=NOON) == 1
    fulfilment.advance(now=NOON + HOUR)
    assert services.issue_receipts(now=NOON + HOUR) == 0  # its contract is not settled yet
    fulfilment.advance(now=NOON + 3 * HOUR)
    services.end_undelivered(now=NOON + 3 * HOUR)
    market.settle()
    assert [services.issue_receipts(now=NOON + DAY) for _turn in range(2)] == [1, 0]

    assert [(each.order_id, each.reason) for each in written()] == [
        (first.pk, "declined"),
        (late.pk, "not_ready_in_time"),
    ]
    assert [each.number for each in written()] == ["ER-00000001", "ER-00000002"]
    for each in written():
        assert each.content_hash == content_hash(records.receipt_content(each))


def test_prepaid_hours_owed_from_the_start_are_not_asked_for_where_the_provider_never_came():
    market = Delivering(terms=plan(owed=FROM_START))
    late, runs = market.order(hours=10), market.order(hours=10)
    for order in (late, runs):
        market.asked(order)
    market.say(runs, DeliveryMove.READY, at=NOON)
    services.open_contracts(now=NOON)
    end(market, late)
    fulfilment.advance(now=NOON + DAY)
    market.settle()

    # Neither hours nor the fee of what nobody brought; of what lay ready the hours.
    rated = [market.contract(each).rated_minor for each in (late, runs)]
    assert (rated, is_balanced()) == ([0, 100_00], True)
    assert services.issue_receipts(now=NOON + DAY) == 1


def test_both_parties_and_auditors_export_it_and_nobody_else(market):
    declined(market)
    services.issue_receipts(now=NOON)
    (receipt,) = written()
    wanted = Query(ExportKind.RECEIPTS, starts_at=NOON - DAY, ends_at=NOON + DAY)

    def exported(owner_id):
        with tenancy.acting_as_platform():
            return datasets.first_rows(wanted, owner_id, limit=5)

    columns = [each.name for each in records.RECEIPT_COLUMNS]
    for owner_id in (None, market.buyer.pk, market.provider.pk):
        (row,) = exported(owner_id)
        said = dict(zip(columns, row, strict=True))
        assert (said["number"], said["reason"], said["gross"], said["lines"]) == (
            "ER-00000001",
            "declined",
            "0.00",
            "0",
        )
        assert said["content_hash"] == receipt.content_hash
    assert exported(people.organization("Other").pk) == []


def test_its_page_says_it_in_the_readers_language(market):
    order = declined(market)
    address = f"/orders/{order.pk}/receipt/"
    buyer = people.signed_in(people.member(market.buyer, Role.BUYER))
    with time_machine.travel(NOON, tick=False):
        before = buyer.get(address).content.decode()
        services.issue_receipts(now=NOON)
        zh = buyer.get(address).content.decode()
        en = buyer.get(address, headers={"Accept-Language": "en"}).content.decode()
        told = buyer.get(f"/api/v1/orders/{order.pk}").json()["receipt"]
        of_order = buyer.get(f"/orders/{order.pk}/").content.decode()
        paper = buyer.get(f"/orders/{order.pk}/paper/")
        runs = buyer.get(f"/orders/{market.order().pk}/receipt/")
        other = people.signed_in(people.member(people.organization("Other"), Role.BUYER))
        foreign = other.get(address)

    (receipt,) = written()
    assert "ER-0" not in before
    assert "提供方无法交付" in zh
    assert "The provider cannot deliver it" in en
    assert "ER-00000001" in en
    assert (told["number"], told["content_hash"]) == ("ER-00000001", receipt.content_hash)
    assert address in of_order
    assert paper.content.startswith(b"%PDF")
    assert (runs.status_code, foreign.status_code) == (404, 404)


@pytest.mark.parametrize(
    "spoilt",
    [
        "reason = 'taken_back'",
        "order_id = (SELECT id FROM orders_order WHERE state = 'CLEARED' LIMIT 1)",
        "failed_at = r.failed_at - interval '1 second'",
        "buyer_id = r.provider_id",
    ],
)
def test_no_statement_writes_a_receipt_of_something_else(market, spoilt):
    declined(market)
    market.order()
    services.issue_receipts(now=NOON)
    column, value = spoilt.split(" = ", 1)
    fields = [each.column for each in EmptyReceipt._meta.fields if each.column != "recorded_in"]
    own = {"id": "gen_random_uuid()", "sequence": "9", "number": "'ER-9'", column: value}
    values = ", ".join(own.get(each, f"r.{each}") for each in fields)
    statements = (
        f"INSERT INTO settlement_emptyreceipt ({', '.join(fields)})"
        f" SELECT {values} FROM settlement_emptyreceipt r",
        "UPDATE settlement_emptyreceipt SET buyer_name = 'x'",
        "DELETE FROM settlement_emptyreceipt",
    )
    for statement in statements:
        with (
            tenancy.acting_as_platform(),
            pytest.raises(DatabaseError, match=r"came to nothing|append-only|denied|change"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
